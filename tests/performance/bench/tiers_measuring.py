"""Measures the tiers of the cache from inside: what a look-up takes, and what a full process memory takes.

The process listens to nobody: it is told that it has a lease and has heard of everything.
"""

import gc
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, Final
from uuid import UUID, uuid4

import psutil

from accounts.policies import ROOM as ROOM_OF_TOKENS
from accounts.policies import TOKEN_BYTES, Believed
from accounts.selectors import IdentityFacts
from accounts.session_context import SessionContext
from accounts.tokens import Claims, VerifyingKey
from authorization.caching.facts import ROOM, FactsCache
from authorization.caching.memory import Memory
from authorization.caching.shared_facts import PURPOSE, Loaded, SharedFactsCache
from authorization.explain import judge
from authorization.facts import AccessMethod, Evidence, Pair, Path, Reading, ResourceFacts
from authorization.freshness.changes import ChangeLog
from authorization.freshness.listener import Lease, Listener, seconds_now
from authorization.freshness.snapshots import Snapshot
from authorization.roles import Role
from generations import actions
from tests.performance.bench.figures import milliseconds
from velro.caching.breaker import Breaker
from velro.caching.sealing import Sealer
from velro.caching.shared_store import SharedStore

SNAPSHOT: Final = Snapshot(1_000, 1_010, frozenset({1_000, 1_004}))
BATCH: Final = 1_000
ROUNDS: Final = 2_000
WARM_UP: Final = 50


def measure_tiers() -> dict[str, Any]:
    """Milliseconds of look-ups, and megabytes, ready for JSON."""
    changes = ChangeLog()
    listener = Listener(changes)
    listener.lease = Lease(until=inf, ahead=0, behind=0)
    changes.begin(changes.era, base=SNAPSHOT, origin=uuid4().hex)
    person = uuid4()
    return {
        "look-ups": {
            **first_tier(changes, listener, person_id=person),
            **second_tier(changes, listener, person_id=person),
        },
        "megabytes": memory_of(changes, listener),
    }


def first_tier(changes: ChangeLog, listener: Listener, *, person_id: UUID) -> dict[str, list[float]]:
    """What this process knows."""
    cache = FactsCache(changes, listener)
    rows = typical_rows(person_id, BATCH)
    cache.keep(actions.RESOURCE, rows, position=cache.position)
    pairs = [pair for pair, _ in rows]
    return {
        "L1, one": timed(lambda number: cache.known(actions.RESOURCE, [pairs[number % BATCH]])),
        "L1, 1,000": timed(lambda _: cache.known(actions.RESOURCE, pairs), rounds=ROUNDS // 20),
    }


def second_tier(changes: ChangeLog, listener: Listener, *, person_id: UUID) -> dict[str, list[float]]:
    """What others know, over a socket of this machine."""
    cache = SharedFactsCache(changes, listener, SharedStore(Breaker()), Sealer(uuid4().hex, purpose=PURPOSE))
    rows = typical_rows(person_id, BATCH)
    pairs = [pair for pair, _ in rows]

    def keep(*chosen: tuple[Pair, ResourceFacts]) -> None:
        cache.keep_each([Loaded(actions.RESOURCE, chosen, changes.position)])

    keep(*rows)
    spent = {
        "L2, one": timed(lambda number: cache.known(actions.RESOURCE, [pairs[number % BATCH]])),
        "L2, one that is not there": timed(lambda _: cache.known(actions.RESOURCE, [(person_id, uuid4())])),
        "L2, 1,000": timed(lambda _: cache.known(actions.RESOURCE, pairs), rounds=ROUNDS // 20),
        "L2, leaving one there": timed(lambda number: keep(rows[number % BATCH])),
    }
    if cache.figures().hits < ROUNDS:
        raise RuntimeError("the second tier answered too little")
    return spent


def typical_rows(person_id: UUID, number: int) -> list[tuple[Pair, ResourceFacts]]:
    """What somebody may do with so many generations."""
    return [((person_id, row.resource_id), row) for row in (typical(person_id) for _ in range(number))]


def timed(work: Callable[[int], object], *, rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each, the first ones left out."""
    return [milliseconds(partial(work, number)) for number in range(rounds + WARM_UP)][WARM_UP:]


def memory_of(changes: ChangeLog, listener: Listener) -> dict[str, float]:
    """What the process grows by when it fills, and how many entries there then are."""
    facts = FactsCache(changes, listener)

    def fill_facts(make: Callable[[UUID], ResourceFacts]) -> None:
        for _ in range(2 * ROOM.entries):
            person_id = uuid4()
            row = make(person_id)
            facts.keep(actions.RESOURCE, [((person_id, row.resource_id), row)], position=0)

    tokens: Memory[bytes, Believed] = Memory(changes, listener, room=ROOM_OF_TOKENS, size_of=lambda *_: TOKEN_BYTES)

    def fill_tokens() -> None:
        for _ in range(2 * ROOM_OF_TOKENS.entries):
            believed, evidence = believed_token()
            tokens.keep(uuid4().bytes + uuid4().bytes, believed, evidence=evidence, position=0)

    grown = {
        "10,000 tokens": growth(fill_tokens),
        "10,000 typical facts": growth(lambda: fill_facts(typical)),
        "then of 20 ways each, until the room is full": growth(lambda: fill_facts(large)),
    }
    return grown | {"entries of 20 ways": float(facts.figures().entries), "said to be": facts.figures().bytes / 1e6}


def growth(fill: Callable[[], object]) -> float:
    """Megabytes of the process."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    fill()
    gc.collect()
    return (psutil.Process().memory_info().rss - before) / 1e6


def typical(person_id: UUID) -> ResourceFacts:
    """In a project of a team, reached by two ways, and decided about once."""
    return facts_of(person_id, ways=2, teams=2)


def large(person_id: UUID) -> ResourceFacts:
    """Shared with many teams."""
    return facts_of(person_id, ways=20, teams=20)


def facts_of(person_id: UUID, *, ways: int, teams: int) -> ResourceFacts:
    """As they come from the database, with the verdict on one action."""
    resource_id, project_id = uuid4(), uuid4()
    depends_on = (
        f"generation:{resource_id}", f"project:{project_id}", f"user:{person_id}",
        *(f"team:{uuid4()}" for _ in range(teams)),
    )  # fmt: skip
    facts = ResourceFacts(
        resource_id,
        owner_id=uuid4(),
        project_id=project_id,
        paths=tuple(Path(AccessMethod.TEAM_SHARE, role=Role.MEMBER, source_id=uuid4()) for _ in range(ways)),
        evidence=Evidence(depends_on, inf, Reading(seconds_now() - 1, SNAPSHOT)),
    )
    facts.verdicts[actions.READ] = judge(person_id, actions.READ, facts)
    return facts


def believed_token() -> tuple[Believed, Evidence]:
    """Of a session of its own, under a key that is copied with each, as from the database."""
    user_id, session_id = uuid4(), uuid4()
    claims = Claims(user_id, session_id, uuid4(), 2_000_000_000)
    key = VerifyingKey(uuid4().hex, "RS256", uuid4().hex * 20)
    context = SessionContext("DE", uuid4().hex)
    facts = IdentityFacts(
        key=key, user_id=user_id, is_session_live=True, is_last_seen_stale=False, context=context,
        was_seen_lately=True, has_just_changed=False, status=None, is_operator=False, changes_at=2e9,
    )  # fmt: skip
    return Believed(claims, facts), Evidence((f"session:{session_id}", f"user:{user_id}"), 2e9)
