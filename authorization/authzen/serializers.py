"""Bodies of AuthZEN, as its specification wants them: members that it does not know are ignored."""

from enum import StrEnum
from typing import Any, Final

from rest_framework import serializers

from velro.api.serializers import TypedSerializer

LONGEST_NAME: Final = 1024
LONGEST_TOKEN: Final = 4096
MOST_EVALUATIONS: Final = 1000
QUESTION: Final = ("subject", "action", "resource")


class Semantic(StrEnum):
    """How many of several questions are answered."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


class NameField(serializers.CharField):
    """Taken as it is, spaces included: it is compared and never shown."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=LONGEST_NAME, **options)


class SearchedEntityInput(TypedSerializer):
    """The kind of subject or resource that is looked for. An id is ignored."""

    type = NameField()
    properties = serializers.DictField(required=False)


class EntityInput(SearchedEntityInput):
    """A subject or a resource."""

    id = NameField()


class NamedActionInput(TypedSerializer):
    """An action."""

    name = NameField()
    properties = serializers.DictField(required=False)


class EvaluationInput(TypedSerializer):
    """One question: whether a subject may do something to a resource."""

    subject = EntityInput()
    action = NamedActionInput()
    resource = EntityInput()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property


class OptionsInput(TypedSerializer):
    """How several questions are answered."""

    evaluations_semantic = serializers.ChoiceField(choices=tuple(Semantic), default=Semantic.EXECUTE_ALL)


class EvaluationsInput(TypedSerializer):
    """Several questions; what one leaves out is taken from the top level, whole. Without any, that is the only one."""

    subject = EntityInput(required=False)
    action = NamedActionInput(required=False)
    resource = EntityInput(required=False)
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property
    evaluations = serializers.ListField(child=serializers.DictField(), max_length=MOST_EVALUATIONS, required=False)
    options = OptionsInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A lone question must be whole; of several, each is looked at by itself."""
        missing = [] if attrs.get("evaluations") else [name for name in QUESTION if name not in attrs]
        if missing:
            fault = serializers.ErrorDetail("This field is required.", code="required")
            raise serializers.ValidationError({name: [fault] for name in missing})
        return attrs


class PageInput(TypedSerializer):
    """Which part of the results. The limit may be left out with a token, and not be another than before."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, required=False)
    limit = serializers.IntegerField(min_value=1, required=False)


class SubjectSearchInput(TypedSerializer):
    """Which subjects may do something to a resource."""

    subject = SearchedEntityInput()
    action = NamedActionInput()
    resource = EntityInput()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property
    page = PageInput(required=False)


class ResourceSearchInput(TypedSerializer):
    """To which resources a subject may do something."""

    subject = EntityInput()
    action = NamedActionInput()
    resource = SearchedEntityInput()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property
    page = PageInput(required=False)


class ActionSearchInput(TypedSerializer):
    """What a subject may do to a resource."""

    subject = EntityInput()
    resource = EntityInput()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property
    page = PageInput(required=False)


class AccessDecisionOutput(serializers.Serializer[Any]):
    """`context` tells what was wrong with a question that could not be read, which is denied."""

    decision = serializers.BooleanField()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # a field, not DRF's property


class AccessDecisionsOutput(serializers.Serializer[Any]):
    """`evaluations` in the order of the questions; `decision` alone when there was but one at the top level."""

    decision = serializers.BooleanField(required=False)
    evaluations = AccessDecisionOutput(many=True, required=False)


class PageOutput(serializers.Serializer[Any]):
    """`next_token` asks for what follows; it is empty at the end."""

    next_token = serializers.CharField(allow_blank=True)


class FoundEntityOutput(serializers.Serializer[Any]):
    """A subject or a resource."""

    type = serializers.CharField()
    id = serializers.CharField()


class FoundActionOutput(serializers.Serializer[Any]):
    """An action."""

    name = serializers.CharField()


class FoundEntitiesOutput(serializers.Serializer[Any]):
    """One page of what was found, by id."""

    results = FoundEntityOutput(many=True)
    page = PageOutput()


class FoundActionsOutput(serializers.Serializer[Any]):
    """All that was found."""

    results = FoundActionOutput(many=True)
    page = PageOutput()


class AuthZenConfigurationOutput(serializers.Serializer[Any]):
    """Metadata of the policy decision point."""

    policy_decision_point = serializers.URLField()
    access_evaluation_endpoint = serializers.URLField()
    access_evaluations_endpoint = serializers.URLField()
    search_subject_endpoint = serializers.URLField()
    search_resource_endpoint = serializers.URLField()
    search_action_endpoint = serializers.URLField()
