"""Deleted generations, as a resource type of its own: while they are kept, they can be taken back.

That is for their creators, as far as rule 3 reaches, and for admins and owners of their team. Nobody else is told that
there is anything, not even who could read it before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from authorization.actions import Action
from authorization.facts import AccessMethod, Path, ResourceFacts, ResourceState
from authorization.roles import Role
from generations.actions import DELETED
from generations.models import Generation
from generations.policies import GENERATION_RESOURCE
from generations.rules import paths

METHODS: Final = (AccessMethod.DIRECT_OWNERSHIP, AccessMethod.TEAM_MEMBERSHIP)
LEAST_ROLE: Final = Role.ADMIN


class DeletedGenerationResource:
    """Only what is deleted exists here, and only its ways back."""

    name = DELETED

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """One statement, whatever the number of ids."""
        return {
            generation_id: replace(facts, state=ResourceState.AVAILABLE, paths=tuple(filter(_leads_back, facts.paths)))
            for generation_id, facts in GENERATION_RESOURCE.facts_for(user_id, resource_ids).items()
            if facts.state is ResourceState.DELETED
        }

    def visible_to(self, user_id: UUID, action: Action) -> QuerySet[Generation]:
        """Exactly those that the person may take back."""
        ways = _ways_back("generation_id", user="= %s")
        found = Generation.objects.filter(deleted_at__isnull=False)
        return found.filter(id__in=RawSQL(ways, [user_id] * ways.count("%s")))  # noqa: S611 - constants

    def holders_of(self, action: Action, resource_id: UUID) -> QuerySet[User]:
        """Exactly the people who may take it back."""
        ways = _ways_back("user_id", generation="= %s")
        is_deleted = Generation.objects.filter(id=resource_id, deleted_at__isnull=False).exists()
        people = User.objects.all() if is_deleted else User.objects.none()
        return people.filter(id__in=RawSQL(ways, [resource_id] * ways.count("%s")))  # noqa: S611 - constants


def _leads_back(path: Path) -> bool:
    return path.method in METHODS and path.role is not None and path.role.rank >= LEAST_ROLE.rank


def _ways_back(column: str, **bounds: str) -> str:
    methods = ", ".join(f"'{method}'" for method in METHODS)
    return f"""
    SELECT way.{column} FROM ({paths(**bounds)}) AS way
     WHERE way.method IN ({methods}) AND way.role >= {LEAST_ROLE.rank}
    """  # noqa: S608 - constants


DELETED_GENERATION_RESOURCE = DeletedGenerationResource()
