"""Four processes decide at random while everything changes, and one is stopped now and then.

No answer is out of date.
"""

import random
import sys
from time import monotonic, sleep
from typing import Final

import pytest
from django.db import transaction

from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.freshness.conftest import cut_listeners
from tests.authorization.freshness.histories import CHANGES, IS_LONG, Cast, Span, a_cast, faults
from tests.authorization.freshness.processes import Reader, readers

CHECKS: Final = 1_000_000 if IS_LONG else 50_000
CHANGES_AT_LEAST: Final = 100
PROCESSES: Final = 4
ROUND_SECONDS: Final = 2.0


def change(cast: Cast, chance: random.Random, listener: Listener) -> Span:
    """One of them, until it may be answered."""
    began = monotonic()
    with transaction.atomic():
        chance.choice(CHANGES)(cast, chance)
    wait_until_heard(listener)
    return Span(began, monotonic(), cast.allowed())


def disturb(others: list[Reader], chance: random.Random) -> Reader | None:
    """Now and then one process stands still, or loses its connection."""
    if chance.random() < 0.9:
        return None
    if chance.random() < 0.3:
        cut_listeners(most=1)
        return None
    other = chance.choice(others)
    other.stop()
    return other


@pytest.mark.timeout(0 if IS_LONG else 600)
def test_no_answer_of_any_process_is_out_of_date(listener: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20_261_122)  # noqa: S311 - no secret
    with transaction.atomic():
        cast = a_cast()
    wait_until_heard(listener)
    asked = hits = changes = 0
    with readers(PROCESSES) as others:
        for other in others:
            other.say("pairs", *(word for pair in cast.pairs for word in pair))
        while asked < CHECKS or changes < CHANGES_AT_LEAST:
            now = monotonic()
            spans = [Span(now, now, cast.allowed())]
            until = monotonic() + ROUND_SECONDS
            for other in others:
                other.say("until", until)
            while monotonic() < until:
                stopped = disturb(others, chance)
                spans.append(change(cast, chance, listener))
                if stopped:
                    stopped.go_on()
                sleep(chance.random() * 0.02)
            checks = [check for other in others for check in other.hear()]
            assert faults(checks, spans) == []
            asked, changes = asked + len(checks), changes + len(spans) - 1
            hits += sum(is_hit for _, (_, _, is_hit, _) in checks)
        shared_hits = sum(other.shared_hits for other in others)
    with capsys.disabled():
        sys.stdout.write(f"\n{asked:,} checks in {PROCESSES} processes, {hits:,} from memory, ")
        sys.stdout.write(f"{shared_hits:,} of them from what other processes had loaded, {changes} changes\n")
    assert hits > asked / 20
    assert shared_hits > changes
