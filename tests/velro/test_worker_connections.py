"""Threads of a worker do not share connections: Celery would close them under their hands."""

import os
import subprocess
import sys
from typing import Final

PROGRAM: Final = """
import django
django.setup()
from celery.signals import worker_init
from django.db import connection
import velro.celery
assert connection.pool is not None
worker_init.send(None)
connection.close()
assert connection.pool is None
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
"""


def test_a_worker_has_no_pool() -> None:
    environment = os.environ | {"VELRO_ENV": "development", "DJANGO_SETTINGS_MODULE": "velro.settings"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
