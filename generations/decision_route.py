"""Where one generation is asked about, as the fast door knows it: questions, plainly spelled, and answers.

Of this API, `POST /generations/{id}/authorize`; of AuthZEN, `POST /access/v1/evaluation`.
"""

import re
from io import BytesIO
from typing import Final

from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer

from authorization.authzen.actions import EVALUATE
from authorization.facts import Decision
from authorization.layers.input import CANONICAL_UUID4, parse_resource_id
from authorization.ports import Asked
from authorization.roles import Permission
from generations import actions
from generations.policy_source import ACTIONS, PERSON
from generations.serializers.outputs import DecisionOutput
from velro.api.parsers import StrictJSONParser
from velro.errors import MalformedRequest

PATH: Final = re.compile(rf"/api/v1/generations/({CANONICAL_UUID4})/authorize")
BODIES: Final = {
    b"{}": actions.READ,
    **{
        spelling.format(permission).encode(): actions.BY_PERMISSION[permission]
        for permission in Permission
        for spelling in ('{{"action":"{}"}}', '{{"action": "{}"}}')
    },
}
EVALUATION_PATH: Final = "/access/v1/evaluation"
# Serializers copy their fields anew for each use, which takes longer than to show a decision.
SHAPE: Final = DecisionOutput()
DURATION: Final = re.compile(rb'(?<="response_time_ms":)[0-9.e-]+')


class AuthorizeRoute:
    """What a caller may do with one generation."""

    action = actions.AUTHORIZE
    ending = "/authorize"

    def question_at(self, path: str, body: bytes) -> Asked | None:
        """Other spellings of the body are left to Django."""
        found, action = PATH.fullmatch(path), BODIES.get(body)
        return Asked(action, parse_resource_id(found[1])) if found and action else None

    def render(self, decision: Decision) -> bytes:
        """As the view does."""
        body: bytes = JSONRenderer().render(SHAPE.to_representation(decision))
        return body

    def around_duration(self, body: bytes) -> tuple[bytes, bytes]:
        """Raises ValueError for a body that no view writes."""
        before, after = DURATION.split(body)
        return before, after


class EvaluationRoute:
    """What a person may do with one generation, in AuthZEN's words."""

    action = EVALUATE
    ending = EVALUATION_PATH

    def question_at(self, path: str, body: bytes) -> Asked | None:
        """Members in any order, but those alone that name the question; all else is left to Django."""
        return _evaluated_in(body) if path == EVALUATION_PATH else None

    def render(self, decision: Decision) -> bytes:
        """As the view does."""
        return b'{"decision":true}' if decision.is_allowed else b'{"decision":false}'

    def around_duration(self, _body: bytes) -> None:
        """It is not told."""


def _evaluated_in(body: bytes) -> Asked | None:
    try:
        asked = StrictJSONParser().parse(BytesIO(body))
        user_id, name, generation_id = asked["subject"]["id"], asked["action"]["name"], asked["resource"]["id"]
        plain = {
            "subject": {"type": PERSON, "id": user_id},
            "action": {"name": name},
            "resource": {"type": actions.RESOURCE, "id": generation_id},
        }
        if asked != plain:
            return None
        return Asked(ACTIONS[name], parse_resource_id(generation_id), parse_resource_id(user_id))
    except (ParseError, MalformedRequest, ValueError, TypeError, KeyError):
        return None


AUTHORIZE_ROUTE: Final = AuthorizeRoute()
EVALUATION_ROUTE: Final = EvaluationRoute()
