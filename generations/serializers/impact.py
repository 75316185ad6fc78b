"""Bodies of dry runs."""

from typing import Any, ClassVar, Final

from rest_framework import serializers

from accounts.models import User
from authorization.id_fields import ResourceIdField
from authorization.roles import Role
from generations.impact import Impact
from generations.serializers.fields import MomentField
from generations.serializers.insight import NamedPersonOutput
from generations.serializers.sharing import ROLE_NAMES, names_of
from generations.services.impacts import (
    Archiving,
    GenerationWish,
    Move,
    Removal,
    RoleChange,
    TeamWish,
    Withdrawal,
)
from generations.services.sharing import ShareWish
from teams.serializers.inputs import ROLE_NAMES as TEAM_ROLE_NAMES
from velro.api.serializers import StrictSerializer

# What each change needs to be told; everything else is refused.
NEEDS_OF_TEAM: Final = {"role": {"user", "role"}, "remove": {"user"}, "move": {"parent"}, "archive": set[str]()}
NEEDS_OF_GENERATION: Final = {"share": {"team", "role"}, "unshare": {"team"}}


class ChangeInput(StrictSerializer):
    """A change by its name, with what that change needs."""

    needs: ClassVar[dict[str, set[str]]] = {}
    extras: ClassVar[dict[str, set[str]]] = {}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Neither less nor more than the change needs."""
        needed = self.needs[attrs["change"]]
        known = needed | self.extras.get(attrs["change"], set()) | {"change"}
        missing = {name: _fault("required", "This change needs it.") for name in needed - attrs.keys()}
        surplus = {name: _fault("unknown_field", "This change does not need it.") for name in attrs.keys() - known}
        if missing or surplus:
            raise serializers.ValidationError(missing | surplus)
        return attrs


class TeamImpactInput(ChangeInput):
    """`role` needs `user` and `role`, `remove` needs `user`, `move` needs `parent` (null: none), `archive` nothing."""

    needs: ClassVar = NEEDS_OF_TEAM

    change = serializers.ChoiceField(choices=list(NEEDS_OF_TEAM))
    user = ResourceIdField(required=False)
    role = serializers.ChoiceField(choices=TEAM_ROLE_NAMES, required=False)
    parent = ResourceIdField(required=False, allow_null=True)  # type: ignore[assignment]  # a field, not DRF's property


class GenerationImpactInput(ChangeInput):
    """`share` needs `team` and `role`, and takes times; `unshare` needs `team`."""

    needs: ClassVar = NEEDS_OF_GENERATION
    extras: ClassVar = {"share": {"starts_at", "expires_at"}}

    change = serializers.ChoiceField(choices=list(NEEDS_OF_GENERATION))
    team = ResourceIdField()
    role = serializers.ChoiceField(choices=ROLE_NAMES, required=False)
    starts_at = MomentField(required=False)
    expires_at = MomentField(required=False, allow_null=True)


class AffectedPersonOutput(NamedPersonOutput):
    """The person of an effect, by name."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """From the names that were read for all."""
        return super().to_representation(self.context["people"][instance.person_id])


class EffectOutput(serializers.Serializer[Any]):
    """What one person would gain and lose on one generation."""

    who = AffectedPersonOutput(source="*")
    generation = serializers.UUIDField(source="generation_id")
    gained = serializers.SerializerMethodField()
    lost = serializers.SerializerMethodField()

    def get_gained(self, effect: Any) -> list[str]:
        """In the order of the roles that give them."""
        return names_of(effect.gained)

    def get_lost(self, effect: Any) -> list[str]:
        """In the order of the roles that give them."""
        return names_of(effect.lost)


class ImpactOutput(serializers.Serializer[Impact]):
    """`effects` are the first 100 of `changes`. If it is not `complete`, the counts are lower bounds."""

    complete = serializers.BooleanField(source="is_complete")
    people_gaining = serializers.IntegerField()
    people_losing = serializers.IntegerField()
    changes = serializers.IntegerField()
    effects = EffectOutput(many=True)

    def to_representation(self, instance: Impact) -> dict[str, Any]:
        """Names are read once for all."""
        people = User.objects.in_bulk([effect.person_id for effect in instance.effects])
        self._context = {**self.context, "people": people}
        return super().to_representation(instance)


def team_wish_of(body: dict[str, Any]) -> TeamWish:
    """A validated body as the service knows it."""
    match body["change"]:
        case "role":
            return RoleChange(body["user"], Role(body["role"]))
        case "remove":
            return Removal(body["user"])
        case "move":
            return Move(body["parent"])
        case _:
            return Archiving()


def generation_wish_of(body: dict[str, Any]) -> GenerationWish:
    """The same for a generation."""
    if body["change"] == "unshare":
        return Withdrawal(body["team"])
    return ShareWish(body["team"], Role(body["role"]), body.get("starts_at"), body.get("expires_at"))


def _fault(code: str, message: str) -> list[Any]:
    return [serializers.ErrorDetail(message, code=code)]
