"""Ids and times of records are made in the process, and are as good as any."""

import os
from datetime import datetime
from threading import Thread
from uuid import UUID

import pytest
from django.utils import timezone

from velro.audit.clock import Clock
from velro.audit.record_ids import RecordIds, new_record_id


def test_they_are_canonical_uuids_and_never_the_same() -> None:
    ids: list[str] = []

    def make() -> None:
        ids.extend(new_record_id() for _ in range(5_000))

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 20_000
    assert {(str(UUID(it)) == it, UUID(it).version, UUID(it).variant) for it in ids} == {
        (True, 8, "specified in RFC 4122")
    }


def test_two_processes_make_others() -> None:
    ids = RecordIds()
    reading, writing = os.pipe()
    if os.fork() == 0:
        new_record_id()
        os.write(writing, new_record_id().encode())
        os._exit(0)
    os.wait()
    assert os.read(reading, 100).decode()[:24] != new_record_id()[:24]
    first = ids()
    ids.begin_anew()
    assert ids()[:24] != first[:24]


def test_the_time_is_that_of_the_clock() -> None:
    clock = Clock()
    for _ in range(1_000):
        before, said, after = timezone.now(), datetime.fromisoformat(clock()), timezone.now()
        assert before <= said <= after


def test_the_time_goes_on_and_back_as_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = Clock(), []
    for nanoseconds in (999_999_999, 1_000_000_000, 1_999_999_999, 3_000_001_999, 2_000_000_000, 0):
        monkeypatch.setattr("velro.audit.clock.time_ns", lambda value=nanoseconds: value)
        said.append(now().removeprefix("1970-01-01T00:00:"))

    assert said == ["00.999999Z", "01.000000Z", "01.999999Z", "03.000001Z", "02.000000Z", "00.000000Z"]
