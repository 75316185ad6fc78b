"""A process that decides from memory, told by lines on its standard input; it answers each with a line of JSON.

`once USER GENERATION` is answered with `[started, allowed, hit, ended]`, where `allowed` is null if there was no
database to ask, and `until TIME` with all that it found by then about pairs at random of `pairs USER GENERATION ...`;
`shared` with how often it answered from what others had loaded, and `leased` with whether it may do so. Times are of
the monotonic clock, which processes share. `slept SECONDS` is not answered: the machine seems to have slept for so
long.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Final
from unittest.mock import patch
from uuid import UUID, uuid4

import django

django.setup()

from django.db import Error, connection  # noqa: E402 - after the set-up

from authorization import engine  # noqa: E402 - after the set-up
from authorization.caching.shared_facts import SHARED_FACTS  # noqa: E402
from authorization.facts import Asking, Principal  # noqa: E402
from authorization.freshness.listener import LISTENER  # noqa: E402
from generations import actions  # noqa: E402
from tests.authorization.freshness.conftest import has_new_lease, is_all_shared  # noqa: E402

Check = tuple[float, bool | None, bool, float]
TOGETHER: Final = (1, 1, 1, 4)

ABOUT_ITSELF: Final[dict[str, Callable[[], object]]] = {
    "leased": lambda: has_new_lease(LISTENER),
    "shared": lambda: SHARED_FACTS.figures().hits,
}


def check(*pairs: tuple[str, str]) -> list[Check]:
    """Decisions of one look-up, with when it began and ended."""
    askings = [asking_of(UUID(user), UUID(generation)) for user, generation in pairs]
    started = monotonic()
    try:
        decisions = engine.decide_each(askings)
    except Error:
        connection.close()
        return [(started, None, False, monotonic())] * len(pairs)
    ended = monotonic()
    return [(started, decision.is_allowed, decision.is_cache_hit, ended) for decision in decisions]


def asking_of(user_id: UUID, generation_id: UUID) -> Asking:
    """What the person asks for themself."""
    return Asking(user_id, actions.READ, [generation_id], Principal(user_id, uuid4()))


def checks(pairs: list[tuple[str, str]], *, until: float) -> Iterator[tuple[int, Check]]:
    """Decisions about pairs at random, some of them together, each with the number of its pair."""
    while monotonic() < until:
        together = random.choice(TOGETHER)  # noqa: S311 - no secret
        numbers = [random.randrange(len(pairs)) for _ in range(together)]  # noqa: S311 - as above
        yield from zip(numbers, check(*(pairs[number] for number in numbers)), strict=True)


def sleep_through(seconds: float) -> None:
    """As Linux tells it: `CLOCK_BOOTTIME` went on meanwhile, `CLOCK_MONOTONIC` did not."""
    real, slept = time.clock_gettime, {time.CLOCK_BOOTTIME: seconds}
    patch.object(time, "clock_gettime", lambda clock: real(clock) + slept.get(clock, 0)).start()


def answer(what: object) -> None:
    """One line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Until the input ends."""
    LISTENER.start()
    while LISTENER.recent_peers() is None:
        sleep(0.01)
    pairs: list[tuple[str, str]] = []
    answer("ready")
    for line in sys.stdin:
        command, *words = line.split()
        match command:
            case "once":
                user, generation = words
                (said,) = check((user, generation))
                is_all_shared()
                answer(said)
            case "pairs":
                pairs = list(zip(words[::2], words[1::2], strict=True))
            case "slept":
                sleep_through(float(words[0]))
            case "leased" | "shared":
                answer(ABOUT_ITSELF[command]())
            case "until":
                answer(list(checks(pairs, until=float(words[0]))))


if __name__ == "__main__":
    main()
