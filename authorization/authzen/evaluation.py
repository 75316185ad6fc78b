"""One question or many: each policy source is asked once, and every answer leaves its record before it is given."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from authorization.authzen.inquiries import inquiries_from
from authorization.authzen.serializers import Semantic
from authorization.authzen.trail import record_answers
from authorization.facts import Principal
from authorization.ports import Inquiry, Verdict
from authorization.registry import registry
from velro.errors import FieldProblem

# The answer after which no further one is given.
LAST_ANSWER: Final[Mapping[Semantic, bool | None]] = MappingProxyType(
    {Semantic.EXECUTE_ALL: None, Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}
)


UNREADABLE: Final = Verdict(is_allowed=False, reason="unreadable_question")
UNKNOWN_TYPE: Final = Verdict(is_allowed=False, reason="unknown_resource_type")


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and its answer. One that cannot be read is a fault, and denied."""

    question: Inquiry | FieldProblem
    verdict: Verdict


def evaluate(inquiry: Inquiry) -> bool:
    """One decision."""
    verdict = _decide([inquiry])[0]
    record_answers([(inquiry, verdict)])
    return verdict.is_allowed


def evaluate_batch(body: Mapping[str, Any], *, semantic: Semantic, asked_by: Principal) -> Sequence[Answered]:
    """As many answers as the semantic asks for, in the order of the questions."""
    questions = list(inquiries_from(body, asked_by=asked_by))
    verdicts = iter(_decide([question for question in questions if isinstance(question, Inquiry)]))
    answered = [
        Answered(question, next(verdicts) if isinstance(question, Inquiry) else UNREADABLE) for question in questions
    ]
    given = list(_until(LAST_ANSWER[semantic], answered))
    record_answers((one.question, one.verdict) for one in given if isinstance(one.question, Inquiry))
    return given


def _decide(inquiries: Sequence[Inquiry]) -> Sequence[Verdict]:
    """Unknown resource types are denied."""
    places = defaultdict(list)
    for place, inquiry in enumerate(inquiries):
        places[inquiry.resource.type].append(place)
    verdicts = [UNKNOWN_TYPE] * len(inquiries)
    for name in places.keys() & registry.policy_sources.keys():
        asked = [inquiries[place] for place in places[name]]
        for place, verdict in zip(places[name], registry.policy_sources[name].evaluate(asked), strict=True):
            verdicts[place] = verdict
    return verdicts


def _until(last: bool | None, answered: Sequence[Answered]) -> Iterator[Answered]:  # noqa: FBT001 - an answer, not a switch
    for one in answered:
        yield one
        if one.verdict.is_allowed is last:
            return
