"""What the engine must know about generations: one statement, bound to a person, to ids, or to both."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from math import inf
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from authorization.actions import Action
from authorization.facts import AccessMethod, Evidence, Pair, Path, Reading, ResourceFacts, ResourceState
from authorization.freshness.snapshots import Snapshot
from authorization.role_fields import permissions_of
from authorization.roles import Role
from generations import actions
from generations.models import Generation
from generations.rules import FACTS, FACTS_FUNCTION, holder_ids, visible_ids
from velro.prepared_statements import PreparedStatement

PREPARED_FACTS: Final = PreparedStatement("generations_facts", FACTS, types=("uuid[]", "uuid[]"))


class GenerationResource:
    """Personal generations, those of projects, and all that is shared, delegated or granted."""

    name = actions.RESOURCE
    facts_edition = sha256((FACTS + FACTS_FUNCTION).encode()).hexdigest()

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """One statement, whatever the number of ids."""
        found = self.facts_of([(user_id, it) for it in resource_ids])
        return {it: facts for it, facts in zip(resource_ids, found, strict=True) if facts is not None}

    def facts_of(self, pairs: Sequence[Pair]) -> Sequence[ResourceFacts | None]:
        """One statement, whatever the number of pairs."""
        rows = PREPARED_FACTS.rows([user_id for user_id, _ in pairs], [generation_id for _, generation_id in pairs])
        return _facts_in(rows, pairs)

    def visible_to(self, user_id: UUID, action: Action) -> QuerySet[Generation]:
        """Exactly the generations for which the engine allows `action`."""
        if action.permission is None:
            return Generation.objects.none()
        return Generation.objects.filter(id__in=_bound(visible_ids(action.permission), user_id))

    def holders_of(self, action: Action, resource_id: UUID) -> QuerySet[User]:
        """Exactly the people whom the engine allows `action`."""
        if action.permission is None:
            return User.objects.none()
        return User.objects.filter(id__in=_bound(holder_ids(action.permission), resource_id))


def _facts_in(rows: Iterable[Sequence[Any]], pairs: Sequence[Pair]) -> list[ResourceFacts | None]:
    """Rows name the place of a pair, from 1 on.

    What they have in common is made once: of a thousand generations, many are reached by the same way.
    """
    heads: dict[int, Sequence[Any]] = {}
    paths: dict[int, list[Path]] = {}
    ways: dict[tuple[Any, ...], Path] = {}
    readings: dict[tuple[float, str], Reading] = {}
    for place, *head, method, role, mask, source_id, ends_at in rows:
        if method is None:
            heads[place] = head
            continue
        way = method, role, mask, source_id, ends_at
        path = ways.get(way) or ways.setdefault(way, _path_of(*way))
        paths.setdefault(place, []).append(path)
    facts: list[ResourceFacts | None] = [None] * len(pairs)
    for place, (owner_id, state, project_id, others, changes_at, *read) in heads.items():
        user_id, generation_id = pairs[place - 1]
        reading = readings.get(seen := (read[0], read[1])) or readings.setdefault(seen, _reading_of(*seen))
        depends_on = _dependencies(user_id, generation_id, project_id, others=others)
        facts[place - 1] = ResourceFacts(
            generation_id,
            owner_id,
            ResourceState(state),
            project_id,
            paths=tuple(paths.get(place, ())),
            evidence=Evidence(depends_on, inf if changes_at is None else changes_at, reading),
        )
    return facts


def _reading_of(at: float, snapshot: str) -> Reading:
    return Reading(at, Snapshot.read(snapshot))


def _dependencies(
    user_id: UUID, generation_id: UUID, project_id: UUID | None, *, others: str | None
) -> tuple[str, ...]:
    """In the words in which `generations.announcements` and those of the apps below announce changes."""
    project = () if project_id is None else (f"project:{project_id}",)
    return (f"generation:{generation_id}", *project, f"user:{user_id}", *(others or "").split())


def _bound(rule: str, value: UUID) -> RawSQL:
    return RawSQL(rule, [value] * rule.count("%s"))  # noqa: S611 - rules are constants


def _path_of(method: str, role: int | None, mask: int | None, source_id: UUID | None, ends_at: datetime | None) -> Path:
    return Path(
        AccessMethod(method),
        role=None if role is None else Role.of_rank(role),
        mask=None if mask is None else permissions_of(mask),
        source_id=source_id,
        ends_at=ends_at,
    )


GENERATION_RESOURCE = GenerationResource()
