"""What somebody with the password of Redis puts there is refused, or not believed."""

from time import monotonic
from uuid import uuid4

import pytest
import structlog
from django.core.cache import caches

from authorization.freshness.snapshots import Snapshot
from tests.authorization.caching.test_shared_facts import (
    Process,
    frames,
    loaded,
    put,
    put_everywhere,
    read,
)
from tests.authorization.caching.test_shared_facts import _nothing_there as _nothing_there
from velro.caching.shared_store import ALIAS


def test_values_that_were_swapped_are_refused() -> None:
    one, other = Process(), Process()
    kept = [one.keep(read()) for _ in range(2)]
    (first, its_value), (second, other_value) = frames().items()
    put(first, other_value)
    put(second, its_value)

    assert not other.knows(*kept)
    assert other.misses == {"refused": 2}


def test_the_value_of_another_person_is_refused() -> None:
    mine, theirs = Process(), Process()
    facts = read()
    theirs.cache.keep_each([loaded(facts, by=uuid4())])
    (their_value,) = frames().values()
    kept = mine.keep(facts)
    put_everywhere(their_value)

    assert not mine.knows(kept)


def test_a_byte_that_was_changed_is_refused() -> None:
    process = Process()
    kept = process.keep(read())
    ((name, value),) = frames().items()
    for place in range(len(value)):
        put(name, value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :])
        assert not process.knows(kept)
    assert process.misses == {"refused": len(value)}


def test_a_value_that_was_sealed_with_another_key_is_refused() -> None:
    facts = read()
    Process(secret="another").keep(facts)
    (foreign,) = frames().values()
    caches[ALIAS].clear()
    process = Process()
    process.keep(facts)
    put_everywhere(foreign)

    assert not process.knows(facts.resource_id)
    assert process.misses == {"refused": 1}


@pytest.mark.parametrize("value", [b"", b"17", b"true", b"\x80\x04\x95", b"\x01" * 100, bytes(2_000_000)])
def test_nonsense_is_refused(value: bytes) -> None:
    process = Process()
    kept = process.keep(read())
    put_everywhere(value)

    assert not process.knows(kept)
    assert process.misses == {"refused": 1}


def test_an_old_value_that_is_put_back_after_a_change_is_not_believed() -> None:
    process = Process()
    facts = read(by=Snapshot(150, 150))
    process.keep(facts)
    ((name, old),) = frames().items()
    process.changes.note(["team:a"], transaction_id=160)
    caches[ALIAS].clear()
    assert not process.knows(facts.resource_id)
    process.keep(read(by=Snapshot(161, 161), of=facts.resource_id))
    assert process.knows(facts.resource_id)
    put(name, old)

    assert not process.knows(facts.resource_id)
    assert process.misses == {"absent": 1, "changed": 1}


def test_what_was_refused_is_reported_now_and_then() -> None:
    process = Process()
    kept = process.keep(read())
    put_everywhere(b"nonsense")
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            process.knows(kept)
        process.cache._next_incident_at = monotonic()
        process.knows(kept)

    reports = [(it["event"], it["log_level"], it["refused"]) for it in logs]
    assert reports == [("shared_facts_refused", "critical", 1), ("shared_facts_refused", "critical", 4)]
