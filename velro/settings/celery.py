"""Celery's settings, in its own names. See `velro.background` for why no result backend and no retries are needed."""

from velro.settings.environment import read_environment

_environment = read_environment()

broker_url = _environment.celery_broker_url
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "max_retries": 1,
}
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_serializer = "json"
accept_content = ["json"]
task_time_limit = 600
task_soft_time_limit = 540
worker_prefetch_multiplier = 1
worker_soft_shutdown_timeout = 8
worker_hijack_root_logger = False
worker_max_memory_per_child = 500_000
timezone = "UTC"
beat_schedule = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds * 5}}
    for name, task, seconds in (
        ("relay-outbox", "velro.background.relay", 1.0),
        ("sweep-generations", "generations.sweep", 60.0),
        ("purge-deleted-generations", "generations.purge_deleted", 3600.0),
        ("rotate-signing-keys", "accounts.rotate_signing_keys", 3600.0),
        ("refresh-due-views", "velro.caching.refresh_due_views", 60.0),
        ("watch-cache-hit-rate", "velro.caching.watch_hit_rate", 900.0),
        ("purge-cache-samples", "velro.caching.purge_samples", 3600.0),
        ("purge-idempotency-records", "velro.api.purge_idempotency_records", 3600.0),
    )
}
