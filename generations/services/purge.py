"""The end of the 30 days for which a deleted generation is kept: its files go, then its rows."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.utils import timezone

from generations.media.storage import delete_files_of
from generations.models import Generation
from generations.states import TERMINAL

log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(days=30)
BATCH: Final = 500


def purge_deleted_generations() -> int:
    """Remove the longest deleted, at most a batch. Returns how many.

    Files go first: a crash in between leaves a row that leads the next run to what is left.
    """
    expired = (
        Generation.objects.filter(deleted_at__lt=timezone.now() - KEPT_FOR, status__in=TERMINAL)
        .order_by("deleted_at")
        .values_list("id", flat=True)[:BATCH]
    )
    return sum(_is_purged(generation_id) for generation_id in expired)


def _is_purged(generation_id: UUID) -> bool:
    try:
        delete_files_of(generation_id)
    except OSError:
        # One file that cannot be removed does not keep the others.
        log.exception("purge_failed", generation_id=str(generation_id))
        return False
    Generation.objects.filter(id=generation_id).delete()
    return True
