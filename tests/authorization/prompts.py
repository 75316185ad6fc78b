"""A resource type that only the tests know: the engine must protect it without a change."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from authorization.actions import Action, Permission
from authorization.facts import Principal, ResourceFacts, ResourceState
from authorization.roles import Role

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

    def facts_for(self, principal: Principal, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        self.statements += 1
        role = Role.MEMBER if principal == COLLEAGUE else None
        found = (self.rows[resource_id] for resource_id in resource_ids if resource_id in self.rows)
        return {
            row.resource_id: ResourceFacts(
                row.resource_id, row.owner_id, row.state, row.project_id, role if row.project_id else None
            )
            for row in found
        }

    def visible_to(self, principal: Principal, _action: Action) -> list[UUID]:
        return [row.resource_id for row in self.rows.values() if row.owner_id == principal.user_id]
