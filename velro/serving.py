"""What a process does ahead of Django and beside its requests. Apps add theirs in `registrations.py`.

Apart from what starts it, because the entry of the server is read before there are models.
"""

from collections.abc import Callable
from typing import Final
from wsgiref.types import WSGIApplication

# Each starts a thread and returns at once.
BESIDE_REQUESTS: Final[list[Callable[[], None]]] = []
# Each wraps the application that is asked for what the door itself does not answer.
FRONT_DOORS: Final[list[Callable[[WSGIApplication], WSGIApplication]]] = []


def with_front_doors(application: WSGIApplication) -> WSGIApplication:
    """The application behind all doors, the first outermost. Once Django is set up."""
    for build in reversed(FRONT_DOORS):
        application = build(application)
    return application


def start_beside_requests() -> None:
    """Once, when Django is set up."""
    for start in BESIDE_REQUESTS:
        start()
