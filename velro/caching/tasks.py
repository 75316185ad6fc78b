"""What beat starts: refreshing views whose time has come, watching the hit rate, and forgetting old samples."""

from celery import shared_task

from velro.caching.hit_rate_alarm import watch_hit_rate
from velro.caching.samples import purge_samples
from velro.caching.schedule import enqueue_due_refreshes


@shared_task(name="velro.caching.refresh_due_views")
def refresh_due_views() -> None:
    """Hand the views out to the workers."""
    enqueue_due_refreshes()


@shared_task(name="velro.caching.purge_samples")
def purge() -> None:
    """Delete what nobody looks at any more."""
    purge_samples()


@shared_task(name="velro.caching.watch_hit_rate")
def watch() -> None:
    """Warn of a fall. Asked several times an hour, so that a missed beat is made up for."""
    watch_hit_rate()
