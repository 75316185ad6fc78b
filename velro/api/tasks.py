"""Housekeeping of the HTTP layer."""

from celery import shared_task

from velro.api.idempotency import purge_expired_records


@shared_task(name="velro.api.purge_idempotency_records")
def purge_idempotency_records() -> None:
    """Forget answers that no client can ask for any more."""
    purge_expired_records()
