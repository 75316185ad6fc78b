"""Putting a generation away and taking it out again, also out of the bin."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.services.sessions import actor_of
from authorization.facts import Principal
from generations import actions
from generations.access import authorize_deleted_generation, authorize_generation
from generations.models import Generation
from generations.services.authority import hold_rights
from generations.services.purge import KEPT_FOR
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.errors import NotFound

Check = Callable[[Generation], None]


def archive_generation(principal: Principal, generation_id: UUID, *, check: Check) -> None:
    """Leave nothing but reading and deleting, for who may delete it. A second time changes nothing.

    Raises NotFound or PermissionDenied. `check` sees the locked row and may raise.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        authorize_generation(principal, generation_id, action=actions.DELETE)
        generation = Generation.objects.get(id=generation_id)
        check(generation)
        if generation.archived_at is None:
            _write("generation.archived", generation, principal=principal, archived_at=timezone.now())


def restore_generation(principal: Principal, generation_id: UUID, *, check: Check) -> None:
    """Take back an archiving, for who may delete it; or a deletion, for its creator or an admin of its team.

    Raises NotFound, also for what was deleted longer ago than it is kept, or PermissionDenied.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        generation = Generation.objects.filter(id=generation_id).first()
        if generation is not None and generation.deleted_at is not None:
            authorize_deleted_generation(principal, generation_id)
            if generation.deleted_at <= timezone.now() - KEPT_FOR:
                raise NotFound
            check(generation)
            _write("generation.undeleted", generation, principal=principal, deleted_at=None)
            return
        authorize_generation(principal, generation_id, action=actions.DELETE)
        generation = Generation.objects.get(id=generation_id)
        check(generation)
        if generation.archived_at is not None:
            _write("generation.restored", generation, principal=principal, archived_at=None)


def _write(name: str, generation: Generation, *, principal: Principal, **changes: Any) -> None:
    Generation.objects.filter(id=generation.id).update(**changes, updated_at=timezone.now())
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject(actions.RESOURCE, generation.id),
    )
