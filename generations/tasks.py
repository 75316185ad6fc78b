"""Celery tasks beyond the outbox."""

from celery import shared_task

from generations.services.purge import purge_deleted_generations
from generations.services.sweep import resume_stranded_generations


@shared_task(name="generations.sweep")
def sweep() -> None:
    """Put unfinished generations back on their way."""
    resume_stranded_generations()


@shared_task(name="generations.purge_deleted")
def purge_deleted() -> None:
    """Remove what was deleted long enough ago."""
    purge_deleted_generations()
