"""The first tier of the cache counts what it was asked and answered, and why it could not answer."""

from time import monotonic
from uuid import UUID, uuid4

import pytest

from authorization.caching.facts import FactsCache
from authorization.caching.memory import HITS_PER_TIME, Room
from authorization.facts import AccessMethod, Evidence, Path, ResourceFacts
from authorization.freshness.changes import ChangeLog
from authorization.freshness.listener import Lease, Listener

FOR_EVER = float("inf")
PERSON = uuid4()


class Tier:
    """A cache of three entries, in a process whose lease does not end by itself."""

    def __init__(self) -> None:
        self.changes = ChangeLog()
        self.listener = Listener(self.changes)
        self.listener.lease = Lease(until=FOR_EVER, ahead=0.0)
        self.cache = FactsCache(self.changes, self.listener, room=Room(entries=3, bytes=30_000))

    def keep(self, *, until: float = FOR_EVER, resource_id: UUID | None = None, paths: int = 0) -> UUID:
        kept_id = resource_id or uuid4()
        evidence = Evidence((f"generation:{kept_id}",), until)
        facts = ResourceFacts(kept_id, paths=(Path(AccessMethod.TEAM_SHARE),) * paths, evidence=evidence)
        self.cache.keep("generation", [((PERSON, kept_id), facts)], position=self.cache.position)
        return kept_id

    def ask(self, *resource_ids: UUID) -> None:
        self.cache.known("generation", [(PERSON, it) for it in resource_ids])


@pytest.fixture
def tier() -> Tier:
    return Tier()


def test_a_tier_that_was_never_asked_has_no_hit_rate(tier: Tier) -> None:
    figures = tier.cache.figures()

    assert (figures.hits, figures.missed, figures.hit_rate) == (0, 0, None)
    assert (figures.fills, figures.evictions, figures.entries, figures.bytes) == (0, 0, 0, 0)


def test_each_miss_has_its_reason(tier: Tier) -> None:
    good, changed, expired = tier.keep(), tier.keep(), tier.keep(until=monotonic())
    tier.changes.note([f"generation:{changed}"], transaction_id=1)
    tier.ask(good, changed, expired, uuid4(), uuid4())
    tier.listener.lease = Lease()
    tier.ask(good, changed)
    figures = tier.cache.figures()

    assert figures.hits == 1
    assert figures.misses == {"absent": 2, "changed": 1, "expired": 1, "no_lease": 2}
    assert figures.hit_rate == pytest.approx(1 / 7)


def test_what_makes_room_is_counted_and_what_is_replaced_is_not(tier: Tier) -> None:
    first = tier.keep()
    tier.keep(resource_id=first)
    for _ in range(4):
        tier.keep()
    figures = tier.cache.figures()

    assert (figures.fills, figures.entries, figures.evictions) == (6, 3, 2)


def test_larger_facts_take_more_bytes(tier: Tier) -> None:
    other = Tier()
    tier.keep()
    other.keep(paths=20)

    assert 500 < tier.cache.figures().bytes < 2_000 < other.cache.figures().bytes


def test_some_of_the_hits_are_timed(tier: Tier) -> None:
    kept = tier.keep()
    for _ in range(3 * HITS_PER_TIME):
        tier.ask(kept)
        tier.ask(uuid4())
    lookups = tier.cache.figures().lookups

    assert lookups.count == 3
    assert 0 < lookups.mean < 50_000
