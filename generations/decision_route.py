"""`POST /generations/{id}/authorize` as the fast door knows it: its questions, plainly spelled, and its answers."""

import re
from typing import Final
from uuid import UUID

from rest_framework.renderers import JSONRenderer

from authorization.actions import Action
from authorization.facts import Decision
from authorization.layers.input import CANONICAL_UUID4, parse_resource_id
from authorization.roles import Permission
from generations import actions
from generations.serializers.outputs import DecisionOutput

PATH: Final = re.compile(rf"/api/v1/generations/({CANONICAL_UUID4})/authorize")
ASKED: Final = {
    b"{}": actions.READ,
    **{
        spelling.format(permission).encode(): actions.BY_PERMISSION[permission]
        for permission in Permission
        for spelling in ('{{"action":"{}"}}', '{{"action": "{}"}}')
    },
}
# Serializers copy their fields anew for each use, which takes longer than to show a decision.
SHAPE: Final = DecisionOutput()
DURATION: Final = re.compile(rb'(?<="response_time_ms":)[0-9.e-]+')


class AuthorizeRoute:
    """What a caller may do with one generation."""

    def question_at(self, path: str, body: bytes) -> tuple[Action, UUID] | None:
        """Other spellings of the body are left to Django."""
        found, action = PATH.fullmatch(path), ASKED.get(body)
        return (action, parse_resource_id(found[1])) if found and action else None

    def render(self, decision: Decision) -> bytes:
        """As the view does."""
        body: bytes = JSONRenderer().render(SHAPE.to_representation(decision))
        return body

    def around_duration(self, body: bytes) -> tuple[bytes, bytes]:
        """Raises ValueError for a body that no view writes."""
        before, after = DURATION.split(body)
        return before, after


AUTHORIZE_ROUTE: Final = AuthorizeRoute()
