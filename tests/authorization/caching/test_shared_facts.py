"""What processes share holds for a process only if it was read past every change that this one has heard of."""

from collections.abc import Iterator
from math import inf
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from pytest_django.fixtures import Settings

from authorization.caching.shared_facts import Loaded, SharedFactsCache, edition_of
from authorization.facts import AccessMethod, Evidence, Path, Reading, ResourceFacts
from authorization.freshness.changes import MOST_NUMBERS, ChangeLog
from authorization.freshness.listener import Lease, Listener, seconds_now
from authorization.freshness.snapshots import Snapshot
from authorization.registry import registry
from tests.authorization.prompts import PromptLibrary
from velro.caching.breaker import Breaker
from velro.caching.sealing import Sealer
from velro.caching.shared_store import ALIAS, SharedStore

TYPE: Final = "generation"
PERSON: Final = uuid4()
NOW: Final = 1_000.0
# Of the transactions below 100, 60 and 80 had not ended.
BASE: Final = Snapshot(60, 100, frozenset({60, 80}))
SECRET: Final = "a secret that all processes know"


class Process:
    """One that has a lease, which does not end by itself, and has heard of everything from `base` on."""

    def __init__(self, *, base: Snapshot | None = BASE, origin: str = "here", secret: str = SECRET) -> None:
        self.changes = ChangeLog()
        self.listener = Listener(self.changes)
        self.set_clock(NOW)
        sealer = Sealer(secret, purpose="trying it")
        self.cache = SharedFactsCache(self.changes, self.listener, SharedStore(Breaker()), sealer)
        if base is not None:
            self.changes.begin(self.changes.era, base=base, origin=origin)

    def set_clock(self, time: float) -> None:
        """The database's, for a process that knows it exactly."""
        # By the clock of leases it is so much later now, give or take what this test needs.
        from_here = time - self.now
        self.listener.lease = Lease(until=inf, ahead=from_here, behind=from_here + 1)

    @property
    def now(self) -> float:
        """By the clock of leases."""
        return seconds_now()

    def keep(self, facts: ResourceFacts, *, position: int | None = None) -> UUID:
        """As who has just loaded them."""
        noted = self.changes.position if position is None else position
        self.cache.keep_each([loaded(facts, position=noted)])
        return facts.resource_id

    def knows(self, *resource_ids: UUID) -> set[UUID]:
        """Which of these."""
        known = self.cache.known(TYPE, [(PERSON, it) for it in resource_ids])
        return {facts.resource_id for facts in known if facts is not None}

    @property
    def misses(self) -> dict[str, int]:
        """By reason, but those that never happened."""
        return {why: count for why, count in self.cache.figures().misses.items() if count}


def loaded(*facts: ResourceFacts, of: str = TYPE, by: UUID = PERSON, position: int = 0) -> Loaded:
    """What the database said to somebody."""
    return Loaded(of, [((by, row.resource_id), row) for row in facts], position)


def read(*, by: Snapshot = BASE, at: float = NOW, changes_at: float = inf, of: UUID | None = None) -> ResourceFacts:
    """Facts as they were then."""
    resource_id = of or uuid4()
    evidence = Evidence((f"generation:{resource_id}", "team:a"), changes_at, Reading(at, by))
    return ResourceFacts(resource_id, paths=(Path(AccessMethod.DIRECT_OWNERSHIP),), evidence=evidence)


@pytest.fixture(autouse=True)
def _nothing_there() -> Iterator[None]:
    caches[ALIAS].clear()
    yield
    caches[ALIAS].clear()


def frames() -> dict[str, bytes]:
    """All that is there, by its whole name."""
    client = caches[ALIAS].client.get_client()  # type: ignore[attr-defined]  # django-redis
    return {name.decode(): client.get(name) for name in client.keys("velro:*")}


def put_everywhere(value: bytes) -> None:
    """Under each name that there is."""
    for name in frames():
        put(name, value)


def put(name: str, value: bytes) -> None:
    """As anybody who can write there."""
    caches[ALIAS].client.get_client().set(name, value)  # type: ignore[attr-defined]  # django-redis


def test_what_one_process_loaded_the_others_know() -> None:
    facts = read()
    Process().keep(facts)
    other = Process()

    assert other.cache.known(TYPE, [(PERSON, facts.resource_id)]) == [facts]
    assert other.misses == {}


def test_many_are_found_at_once_and_what_is_not_there_is_left_out() -> None:
    one, other = Process(), Process()
    kept = [one.keep(read()) for _ in range(3)]

    assert other.knows(*kept, uuid4()) == set(kept)
    assert (other.cache.figures().hits, other.misses) == (3, {"absent": 1})


def test_another_person_does_not_know_it() -> None:
    process = Process()
    kept = process.keep(read())

    assert process.cache.known(TYPE, [(uuid4(), kept)]) == [None]


LATER: Final = Snapshot(80, 151, frozenset({80, 140}))
SEEN_BY: Final[dict[str, tuple[Snapshot, bool]]] = {
    "the same": (BASE, True),
    "a later one": (LATER, True),
    "one by which all had ended": (Snapshot(100, 100), True),
    "one to which less had happened": (Snapshot(60, 99, frozenset({60, 80})), False),
    "one by which another had not ended": (Snapshot(60, 100, frozenset({60, 80, 90})), False),
    "one by which another had not ended, and others had begun": (Snapshot(59, 150, frozenset({59})), False),
}


@pytest.mark.parametrize("name", SEEN_BY)
def test_what_was_read_before_this_process_began_to_hear_is_not_believed(name: str) -> None:
    snapshot, is_known = SEEN_BY[name]
    kept = Process().keep(read(by=snapshot))
    other = Process()

    assert bool(other.knows(kept)) is is_known
    assert other.misses == ({} if is_known else {"changed": 1})


@pytest.mark.parametrize(
    ("transaction_id", "is_known"),
    [(79, True), (80, False), (81, True), (139, True), (140, False), (150, True), (151, False), (152, False)],
)
def test_whoever_read_it_must_have_seen_each_change_of_what_it_depends_on(
    transaction_id: int, *, is_known: bool
) -> None:
    kept, other = Process().keep(read(by=LATER)), Process()
    other.changes.note(["team:a"], transaction_id=transaction_id)

    assert bool(other.knows(kept)) is is_known


@pytest.mark.parametrize("order", [(140, 145), (145, 140)])
def test_each_of_several_changes_counts(order: tuple[int, int]) -> None:
    kept, other = Process().keep(read(by=LATER)), Process()
    for transaction_id in order:
        other.changes.note(["team:a"], transaction_id=transaction_id)

    assert not other.knows(kept)


@pytest.mark.parametrize(("first", "is_known"), [(140, False), (141, True)])
def test_of_many_changes_those_long_ago_must_be_below_all_that_was_under_way(first: int, *, is_known: bool) -> None:
    process = Process()
    kept = process.keep(read(by=Snapshot(first, 200, frozenset({first, 141}))))
    for transaction_id in range(140, 140 - MOST_NUMBERS - 1, -1):
        process.changes.note(["team:a"], transaction_id=transaction_id)
    for transaction_id in range(150, 150 + MOST_NUMBERS):
        process.changes.note(["team:a"], transaction_id=transaction_id)

    assert bool(process.knows(kept)) is is_known


def test_a_change_of_something_else_ends_nothing() -> None:
    kept, other = Process().keep(read()), Process()
    other.changes.note(["team:b", "user:c"], transaction_id=10_000)

    assert other.knows(kept)


def test_who_has_forgotten_knows_nothing_until_it_is_known_from_where_it_hears() -> None:
    kept, other = Process().keep(read(by=LATER)), Process()
    before = other.changes.era
    other.changes.forget()
    assert not other.knows(kept)
    other.changes.begin(before, base=BASE, origin="here")
    assert not other.knows(kept), "that look at the database came before the forgetting"
    other.changes.begin(other.changes.era, base=Snapshot(200, 200), origin="here")
    assert not other.knows(kept)
    newer = Process().keep(read(by=Snapshot(200, 200)))
    assert other.knows(newer)


def test_it_is_said_once_from_where_a_process_hears() -> None:
    process = Process()
    process.changes.begin(process.changes.era, base=Snapshot(1, 1), origin="elsewhere")

    assert (process.changes.era.base, process.changes.era.origin) == (BASE, "here")


def test_what_was_asked_for_before_the_forgetting_is_not_shared() -> None:
    process = Process()
    noted = process.changes.position
    process.changes.forget()
    process.changes.begin(process.changes.era, base=BASE, origin="here")
    process.keep(read(), position=noted)

    assert frames() == {}


def test_who_does_not_know_from_where_it_hears_shares_nothing_and_asks_nothing() -> None:
    kept = Process().keep(read())
    deaf = Process(base=None)
    deaf.keep(read())

    assert len(frames()) == 1
    assert not deaf.knows(kept)
    assert deaf.misses == {"no_lease": 1}


def test_without_a_lease_nothing_is_asked_and_nothing_shared() -> None:
    process = Process()
    kept = process.keep(read())
    process.listener.lease = Lease()
    process.keep(read())

    assert not process.knows(kept)
    assert len(frames()) == 1


def test_a_lease_that_ends_while_redis_is_asked_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    kept = process.keep(read())
    fetch = process.cache.store.fetch

    def slowly(names: Any) -> Any:
        found = fetch(names)
        process.listener.lease = Lease()
        return found

    monkeypatch.setattr(process.cache.store, "fetch", slowly)
    assert not process.knows(kept)


@pytest.mark.parametrize("how", ["a change", "everything"])
def test_what_is_heard_while_redis_is_asked_counts(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    process = Process()
    kept = process.keep(read())
    fetch = process.cache.store.fetch

    def slowly(names: Any) -> Any:
        found = fetch(names)
        if how == "a change":
            process.changes.note(["team:a"], transaction_id=BASE.next)
        else:
            process.changes.forget()
        return found

    monkeypatch.setattr(process.cache.store, "fetch", slowly)
    assert not process.knows(kept)


@pytest.mark.parametrize(
    ("clock", "is_known"), [(NOW - 10, False), (NOW, True), (NOW + 49, True), (NOW + 50, False), (NOW + 99, False)]
)
def test_it_holds_from_its_reading_until_its_next_turn(clock: float, *, is_known: bool) -> None:
    kept, other = Process().keep(read(at=NOW, changes_at=NOW + 50)), Process()
    other.set_clock(clock)

    assert bool(other.knows(kept)) is is_known
    assert other.misses == ({} if is_known else {"expired": 1})


def test_in_another_life_of_the_database_nothing_is_found() -> None:
    kept = Process().keep(read())
    other = Process(origin="there")

    assert not other.knows(kept)
    assert other.misses == {"absent": 1}


def test_in_another_edition_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    kept = process.keep(read())
    before = edition_of(TYPE)
    monkeypatch.setattr(registry.resource_types[TYPE], "facts_edition", "the next one", raising=False)

    assert edition_of(TYPE) != before
    assert not process.knows(kept)


def test_a_type_of_resource_that_says_no_edition_is_not_shared(prompts: PromptLibrary) -> None:
    process, facts = Process(), read()
    process.cache.keep_each([loaded(facts, of=prompts.name)])

    assert frames() == {}
    assert process.cache.known(prompts.name, [(PERSON, facts.resource_id)]) == [None]
    assert process.misses == {}


def test_processes_can_be_told_to_share_nothing(settings: Settings) -> None:
    kept = Process().keep(read())
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"decision_cache_lifetime": 0})
    process = Process()
    process.keep(read())

    assert not process.knows(kept)
    assert len(frames()) == 1


def test_names_tell_nobody_who_asked_for_what_and_all_ends_by_itself() -> None:
    kept = Process().keep(read())
    (name,) = frames()
    client = caches[ALIAS].client.get_client()  # type: ignore[attr-defined]  # django-redis

    assert not any(str(it) in name or it.hex in name for it in (kept, PERSON))
    assert 590 < client.ttl(name) <= 600


# What whoever can write to Redis may try.
