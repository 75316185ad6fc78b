"""What a process does ahead of Django and beside its requests. Apps add theirs in `registrations.py`.

Apart from what starts it, because the entry of the server is read before there are models.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, runtime_checkable
from wsgiref.types import WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Said = tuple[Headers, bytes]
# Each starts a thread and returns at once.
BESIDE_REQUESTS: Final[list[Callable[[], None]]] = []
# Each wraps the application that is asked for what the door itself does not answer.
FRONT_DOORS: Final[list[Callable[[WSGIApplication], WSGIApplication]]] = []


@runtime_checkable
class AnswersAtOnce(Protocol):
    """A WSGI application that can answer some questions without waiting, and others together."""

    def question_in(self, environ: WSGIEnvironment) -> Any:
        """None for what the application is to be asked for. May wait for the body, and puts it back."""

    def answer_at_once(self, question: Any) -> Said | None:
        """Headers and body of a 200; None for what has to be looked up."""

    def answer_together(self, questions: Sequence[Any]) -> Sequence[Said | None]:
        """The same after having looked up all of these; None for what the application is to be asked for. May wait."""


def with_front_doors(application: WSGIApplication) -> WSGIApplication:
    """The application behind all doors, the first outermost. Once Django is set up."""
    for build in reversed(FRONT_DOORS):
        application = build(application)
    return application


def start_beside_requests() -> None:
    """Once, when Django is set up."""
    for start in BESIDE_REQUESTS:
        start()
