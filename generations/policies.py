"""What the engine must know about generations. The rule of the single object and of the list share their SQL here."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet

from authorization.actions import Action
from authorization.facts import Principal, ResourceFacts, ResourceState
from generations import actions
from generations.models import Generation


class GenerationResource:
    """Personal generations: the owner holds every permission until deletion."""

    name = actions.RESOURCE

    def facts_for(self, _principal: Principal, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """One statement, whatever the number of ids."""
        rows = Generation.objects.filter(id__in=resource_ids).values_list("id", "owner_id", "deleted_at")
        return {
            generation_id: ResourceFacts(
                resource_id=generation_id,
                owner_id=owner_id,
                state=ResourceState.DELETED if deleted_at else ResourceState.AVAILABLE,
            )
            for generation_id, owner_id, deleted_at in rows
        }

    def visible_to(self, principal: Principal, action: Action) -> QuerySet[Generation]:
        """Exactly the generations for which the engine allows `action`."""
        if action.permission is None:
            return Generation.objects.none()
        return Generation.objects.filter(owner_id=principal.user_id, deleted_at__isnull=True)


GENERATION_RESOURCE = GenerationResource()
