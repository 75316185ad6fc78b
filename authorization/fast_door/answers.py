"""What the fast door keeps of what Django and the engine have said: who came in, and what they were told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from authorization.caching.facts import FACTS_CACHE
from authorization.deliberation import Deliberation
from authorization.facts import Principal, Question
from authorization.fast_door.shown import Client, attempt_of
from authorization.layers.audit import record_of
from authorization.layers.input_rates import address_charge, person_charge
from authorization.ports import DecisionRoute
from authorization.registry import registry
from velro.audit.services import record_to_repeat
from velro.rate_limits.limits import Charge

# Columns of a record, and headers, that differ from answer to answer.
OWN_COLUMNS: Final = ("session_id", "client_address", "request_id", "duration_ms", "details")
OWN_HEADERS: Final = frozenset({"content-length", "ratelimit", "ratelimit-policy", "x-request-id"})
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody who was let in, as long as `is_current`, from `address`, and the quotas under which they are counted."""

    principal: Principal
    address: str
    charges: tuple[Charge, ...]
    is_current: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, as long as `is_current`: two pieces of a body around its duration, and the decision's record."""

    headers: Headers
    before: bytes
    after: bytes
    record: bytes
    is_current: Callable[[], bool]


def entrance_of(client: Client) -> Entrance | None:
    """For somebody whom the layers have just let in; None if memory does not know them."""
    attempt = attempt_of(client)
    recognition = registry.identity_source.recognise(attempt) if attempt else None
    if attempt is None or recognition is None:
        return None
    charges = (address_charge(attempt.client_address), person_charge(recognition.principal.user_id))
    return Entrance(recognition.principal, attempt.client_address, charges, recognition.is_current)


def answer_of(question: Question, route: DecisionRoute, headers: Headers) -> Answer | None:
    """What is to be said from memory, by the verdict of layers 4 to 6 on the facts there; None if there is none."""
    facts = FACTS_CACHE.recollect(question.action.resource, question.user_id, question.resource_id)
    verdict = facts.value.verdicts.get(question.action) if facts else None
    if facts is None or verdict is None:
        return None
    before, after = route.around_duration(route.render(replace(verdict, is_cache_hit=True)))
    record = record_to_repeat(record_of(Deliberation(question, decision=verdict), verdict), without=OWN_COLUMNS)
    return Answer(headers, before, after, record, is_current=facts.is_current)


def lasting(headers: Headers) -> Headers:
    """Those that every answer of a route has alike."""
    return tuple((name, value) for name, value in headers if name.lower() not in OWN_HEADERS)
