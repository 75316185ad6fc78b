"""Fetch and authorize in one call, so that no view can hold a generation it may not use."""

from uuid import UUID

from authorization import engine
from authorization.actions import Action
from authorization.facts import Principal
from generations.models import Generation
from velro.errors import NotFound


def access_generation(principal: Principal, generation_id: UUID, *, action: Action) -> Generation:
    """The generation with its assets.

    Raises NotFound for who may not read it, PermissionDenied for who may only read.
    """
    engine.require(principal, action, generation_id)
    generation = Generation.objects.prefetch_related("assets").filter(id=generation_id, deleted_at__isnull=True).first()
    if generation is None:
        raise NotFound
    return generation
