"""Deleting a generation: it is out of reach at once, and kept for 30 days in case its owner regrets it."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from authorization.facts import Principal
from generations import topics
from generations.access import authorize_generation
from generations.actions import DELETE, RESOURCE
from generations.models import Generation
from generations.services.authority import hold_rights
from generations.services.transitions import advance
from generations.states import Status
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.background.outbox import enqueue


def delete_generation(generation_id: UUID, *, principal: Principal, check: Callable[[Generation], None]) -> None:
    """Hide it and call off its unfinished job.

    `check` sees the locked row and may raise. Raises NotFound or PermissionDenied.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        authorize_generation(principal, generation_id, action=DELETE)
        check(Generation.objects.get(id=generation_id))
        now = timezone.now()
        Generation.objects.filter(id=generation_id).update(deleted_at=now, updated_at=now)
        if advance(generation_id, to=Status.CANCELLED):
            enqueue(topics.CANCEL, subject_id=generation_id)
        record_event(
            "generation.deleted",
            outcome=Outcome.SUCCEEDED,
            actor=Actor(principal.user_id, principal.session_id),
            subject=Subject(RESOURCE, generation_id),
        )
