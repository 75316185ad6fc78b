"""The Celery application of workers and beat.

The database is the truth and the broker only a nudge (see `velro.background`), so nothing here has to be durable.
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "velro.settings")

app = Celery("velro")
app.config_from_object("velro.settings.celery")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery would replace Django's logging; connecting this signal is how it is told not to."""


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
