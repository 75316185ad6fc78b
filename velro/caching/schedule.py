"""Has workers refresh views: those whose time has come, and those an operator asks for.

Each is a message of the outbox, so that a view is never in the queue twice and one that fails holds up no other.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.background.outbox import enqueue
from velro.caching.materialized_views import view_named
from velro.caching.models import MaterializedViewRefresh
from velro.caching.refresh import record_failure, refresh_view
from velro.database_clock import database_now

TOPIC: Final = "caching.refresh_view"


@transaction.atomic
def enqueue_due_refreshes() -> int:
    """Promise a refresh of every view that was not tried for VIEW_REFRESH_INTERVAL. Returns how many."""
    latest = database_now() - timedelta(seconds=settings.ENVIRONMENT.view_refresh_interval)
    due = MaterializedViewRefresh.objects.filter(Q(attempted_at=None) | Q(attempted_at__lte=latest))
    due_ids = list(due.values_list("id", flat=True))
    for row_id in due_ids:
        enqueue(TOPIC, subject_id=row_id)
    return len(due_ids)


@transaction.atomic
def request_refresh(row: MaterializedViewRefresh, *, actor: Actor) -> None:
    """Promise a refresh as soon as a worker is free."""
    enqueue(TOPIC, subject_id=row.id)
    record_event(
        "view.refresh_requested",
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject("materialized_view", row.id),
        details={"view": row.name},
    )


def refresh_promised(row_id: UUID) -> None:
    """Handle the message. A view that somebody is refreshing, or that the code no longer knows, needs nothing."""
    view = view_named(_name_of(row_id))
    if view:
        refresh_view(view)


def give_up_refresh(row_id: UUID) -> None:
    """The workers that took the message died with it."""
    name = _name_of(row_id)
    if name:
        record_failure(name, "Every worker that tried came to a sudden end.")


def _name_of(row_id: UUID) -> str:
    return MaterializedViewRefresh.objects.filter(id=row_id).values_list("name", flat=True).first() or ""
