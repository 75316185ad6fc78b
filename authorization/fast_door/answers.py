"""What the fast door keeps of what the layers have said: who came in, and what they were told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from sys import intern
from typing import Final

from authorization import pipeline
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.memory import Remembered
from authorization.deliberation import Admission, Deliberation
from authorization.facts import Asking, Attempt, Decision, Principal, Question, ResourceFacts
from authorization.layers.audit import about, record_of
from authorization.layers.cache import report_slow_layers
from authorization.layers.input_rates import address_charge, person_charge
from authorization.ports import DecisionRoute
from authorization.registry import registry
from velro.audit.services import ABSENT, columns_to_repeat
from velro.rate_limits.limits import Charge

# Columns of a record, and headers, that differ from answer to answer.
OWN_COLUMNS: Final = frozenset({"session_id", "client_address", "request_id", "resource_id", "duration_ms", "details"})
OWN_HEADERS: Final = frozenset({"content-length", "ratelimit", "ratelimit-policy", "x-request-id"})
Headers = list[tuple[str, str]]
Speaker = tuple[int, bool, frozenset[str] | None]


@dataclass(frozen=True)
class Entrance:
    """Somebody who was let in from `address`, as long as that holds.

    Answers are kept for a `speaker`: the person in all their sessions, or an API key, and what was known of how far
    they reach. Each request counts as these two `charges`, by the `policy` that is told them; `columns` are theirs in a
    record.
    """

    principal: Principal
    speaker: Speaker
    address: str
    charges: tuple[Charge, Charge]
    policy: str
    columns: str
    holds_at: Callable[[float], bool]


@dataclass(frozen=True)
class Answer:
    """What was said, as long as these facts hold, with columns and details of the record.

    The body is in two pieces around its duration, or `before` is all of it. A process goes through thousands of these,
    more than its core keeps close, so what many have alike is one object.
    """

    headers: Headers
    before: bytes
    after: bytes | None
    columns: str
    resource_id: str
    details: str
    facts: Remembered[ResourceFacts]

    def holds_at(self, database_time: float) -> bool:
        """Whether the very same would be said."""
        return FACTS_CACHE.holds_at(self.facts, database_time)

    def body(self, spent_ms: str) -> bytes:
        """As it is said after so many milliseconds."""
        return self.before if self.after is None else b"%b%b%b" % (self.before, spent_ms.encode(), self.after)


def entrance_of(attempt: Attempt) -> Entrance | None:
    """Layers 1 to 3, all but the counting. None for somebody whom memory does not know afterwards.

    Raises a VelroError for one who must not come in.
    """
    report_slow_layers(pipeline.run(pipeline.UNCOUNTED, Admission(attempt)))
    recognition = registry.identity_source.recognise(attempt)
    if recognition is None:
        return None
    principal, address = recognition.principal, attempt.client_address
    charges = (address_charge(address), person_charge(principal.user_id))
    speaks_through = principal.user_id if principal.scopes is None else principal.session_id
    return Entrance(
        principal=principal,
        speaker=(speaks_through.int, principal.is_operator, principal.scopes),
        address=address,
        charges=charges,
        policy=", ".join(charge.limit.policy for charge in charges),
        columns=columns_to_repeat({"session_id": principal.session_id, "client_address": address}),
        holds_at=recognition.holds_at,
    )


def answer_of(
    asking: Asking, route: DecisionRoute, render: Callable[[Sequence[Decision]], bytes], headers: Headers
) -> Answer | None:
    """What is to be said from memory of one resource, by the verdict of layers 4 to 6 on the facts there.

    None if there is none.
    """
    action, (resource_id,) = asking.action, asking.resource_ids
    facts = FACTS_CACHE.recollect(action.resource, (asking.user_id, resource_id))
    verdict = facts.value.verdicts.get(action) if facts else None
    if facts is None or verdict is None:
        return None
    body = render([replace(verdict, is_cache_hit=True)])
    before, after = route.around_duration(body) or (body, None)
    question = Question(asking.user_id, action, resource_id, facts.value, asking.asked_by)
    record = {**ABSENT, **record_of(Deliberation(question, decision=verdict), verdict)}
    columns = columns_to_repeat({name: value for name, value in record.items() if name not in OWN_COLUMNS})
    details = "".join(f',"{name}":"{value}"' for name, value in about(question).items())
    return Answer(headers, before, after, intern(columns), str(resource_id), details, facts)


def lasting(headers: Headers) -> Headers:
    """Those that every answer of a route has alike."""
    return [(name, value) for name, value in headers if name.lower() not in OWN_HEADERS]
