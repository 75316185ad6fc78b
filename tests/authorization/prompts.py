"""A resource type that only the tests know: the engine must protect it without a change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from authorization.actions import Action
from authorization.facts import AccessMethod, Path, Principal, ResourceFacts, ResourceState
from authorization.roles import Permission, Role

READ = Action("prompt", "read", Permission.READ)
SHARE = Action("prompt", "share", Permission.SHARE)
AUTHOR = Principal(uuid4(), uuid4())
MALLORY = Principal(uuid4(), uuid4())
COLLEAGUE = Principal(uuid4(), uuid4())


class PromptLibrary:
    """A resource type that only this test knows. COLLEAGUE is a member of the team of every project."""

    name = "prompt"

    def __init__(self) -> None:
        self.rows: dict[UUID, ResourceFacts] = {}
        self.statements = 0

    def add(self, *, state: ResourceState = ResourceState.AVAILABLE, project_id: UUID | None = None) -> UUID:
        resource_id = uuid4()
        self.rows[resource_id] = ResourceFacts(resource_id, AUTHOR.user_id, state, project_id)
        return resource_id

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        self.statements += 1
        found = (self.rows[resource_id] for resource_id in resource_ids if resource_id in self.rows)
        return {row.resource_id: replace(row, paths=self.paths_of(user_id, row)) for row in found}

    def paths_of(self, user_id: UUID, row: ResourceFacts) -> tuple[Path, ...]:
        if user_id == row.owner_id:
            return (Path(AccessMethod.DIRECT_OWNERSHIP, Role.OWNER),)
        if user_id == COLLEAGUE.user_id and row.project_id:
            return (Path(AccessMethod.TEAM_MEMBERSHIP, Role.MEMBER),)
        return ()

    def visible_to(self, user_id: UUID, _action: Action) -> list[UUID]:
        return [row.resource_id for row in self.rows.values() if row.owner_id == user_id]

    def holders_of(self, _action: Action, resource_id: UUID) -> list[UUID]:
        return [AUTHOR.user_id] if resource_id in self.rows else []
