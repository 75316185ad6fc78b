"""The entry of the web server can be read by a bare process, and what it starts knows what it needs."""

import subprocess
import sys

PROGRAM = """
import velro.wsgi
from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.freshness.listener import LISTENER
import gc
from threading import enumerate
print(gc.get_threshold()[0], gc.get_freeze_count())
print(len(ANNOUNCEMENTS), type(velro.wsgi.application).__name__, sorted(thread.name for thread in enumerate()))
"""


def test_the_entry_starts_what_runs_beside_requests() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    garbage, started = run.stdout.strip().splitlines()[-2:]
    threshold, frozen = garbage.split()
    assert int(threshold) >= 10_000
    assert int(frozen) > 100_000
    number, entry, threads = started.split(" ", 2)
    assert int(number) > 0
    assert entry == "FastDoor"
    assert "'freshness'" in threads
    assert "'cache-samples'" in threads
