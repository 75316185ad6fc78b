"""Long polling: hold an answer back until a generation ends, without holding the server up.

Each look is one primary-key read, ever further apart. Only half of the threads of a process may wait at once; a request
beyond that is answered at once, as RFC 7240 allows.
"""

import threading
import time
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings

from generations.selectors import is_generation_over

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 2.0
GROWTH: Final = 1.4


@lru_cache(maxsize=1)
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings.ENVIRONMENT.web_threads // 2))


def wait_until_over(generation_id: UUID, *, seconds: float) -> bool:
    """Wait for an end state. False when there was no room to wait; True also when the time ran out."""
    places = _places()
    if not places.acquire(blocking=False):
        return False
    try:
        _watch(generation_id, until=time.monotonic() + seconds)
    finally:
        places.release()
    return True


def _watch(generation_id: UUID, *, until: float) -> None:
    pause = FIRST_PAUSE
    while not is_generation_over(generation_id) and (left := until - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE)
