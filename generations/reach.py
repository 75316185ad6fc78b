"""Who reaches one generation, each with the ways that lead there: a page of people is one statement of the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from authorization.explain import judge
from authorization.facts import AccessMethod, Decision, Path, ResourceFacts, ResourceState
from authorization.role_fields import permissions_of
from authorization.roles import Permission, Role
from generations import actions
from generations.rules import STATE, gives, paths

ANYTHING: Final = " OR ".join(f"({gives(permission)})" for permission in Permission)
PEOPLE: Final = f"""
SELECT way.user_id FROM ({paths(generation="= %s")}) AS way
  JOIN generations_generation AS generation ON generation.id = way.generation_id
 WHERE {ANYTHING}
"""
WAYS: Final = f"""
(SELECT jsonb_agg(jsonb_build_object(
        'method', way.method, 'role', way.role, 'mask', way.mask, 'source_id', way.source_id, 'ends_at', way.ends_at,
        'state', {STATE}, 'owner_id', generation.owner_id))
   FROM ({paths(user='= "accounts_user"."id"', generation="= %s")}) AS way
   JOIN generations_generation AS generation ON generation.id = way.generation_id)
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """One person and what they have. `access_method` is the first that gives what they can do, reading before all."""

    who: User
    decision: Decision


def people_reaching(generation_id: UUID) -> QuerySet[User]:
    """Everybody who holds anything on it, with their ways as JSON in `ways`."""
    return User.objects.filter(id__in=_bound(PEOPLE, generation_id)).annotate(
        ways=RawSQL(WAYS, [generation_id] * WAYS.count("%s"), output_field=JSONField())  # noqa: S611 - rules are constants
    )


def reach_of(person: User, generation_id: UUID) -> Reach:
    """What the ways of somebody from `people_reaching` come to, by the layers that decide for everybody."""
    ways: list[Mapping[str, Any]] = vars(person)["ways"]
    facts = ResourceFacts(
        generation_id,
        owner_id=UUID(ways[0]["owner_id"]),
        state=ResourceState(ways[0]["state"]),
        paths=tuple(_path_of(way) for way in ways),
    )
    decisions = (judge(person.id, action, facts) for action in actions.BY_PERMISSION.values())
    return Reach(person, next(decision for decision in decisions if decision.is_allowed))


def _bound(rule: str, value: UUID) -> RawSQL:
    return RawSQL(rule, [value] * rule.count("%s"))  # noqa: S611 - rules are constants


def _path_of(way: Mapping[str, Any]) -> Path:
    return Path(
        AccessMethod(way["method"]),
        role=None if way["role"] is None else Role.of_rank(way["role"]),
        mask=None if way["mask"] is None else permissions_of(way["mask"]),
        source_id=None if way["source_id"] is None else UUID(way["source_id"]),
        ends_at=None if way["ends_at"] is None else datetime.fromisoformat(way["ends_at"]),
    )
