"""Ways to reach FAL in these tests: a server of raw sockets, and the sandbox."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from generations.fal.access import FalAccess
from generations.fal.port import JobOrder
from generations.fal.queue import HttpFalQueue

QueueAt = Callable[[str], HttpFalQueue]


@pytest.fixture
def queue_at() -> Iterator[QueueAt]:
    """A queue whose host is the given one, with time limits short enough to wait for."""
    with ExitStack() as stack:

        def build(url: str) -> HttpFalQueue:
            access = FalAccess(
                queue_url=httpx.URL(url),
                api_url=httpx.URL(f"{url}/v1"),
                key="key-id:key-secret",
                submit_timeout=0.5,
                answer_timeout=0.5,
                start_timeout=60,
            )
            return stack.enter_context(closing(HttpFalQueue(access)))

        yield build


@pytest.fixture
def order() -> JobOrder:
    """A job that any FAL would take."""
    return JobOrder("fal-ai/flux/dev", {"prompt": "a heron"}, "attempt-1", "https://velro.example/webhooks/fal/secret")
