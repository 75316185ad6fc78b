"""Facts come back as they were, and nothing else does."""

from datetime import UTC, datetime
from math import inf
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorization.caching.facts_format import UnreadableFacts, dump_facts, load_facts
from authorization.facts import AccessMethod, Evidence, Path, Reading, ResourceFacts, ResourceState
from authorization.freshness.snapshots import Snapshot
from authorization.roles import Permission, Role

times = st.floats(0, 4e9, allow_nan=False)
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001 - the strategy adds the zone
ids = st.uuids(version=4)
paths = st.builds(
    Path,
    method=st.sampled_from(AccessMethod),
    role=st.none() | st.sampled_from(Role),
    mask=st.none() | st.frozensets(st.sampled_from(Permission)),
    source_id=st.none() | ids,
    ends_at=st.none() | moments,
)
snapshots = st.builds(
    Snapshot, st.integers(0, 2**63), st.integers(0, 2**63), st.frozensets(st.integers(0, 2**63), max_size=5)
)
evidence = st.builds(
    Evidence,
    depends_on=st.lists(st.text(min_size=1), min_size=1).map(tuple),
    changes_at=times | st.just(inf),
    reading=st.builds(Reading, at=times, snapshot=snapshots),
)
facts = st.builds(
    ResourceFacts,
    ids,
    owner_id=st.none() | ids,
    state=st.sampled_from(ResourceState),
    project_id=st.none() | ids,
    paths=st.lists(paths, max_size=4).map(tuple),
    evidence=evidence,
)


@given(facts)
def test_facts_come_back_as_they_were(row: ResourceFacts) -> None:
    text = dump_facts(row)
    assert text is not None
    loaded, kept, reading = load_facts(text, resource_id=row.resource_id)

    assert loaded == row
    assert (kept, reading) == (row.evidence, kept.reading)


KNOWN = UUID("6f0c3f4e-3c8e-4f7e-9d5c-2f6f0a1b2c3d")
SEEN = Snapshot(7, 9, frozenset({7}))


def written(**changes: Any) -> bytes:
    """What `dump_facts` writes, but for some members."""
    row = ResourceFacts(KNOWN, evidence=Evidence(("user:a",), inf, Reading(1.0, SEEN)))
    text = dump_facts(row)
    assert text is not None
    return orjson.dumps(orjson.loads(text) | changes)


WRONG: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\x80\x04\x95",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "very deep": b"[" * 100_000,
    "no members": b"{}",
    "not a number": b'{"read_at": NaN}',
    "another resource": written(id=str(uuid4())),
    "an id that is none": written(id="all of them"),
    "an unknown state": written(state="open to everybody"),
    "an unknown way": written(paths=[["magic", None, None, None, None]]),
    "an unknown role": written(paths=[["direct_ownership", "god", None, None, None]]),
    "an unknown permission": written(paths=[["direct_ownership", None, ["rule"], None, None]]),
    "too short a way": written(paths=[["direct_ownership"]]),
    "a moment without an offset": written(paths=[["team_share", None, None, None, "2030-01-01T00:00:00"]]),
    "a snapshot that is true": written(snapshot=True),
    "half a snapshot": written(snapshot="7:9"),
    "a snapshot of words": written(snapshot="all:of:them"),
    "no snapshot": written(snapshot=None),
    "no time of reading": written(read_at=None),
    "an end that is true": written(changes_at=True),
    "no dependencies": written(depends_on=[]),
    "a dependency that is none": written(depends_on=[None]),
}


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFacts):
        load_facts(WRONG[name], resource_id=KNOWN)


def test_what_was_written_is_read() -> None:
    assert load_facts(written(), resource_id=KNOWN)[0].resource_id == KNOWN


@pytest.mark.parametrize(
    "row",
    [
        ResourceFacts(KNOWN),
        ResourceFacts(KNOWN, evidence=Evidence(("user:a",), inf)),
        ResourceFacts(KNOWN, evidence=Evidence(("x" * 1_100_000,), inf, Reading(1.0, SEEN))),
    ],
    ids=["no evidence", "no reading", "a megabyte"],
)
def test_what_others_could_not_tell_the_truth_of_is_not_written(row: ResourceFacts) -> None:
    assert dump_facts(row) is None
