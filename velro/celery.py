"""The Celery application of workers and beat.

The database is the truth and the broker only a nudge (see `velro.background`), so nothing here has to be durable.
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_ready
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

app = Celery("velro")
app.config_from_object("velro.settings.celery")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery would replace Django's logging; connecting this signal is how it is told not to."""


@worker_init.connect
def _open_a_connection_for_each_thread(**_: object) -> None:
    """Celery closes a pool after each task, also under a thread that is about to get a connection from it."""
    for database in connections.settings.values():
        database["OPTIONS"].pop("pool", None)


def _mark_ready(name: str) -> None:
    folder = os.environ.get("READY_DIR")
    if folder:
        (Path(folder) / name).touch()


@worker_ready.connect
def _worker_is_ready(**_: object) -> None:
    _mark_ready("worker")


@beat_init.connect
def _beat_is_ready(**_: object) -> None:
    _mark_ready("beat")
