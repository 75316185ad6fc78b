"""What a change would do, before it is done."""

from typing import ClassVar, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from generations import actions
from generations.serializers.impact import (
    GenerationImpactInput,
    ImpactOutput,
    TeamImpactInput,
    generation_wish_of,
    team_wish_of,
)
from generations.services.impacts import impact_on_generation, impact_on_team
from teams.actions import OPEN_TEAM
from velro.api.declarations import Answer
from velro.api.views import ApiView

SOMETHING: Final = "0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"


class MeasureTeamImpactView(ApiView):
    """A dry run of a change of a team."""

    actions: ClassVar = {"post": OPEN_TEAM}
    inputs: ClassVar = {"post": TeamImpactInput}
    examples: ClassVar = {
        "post": {
            "Another role": {"change": "role", "user": SOMETHING, "role": "viewer"},
            "Removing a member": {"change": "remove", "user": SOMETHING},
            "Moving the team": {"change": "move", "parent": SOMETHING},
            "Archiving the team": {"change": "archive"},
        }
    }
    outputs: ClassVar = {"post": Answer(200, ImpactOutput)}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Measure who would gain and lose what by a change of the team. Nothing is changed; it needs the same right."""
        wish = team_wish_of(self.read_input())
        return self.answer(impact_on_team(principal_of(request), team_id, wish=wish))


class MeasureGenerationImpactView(ApiView):
    """A dry run of sharing a generation, or of taking that back."""

    actions: ClassVar = {"post": actions.OPEN}
    inputs: ClassVar = {"post": GenerationImpactInput}
    examples: ClassVar = {
        "post": {
            "Sharing it": {"change": "share", "team": SOMETHING, "role": "viewer"},
            "Taking a share back": {"change": "unshare", "team": SOMETHING},
        }
    }
    outputs: ClassVar = {"post": Answer(200, ImpactOutput)}

    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """Measure who would gain and lose what by a share or its end. Nothing is changed; it needs the same right."""
        wish = generation_wish_of(self.read_input())
        return self.answer(impact_on_generation(principal_of(request), generation_id, wish=wish))
