"""What a process has loaded is shared beside its requests: soon, many at a time, and no more than it has room for."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from threading import Event, Timer, current_thread

import pytest
import structlog
from django.core.cache import caches

from authorization.caching import sharing
from authorization.caching.shared_facts import Loaded
from authorization.caching.sharing import MANY, Sharer
from authorization.facts import AccessMethod, Path
from authorization.freshness.listener import Lease
from tests.authorization.caching.test_shared_facts import BASE, TYPE, Process, frames, loaded, read
from velro.caching.shared_store import ALIAS

PATIENCE = 10.0


class Held:
    """A server that takes nothing before it may, and what it was given at once each time, by which threads."""

    def __init__(self, process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_take, self.is_asked = Event(), Event()
        self.given = list[int]()
        self.threads = set[str]()
        self._store = process.cache.store.store
        monkeypatch.setattr(process.cache.store, "store", self.take)

    def take(self, values: Mapping[str, bytes], *, seconds: int) -> bool:
        self.given.append(len(values))
        self.threads.add(current_thread().name)
        self.is_asked.set()
        assert self.may_take.wait(PATIENCE)
        return self._store(values, seconds=seconds)


@pytest.fixture(autouse=True)
def _nothing_there() -> Iterator[None]:
    caches[ALIAS].clear()
    yield
    caches[ALIAS].clear()


def just_loaded(process: Process, *, count: int = 1) -> Loaded:
    """What the process has just loaded."""
    return loaded(*(read() for _ in range(count)), position=process.changes.position)


def test_others_soon_know_what_was_added() -> None:
    process, other = Process(), Process()
    sharer, what = Sharer(process.cache), just_loaded(process, count=3)
    sharer.add(what)

    assert sharer.drain(seconds=PATIENCE)
    pairs, facts = zip(*what.found, strict=True)
    assert other.cache.known(TYPE, pairs) == list(facts)
    assert process.cache.figures().fills == 3


def test_nobody_waits_for_the_server_and_what_gathers_meanwhile_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    server, sharer = Held(process, monkeypatch), Sharer(process.cache)
    sharer.add(just_loaded(process))
    assert server.is_asked.wait(PATIENCE)
    for _ in range(5):
        sharer.add(just_loaded(process, count=2))
    assert not sharer.drain(seconds=0.05)
    server.may_take.set()

    assert sharer.drain(seconds=PATIENCE)
    assert server.given == [1, 10]
    assert server.threads == {"facts-sharer"}
    assert len(frames()) == 11


def test_what_finds_no_room_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    server, sharer = Held(process, monkeypatch), Sharer(process.cache, most=4)
    sharer.add(just_loaded(process, count=3))
    assert server.is_asked.wait(PATIENCE)
    sharer.add(just_loaded(process, count=2))
    sharer.add(just_loaded(process))
    sharer.add(just_loaded(process))
    server.may_take.set()

    assert sharer.drain(seconds=PATIENCE)
    assert sharer.dropped == 3
    assert len(frames()) == 4
    sharer.add(just_loaded(process, count=4))
    assert sharer.drain(seconds=PATIENCE)
    assert (sharer.dropped, len(frames())) == (3, 8)


def test_many_wait_for_room_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    server, sharer = Held(process, monkeypatch), Sharer(process.cache, most=MANY)
    sharer.add(just_loaded(process))
    assert server.is_asked.wait(PATIENCE)
    sharer.add(just_loaded(process, count=MANY))
    assert sharer.dropped == MANY

    monkeypatch.setattr(sharing, "PATIENCE_SECONDS", PATIENCE)
    Timer(0.05, server.may_take.set).start()
    sharer.add(just_loaded(process, count=MANY))

    assert sharer.drain(seconds=PATIENCE)
    assert (sharer.dropped, len(frames())) == (MANY, MANY + 1)


@pytest.mark.parametrize("how", ["the log forgot", "the lease ended"])
def test_what_may_no_longer_be_shared_when_its_turn_comes_is_not(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    process = Process()
    server, sharer = Held(process, monkeypatch), Sharer(process.cache)
    sharer.add(just_loaded(process))
    assert server.is_asked.wait(PATIENCE)
    sharer.add(just_loaded(process))
    if how == "the log forgot":
        process.changes.forget()
        process.changes.begin(process.changes.era, base=BASE, origin="here")
    else:
        process.listener.lease = Lease()
    server.may_take.set()

    assert sharer.drain(seconds=PATIENCE)
    assert len(frames()) == 1


def test_what_may_not_be_shared_now_does_not_wait_until_it_may() -> None:
    deaf = Process(base=None)
    sharer = Sharer(deaf.cache)
    sharer.add(just_loaded(deaf))
    deaf.changes.begin(deaf.changes.era, base=BASE, origin="here")

    assert sharer.drain(seconds=0)
    assert frames() == {}


def test_a_change_that_is_heard_before_its_turn_ends_it_for_others_all_the_same() -> None:
    process, other = Process(), Process()
    sharer, what = Sharer(process.cache), just_loaded(process)
    sharer.add(what)
    other.changes.note(["team:a"], transaction_id=BASE.next)

    assert sharer.drain(seconds=PATIENCE)
    assert other.knows(*(resource_id for (_, resource_id), _ in what.found)) == set()
    assert other.misses == {"changed": 1}


def test_what_cannot_be_shared_holds_up_nobody() -> None:
    process = Process()
    sharer, what = Sharer(process.cache), just_loaded(process)
    unspeakable = replace(read(), paths=(Path(AccessMethod.DIRECT_OWNERSHIP, source_id=object()),))  # type: ignore[arg-type]  # the point
    with structlog.testing.capture_logs() as logs:
        sharer.add(loaded(unspeakable, position=process.changes.position))
        assert sharer.drain(seconds=PATIENCE)
    sharer.add(what)

    assert sharer.drain(seconds=PATIENCE)
    assert [it["event"] for it in logs] == ["facts_not_shared"]
    assert len(frames()) == 1


def test_a_forked_child_shares_by_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    server, sharer = Held(process, monkeypatch), Sharer(process.cache)
    sharer.add(just_loaded(process))
    assert server.is_asked.wait(PATIENCE)
    child = os.fork()
    if not child:
        sharer.forget_after_fork()
        server.may_take.set()
        sharer.add(just_loaded(process, count=2))
        os._exit(0 if sharer.drain(seconds=PATIENCE) and len(server.given) == 2 else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert len(frames()) == 2
    server.may_take.set()
    assert sharer.drain(seconds=PATIENCE)
    assert len(frames()) == 3
