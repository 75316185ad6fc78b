"""The way through the tiers: what this process knows, then what others know, each kept nearer once it was found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from authorization.caching.facts import FACTS_CACHE, Key, key_of
from authorization.caching.flights import Flights
from authorization.caching.shared_facts import SHARED_FACTS, Loaded
from authorization.caching.sharing import SHARER
from authorization.deliberation import nothing_to_finish
from authorization.facts import ResourceFacts
from authorization.freshness.listener import LISTENER, seconds_now

FLIGHTS: Final[Flights[Key]] = Flights()


def recall(
    resource_type: str, user_id: UUID, resource_ids: Sequence[UUID]
) -> tuple[Mapping[UUID, ResourceFacts], Callable[[], None]]:
    """Of these, what is known and still true, and what to call once the rest is remembered, or will not be."""
    known = FACTS_CACHE.known(resource_type, user_id, resource_ids)
    if len(known) == len(resource_ids) or seconds_now() >= LISTENER.lease.until:
        return known, nothing_to_finish
    unknown = [it for it in resource_ids if it not in known]
    flight = FLIGHTS.board([key_of(resource_type, user_id, it) for it in unknown])
    if flight is None:
        return known | _recall_again(resource_type, user_id, unknown), nothing_to_finish
    try:
        return known | _recall_shared(resource_type, user_id, unknown), flight.land
    except BaseException:
        flight.land()
        raise


def remember(resource_type: str, user_id: UUID, facts: Mapping[UUID, ResourceFacts], *, position: int) -> None:
    """Keep what was loaded after `position`: here at once, and for others as soon as nobody waits for it."""
    FACTS_CACHE.keep(resource_type, user_id, facts, position=position)
    SHARER.add(Loaded(resource_type, user_id, facts, position))


def _recall_again(resource_type: str, user_id: UUID, resource_ids: Sequence[UUID]) -> dict[UUID, ResourceFacts]:
    """What others have found meanwhile, by the same rule as ever; the rest is looked up without waiting again."""
    found = FACTS_CACHE.known(resource_type, user_id, resource_ids)
    rest = [it for it in resource_ids if it not in found]
    return found | _recall_shared(resource_type, user_id, rest) if rest else found


def _recall_shared(resource_type: str, user_id: UUID, resource_ids: Sequence[UUID]) -> dict[UUID, ResourceFacts]:
    # Noted before it is known whether they hold: what is heard of meanwhile ends them here.
    position = FACTS_CACHE.position
    found = SHARED_FACTS.known(resource_type, user_id, resource_ids)
    FACTS_CACHE.keep(resource_type, user_id, found, position=position)
    return found
