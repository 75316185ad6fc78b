"""The way through the tiers: what this process knows, then what others know, each kept nearer once it was found.

Of several questions each tier is asked once, and answers None for each that it does not know.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from authorization.caching.facts import FACTS_CACHE, Key, key_of
from authorization.caching.flights import Flights
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.deliberation import nothing_to_finish
from authorization.facts import Pair, ResourceFacts
from authorization.freshness.listener import LISTENER, seconds_now

FLIGHTS: Final[Flights[Key]] = Flights()
Known = list[ResourceFacts | None]


def recall(resource_type: str, pairs: Sequence[Pair]) -> tuple[Known, Callable[[], None]]:
    """Of each, what is known and still true, and what to call once the rest is remembered, or will not be."""
    known = FACTS_CACHE.known(resource_type, pairs)
    if all(known) or seconds_now() >= LISTENER.lease.until:
        return known, nothing_to_finish
    unknown = missing_in(known, pairs)
    flight = FLIGHTS.board([key_of(resource_type, pair) for pair in unknown])
    if flight is None:
        return completed(known, _recall_again(resource_type, unknown)), nothing_to_finish
    try:
        return completed(known, _recall_shared(resource_type, unknown)), flight.land
    except BaseException:
        flight.land()
        raise


def missing_in(known: Sequence[ResourceFacts | None], pairs: Iterable[Pair]) -> list[Pair]:
    """Those of which nothing is known."""
    return [pair for pair, facts in zip(pairs, known, strict=True) if facts is None]


def completed(known: Sequence[ResourceFacts | None], found: Iterable[ResourceFacts | None]) -> Known:
    """With what was `found` of each that was missing, in their order."""
    others = iter(found)
    return [next(others) if facts is None else facts for facts in known]


def _recall_again(resource_type: str, pairs: Sequence[Pair]) -> Known:
    """What others have found meanwhile, by the same rule as ever; the rest is looked up without waiting again."""
    known = FACTS_CACHE.known(resource_type, pairs)
    rest = missing_in(known, pairs)
    return completed(known, _recall_shared(resource_type, rest)) if rest else known


def _recall_shared(resource_type: str, pairs: Sequence[Pair]) -> Known:
    # Noted before it is known whether they hold: what is heard of meanwhile ends them here.
    position = FACTS_CACHE.position
    known = SHARED_FACTS.known(resource_type, pairs)
    found = [(pair, facts) for pair, facts in zip(pairs, known, strict=True) if facts is not None]
    FACTS_CACHE.keep(resource_type, found, position=position)
    return known
