"""What a change would do before it is done: it is done, looked at and undone, in one transaction that never commits.

So the answer is not a second opinion about the rules but what the rules themselves make of the change. Outbox, letters
and the trail of the change are undone with it, and what waits for the commit never runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from authorization.role_fields import BIT_OF_PERMISSION, permissions_of
from authorization.roles import Permission
from generations.rules import gives, paths

# Pairs of a person and a generation that are compared, at most; and those that are told one by one.
MOST_PAIRS: Final = 50_000
MOST_SHOWN: Final = 100

BITS: Final = " | ".join(
    f"CASE WHEN {gives(permission)} THEN {bit} ELSE 0 END" for permission, bit in BIT_OF_PERMISSION.items()
)
HELD: Final = f"""
SELECT way.user_id, way.generation_id, bit_or({BITS})
  FROM ({paths(user="= ANY(%(people)s)", generation="= ANY(%(generations)s)")}) AS way
  JOIN generations_generation AS generation ON generation.id = way.generation_id
 GROUP BY way.user_id, way.generation_id HAVING bit_or({BITS}) > 0
"""

Held = Mapping[tuple[UUID, UUID], int]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rights on what a change can touch. Not complete if that was more than can be compared."""

    people: Sequence[UUID]
    generations: Sequence[UUID]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change would give to one person on one generation, and take."""

    person_id: UUID
    generation_id: UUID
    gained: frozenset[Permission]
    lost: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Impact:
    """Who would gain and lose. `effects` are the first of `changes`; counts are lower bounds if it is not complete."""

    people_gaining: int
    people_losing: int
    changes: int
    effects: tuple[Effect, ...]
    is_complete: bool


def measure_impact(scope: Scope, *, change: Callable[[], object]) -> Impact:
    """Do the change, compare, undo it. What the change raises is raised, and it is undone all the same."""
    with transaction.atomic():
        before = _held(scope)
        change()
        after = _held(scope)
        transaction.set_rollback(True)
    effects = _compare(before, after)
    return Impact(
        people_gaining=len({effect.person_id for effect in effects if effect.gained}),
        people_losing=len({effect.person_id for effect in effects if effect.lost}),
        changes=len(effects),
        effects=effects[:MOST_SHOWN],
        is_complete=scope.is_complete,
    )


def _held(scope: Scope) -> Held:
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"people": list(scope.people), "generations": list(scope.generations)})
        return {(person, generation): bits for person, generation, bits in cursor.fetchall()}


def _compare(before: Held, after: Held) -> tuple[Effect, ...]:
    changed = sorted(pair for pair in before.keys() | after.keys() if before.get(pair, 0) != after.get(pair, 0))
    return tuple(
        Effect(
            *pair,
            gained=permissions_of(after.get(pair, 0) & ~before.get(pair, 0)),
            lost=permissions_of(before.get(pair, 0) & ~after.get(pair, 0)),
        )
        for pair in changed
    )
