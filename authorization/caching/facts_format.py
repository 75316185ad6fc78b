"""Facts as text, and back: only what every field may hold, whoever wrote it."""

from datetime import datetime
from math import inf, isfinite
from typing import Any, Final
from uuid import UUID

import orjson

from authorization.facts import AccessMethod, Evidence, Path, Reading, ResourceFacts, ResourceState
from authorization.freshness.snapshots import Snapshot
from authorization.roles import Permission, Role
from velro.caching.sealing import MOST_PAYLOAD_BYTES

# To be changed with what this module writes.
FORMAT: Final = 1


class UnreadableFacts(Exception):
    """Not what this module writes."""


def dump_facts(facts: ResourceFacts) -> bytes | None:
    """None for facts of which others could not tell whether they hold, and for far too many.

    Verdicts are left out: layers 4 to 6 give them anew.
    """
    evidence = facts.evidence
    if type(facts) is not ResourceFacts or evidence is None or evidence.reading is None:
        return None
    text = orjson.dumps(
        {
            "id": facts.resource_id,
            "owner": facts.owner_id,
            "state": facts.state,
            "project": facts.project_id,
            "paths": [_dump_path(path) for path in facts.paths],
            "depends_on": evidence.depends_on,
            "changes_at": evidence.changes_at if isfinite(evidence.changes_at) else None,
            "read_at": evidence.reading.at,
            "snapshot": str(evidence.reading.snapshot),
        }
    )
    return text if len(text) <= MOST_PAYLOAD_BYTES else None


def load_facts(text: bytes, *, resource_id: UUID) -> tuple[ResourceFacts, Evidence, Reading]:
    """The facts of that resource, with their evidence. Raises UnreadableFacts."""
    try:
        found = orjson.loads(text)
        reading = Reading(_number(found["read_at"]), Snapshot.read(_text(found["snapshot"])))
        changes_at = inf if found["changes_at"] is None else _number(found["changes_at"])
        evidence = Evidence(tuple(_text(name) for name in found["depends_on"]), changes_at, reading)
        facts = ResourceFacts(
            UUID(found["id"]),
            owner_id=_id(found["owner"]),
            state=ResourceState(found["state"]),
            project_id=_id(found["project"]),
            paths=tuple(_load_path(*path) for path in found["paths"]),
            evidence=evidence,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableFacts(type(error).__name__) from error
    if facts.resource_id != resource_id or not evidence.depends_on:
        raise UnreadableFacts("of another resource, or of none")
    return facts, evidence, reading


def _dump_path(path: Path) -> list[Any]:
    mask = None if path.mask is None else sorted(path.mask)
    return [path.method, path.role, mask, path.source_id, path.ends_at]


def _load_path(method: Any, role: Any, mask: Any, source_id: Any, ends_at: Any) -> Path:
    return Path(
        AccessMethod(method),
        role=None if role is None else Role(role),
        mask=None if mask is None else frozenset(Permission(it) for it in mask),
        source_id=_id(source_id),
        ends_at=None if ends_at is None else _moment(ends_at),
    )


def _id(value: Any) -> UUID | None:
    return None if value is None else UUID(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("without an offset")
    return moment


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Any) -> float:
    if type(value) not in {float, int}:
        raise TypeError("no number")
    return float(value)
