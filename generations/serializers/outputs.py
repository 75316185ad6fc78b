"""Answers. The names are the contract of the API."""

from functools import cached_property
from typing import Any

from django.conf import settings
from rest_framework import serializers

from authorization.facts import AccessMethod, Decision
from authorization.roles import EffectiveRole, Permission
from generations.media.links import Variant, media_link
from generations.models import Asset
from generations.serializers.fields import AmountField, ShortenedField
from generations.states import Status
from velro.api.serializers import MomentOutput, PlainOutput


class PriceOutput(serializers.Serializer[Any]):
    """Unit names are the provider's, such as megapixel or second."""

    unit_price = AmountField()
    unit = serializers.CharField()
    currency = serializers.CharField()


class ModelOutput(serializers.Serializer[Any]):
    """One model of the catalogue; `input_schema` is JSON Schema 2020-12."""

    id = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=["image", "video", "audio"])
    input_schema = serializers.DictField()
    price = PriceOutput()


class ModelListOutput(serializers.Serializer[Any]):
    """The whole catalogue, in the form of every list."""

    results = ModelOutput(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class MoneyOutput(PlainOutput):
    """An amount in one currency."""

    amount = AmountField()
    currency = serializers.CharField()


class FailureOutput(PlainOutput):
    """Why there is no result: a stable code and a sentence."""

    code = serializers.CharField()
    message = serializers.CharField()


class AssetOutput(PlainOutput):
    """One file. The links work without signing in, for a few minutes."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    content_type = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    duration = serializers.FloatField(allow_null=True)
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    def get_url(self, asset: Asset) -> str:
        """Signed, short-lived, to our own storage."""
        return absolute(media_link(asset.id))

    def get_thumbnail_url(self, asset: Asset) -> str:
        """The same for a small WebP picture; of a sound it is the wave."""
        return absolute(media_link(asset.id, variant=Variant.THUMBNAIL))


class GenerationOutput(PlainOutput):
    """One generation. `queue_position` and `progress` (0 to 1) are as last heard from the provider."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    model = serializers.CharField()
    input = serializers.DictField()
    project = serializers.UUIDField(source="project_id", allow_null=True)
    owner = serializers.UUIDField(source="owner_id")
    title = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    created_at = MomentOutput()
    finished_at = MomentOutput(allow_null=True)
    queue_position = serializers.IntegerField(allow_null=True)
    progress = serializers.FloatField(allow_null=True)
    cost = MoneyOutput(source="charge", allow_null=True)
    error = FailureOutput(source="failure", allow_null=True)
    assets = AssetOutput(many=True)


class GenerationListEntryOutput(GenerationOutput):
    """One generation of a list.

    Of a text in `input` longer than 2,000 characters, such as an image inside its address, only the first 200 and an
    ellipsis (`…`) are shown. The generation itself, read by its id, has it whole.
    """

    input = ShortenedField()


class RightsOutput(PlainOutput):
    """What the caller may do. A denial tells nothing, not even whether the generation exists."""

    access_granted = serializers.BooleanField(source="is_allowed")
    access_method = serializers.ChoiceField(choices=[str(method) for method in AccessMethod], allow_null=True)
    effective_role = serializers.ChoiceField(choices=[str(role) for role in EffectiveRole], allow_null=True)
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, decision: Decision) -> list[str]:
        """In the order of the roles that give them."""
        return [str(permission) for permission in Permission if permission in decision.permissions]


class DecisionOutput(RightsOutput):
    """The answer to one question."""

    response_time_ms = serializers.FloatField(source="duration_ms")
    cache_hit = serializers.BooleanField(source="is_cache_hit")


class NamedRightsOutput(RightsOutput):
    """One answer of many, given as a pair of the asked id and the decision."""

    # Declared for the document.
    id = serializers.UUIDField(read_only=True)

    @cached_property
    def _shown(self) -> dict[int, dict[str, Any]]:
        return {}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The id, and what the caller may do; a decision about many is shown once."""
        asked_id, decision = instance
        rights = self._shown.get(id(decision))
        if rights is None:
            rights = self._shown[id(decision)] = RightsOutput(decision).data
        return {"id": asked_id, **rights}


class BatchDecisionOutput(serializers.Serializer[Any]):
    """One entry per asked id, in the order asked."""

    decisions = NamedRightsOutput(many=True)


def absolute(path: str) -> str:
    """The path at the address where clients reach Velro; the Host header of a request is not believed."""
    return str(settings.ENVIRONMENT.public_url).rstrip("/") + path
