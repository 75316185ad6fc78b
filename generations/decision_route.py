"""Where generations are asked about, as the fast door knows it: questions, plainly spelled, and answers.

Of this API, `POST /generations/{id}/authorize` and `POST /generations/authorize`; of AuthZEN,
`POST /access/v1/evaluation` and `POST /access/v1/evaluations`. All that is not plain is left to Django.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from io import BytesIO
from operator import attrgetter, itemgetter
from typing import Any, Final
from uuid import UUID

from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer

from authorization.actions import Action
from authorization.authzen.actions import EVALUATE
from authorization.authzen.serializers import MOST_EVALUATIONS
from authorization.facts import Decision
from authorization.layers.input import CANONICAL_UUID4, parse_resource_id
from authorization.ports import Asked, Questions
from authorization.roles import Permission
from generations import actions
from generations.policy_source import ACTIONS, PERSON
from generations.serializers.inputs import MOST_IDS
from generations.serializers.outputs import BatchDecisionOutput, DecisionOutput
from velro.api.parsers import StrictJSONParser
from velro.api.renderers import LongJSONRenderer
from velro.errors import MalformedRequest, RequestTooLarge

PATH: Final = re.compile(rf"/api/v1/generations/({CANONICAL_UUID4})/authorize")
BATCH_PATH: Final = "/api/v1/generations/authorize"
EVALUATION_PATH: Final = "/access/v1/evaluation"
EVALUATIONS_PATH: Final = "/access/v1/evaluations"
BODIES: Final = {
    b"{}": actions.READ,
    **{
        spelling.format(permission).encode(): actions.BY_PERMISSION[permission]
        for permission in Permission
        for spelling in ('{{"action":"{}"}}', '{{"action": "{}"}}')
    },
}
# Serializers copy their fields anew for each use, which takes longer than to show a decision.
SHAPE: Final = DecisionOutput()
# There are few: a reason, a method, a role and two sets of permissions, remembered or not.
MOST_VERDICTS: Final = 1024
# All but how long it took, and where.
_verdict_in: Final = attrgetter(*Decision.__match_args__[:-2])
_decision: Final[Callable[..., Decision]] = Decision
DURATION: Final = re.compile(rb'(?<="response_time_ms":)[0-9.e-]+')
# What is wrong with a body that is not plain, or no body of these at all; Django says so.
NOT_PLAIN: Final = (ParseError, MalformedRequest, RequestTooLarge, ValueError, TypeError, KeyError, AttributeError)
Triple = tuple[UUID, Action, UUID]


class AuthorizeRoute:
    """What a caller may do with one generation."""

    action = actions.AUTHORIZE
    ending = "/authorize"

    def questions_at(self, path: str, body: bytes) -> Questions | None:
        """Other spellings of the body are left to Django."""
        found, action = PATH.fullmatch(path), BODIES.get(body)
        if not found or not action:
            return None
        return Questions([Asked(action, [parse_resource_id(found[1])])], _shown)

    def around_duration(self, body: bytes) -> tuple[bytes, bytes]:
        """Raises ValueError for a body that no view writes."""
        return _around_duration(body)


class _WithoutDuration:
    def around_duration(self, _body: bytes) -> None:
        """It is not told."""


class AuthorizeManyRoute(_WithoutDuration):
    """What a caller may do with up to 1,000 generations."""

    action = actions.AUTHORIZE
    ending = BATCH_PATH

    def questions_at(self, path: str, body: bytes) -> Questions | None:
        """Each generation once."""
        if path != BATCH_PATH:
            return None
        try:
            asked = _document(body)
            ids = [parse_resource_id(text) for text in _listed(asked["ids"])]
            permission = asked.get("action", Permission.READ)
            if asked.keys() - {"action", "ids"} or not _is_each_once(ids, most=MOST_IDS):
                return None
            return Questions([Asked(actions.BY_PERMISSION[Permission(permission)], ids)], partial(_many_shown, ids))
        except NOT_PLAIN:
            return None


class EvaluationRoute(_WithoutDuration):
    """What a person may do with one generation, in AuthZEN's words."""

    action = EVALUATE
    ending = EVALUATION_PATH

    def questions_at(self, path: str, body: bytes) -> Questions | None:
        """Members in any order, but those alone that name the question."""
        if path != EVALUATION_PATH:
            return None
        try:
            user_id, action, generation_id = _triple_in(_document(body))
        except NOT_PLAIN:
            return None
        return Questions([Asked(action, [generation_id], user_id)], _evaluated)


class EvaluationsRoute(_WithoutDuration):
    """What people may do with generations, in AuthZEN's words: up to 1,000 questions."""

    action = EVALUATE
    ending = EVALUATIONS_PATH

    def questions_at(self, path: str, body: bytes) -> Questions | None:
        """Each question once, and without options."""
        if path != EVALUATIONS_PATH:
            return None
        try:
            document = _document(body)
            evaluations = _listed(document.pop("evaluations"))
            triples = [_triple_in({**document, **evaluation}) for evaluation in evaluations]
        except NOT_PLAIN:
            return None
        return _grouped(triples) if _is_each_once(triples, most=MOST_EVALUATIONS) else None


def _document(body: bytes) -> Any:
    return StrictJSONParser().parse(BytesIO(body))


def _triple_in(asked: Mapping[str, Any]) -> Triple:
    """Raises ValueError, or what is raised for a member that is missing or of another type."""
    user_id, name, generation_id = asked["subject"]["id"], asked["action"]["name"], asked["resource"]["id"]
    plain = {
        "subject": {"type": PERSON, "id": user_id},
        "action": {"name": name},
        "resource": {"type": actions.RESOURCE, "id": generation_id},
    }
    if asked != plain:
        raise ValueError("says more, or something else")
    return parse_resource_id(user_id), ACTIONS[name], parse_resource_id(generation_id)


def _listed(asked: Any) -> list[Any]:
    if not isinstance(asked, list):
        raise TypeError("no list")
    return asked


def _is_each_once(asked: Sequence[Any], *, most: int) -> bool:
    return 0 < len(asked) <= most and len(set(asked)) == len(asked)


def _grouped(triples: Sequence[Triple]) -> Questions:
    """One asking for each person and action; the answers come in the order of the questions all the same."""
    groups: dict[tuple[UUID, Action], list[int]] = {}
    for place, (user_id, action, _) in enumerate(triples):
        groups.setdefault((user_id, action), []).append(place)
    order = [place for places in groups.values() for place in places]
    asked = [
        Asked(action, [triples[place][2] for place in places], user_id) for (user_id, action), places in groups.items()
    ]
    return Questions(asked, partial(_many_evaluated, order))


def _shown(decisions: Sequence[Decision]) -> bytes:
    (decision,) = decisions
    before, after = _shown_around_duration(*_verdict_in(decision))
    return b"%b%b%b" % (before, repr(float(decision.duration_ms)).encode(), after)


@lru_cache(maxsize=MOST_VERDICTS)
def _shown_around_duration(*verdict: Any) -> tuple[bytes, bytes]:
    return _around_duration(JSONRenderer().render(SHAPE.to_representation(_decision(*verdict))))


def _around_duration(body: bytes) -> tuple[bytes, bytes]:
    before, after = DURATION.split(body)
    return before, after


def _many_shown(ids: Sequence[UUID], decisions: Sequence[Decision]) -> bytes:
    pairs = list(zip(ids, decisions, strict=True))
    body: bytes = LongJSONRenderer().render(BatchDecisionOutput({"decisions": pairs}).data)
    return body


def _evaluated(decisions: Sequence[Decision]) -> bytes:
    (decision,) = decisions
    return b'{"decision":true}' if decision.is_allowed else b'{"decision":false}'


def _many_evaluated(order: Sequence[int], decisions: Sequence[Decision]) -> bytes:
    """`order` has the place among the questions of each decision."""
    in_order = sorted(zip(order, decisions, strict=True), key=itemgetter(0))
    return b'{"evaluations":[%b]}' % b",".join(_evaluated([decision]) for _, decision in in_order)


DECISION_ROUTES: Final = (AuthorizeRoute(), AuthorizeManyRoute(), EvaluationRoute(), EvaluationsRoute())
