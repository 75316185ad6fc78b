"""Which function handles which topic. Features register theirs in `registrations.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Again:
    """A handler's answer when the work is not over: run it again after `delay`."""

    delay: timedelta


Handler = Callable[[UUID], Again | None]


@dataclass(frozen=True, slots=True)
class Topic:
    """`handle` gets the subject's id. After `max_attempts` exceptions in a row `give_up` ends the work for good."""

    name: str
    handle: Handler
    give_up: Callable[[UUID], None]
    max_attempts: int = 8


_topics: dict[str, Topic] = {}


def register_topic(topic: Topic) -> None:
    """Make a topic known. Raises ValueError if the name is taken."""
    if topic.name in _topics:
        raise ValueError(f"topic {topic.name!r} is registered twice")
    _topics[topic.name] = topic


def topic_named(name: str) -> Topic | None:
    """The registered topic; None for one that this version of the code does not know."""
    return _topics.get(name)
