"""Celery tasks of accounts."""

from celery import shared_task

from accounts.services.signing_keys import rotate_signing_keys as rotate


@shared_task(name="accounts.rotate_signing_keys")
def rotate_signing_keys() -> None:
    """Hourly; most runs find nothing due."""
    rotate()
