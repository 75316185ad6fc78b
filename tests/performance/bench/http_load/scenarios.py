"""The loads, one after the other: on what Velro is compared with, and on Velro."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.performance.bench.http_load.answers import Expected
from tests.performance.bench.http_load.loads import Load, Outcome
from tests.performance.bench.http_load.pairs import (
    BATCH,
    CHANGED,
    COLD,
    WARM,
    ZIPF,
    Person,
    by_zipf,
    from_every_session,
    in_batches,
    request,
    singly,
)
from tests.performance.bench.http_load.runner import Runner
from tests.performance.bench.http_load.targets import Kind, Measured

CONNECTIONS: Final = (32, 64, 128, 256)
CROWD: Final = 10_000
# Enough to keep a web process and its PostgreSQL busy, too few for a queue before them.
FEW: Final = 4
GRANTED: Final = b'"access_granted":true'
ONE_QUESTION: Final = [request("/", token="", body={"action": "read"})]
FILLING_SECONDS: Final = 120
ZIPF_WARM_UP_SECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """A server at a port, who generates the load, for how long each, and whose processor time counts."""

    port: int
    runner: Runner
    seconds: float
    processes: dict[str, list[int]]

    def run(
        self,
        name: str,
        requests: Sequence[bytes],
        *,
        connections: int,
        times: int = 1,
        other: bytes | None = None,
        **more: Any,
    ) -> Outcome:
        """Each answer has to say yes so many `times`, or `other`. `more` is of a Load."""
        choices = {"seconds": self.seconds, "processes": self.processes, **more}
        load = Load(self.port, requests, Expected(GRANTED, times, other=other), connections, **choices)
        return self.runner.run(f"{name}, connections: {connections:,}", load)

    def fill(self, requests: Sequence[bytes], *, times: int = 1) -> None:
        """Ask everything once, so that it is in memory. Raises RuntimeError if anything goes wrong."""
        more: dict[str, Any] = {"warm_up_seconds": 0, "seconds": FILLING_SECONDS, "is_once": True}
        outcome = self.run("Filling the memory", requests, connections=FEW, times=times, **more)
        if outcome.errors or outcome.answers < len(requests):
            raise RuntimeError(f"of {len(requests)} questions {outcome.answers} were answered well: {outcome.errors}")


def yardstick(under: UnderLoad, kind: Kind) -> list[Measured]:
    """What a server does that answers a constant."""
    return [Measured(kind, number, under.run(kind, ONE_QUESTION, connections=number)) for number in CONNECTIONS]


def loads_on_velro(
    under: UnderLoad, people: Sequence[Person], *, beside: Sequence[Measured], has_crowd: bool
) -> Iterator[Measured]:
    """All that has targets; what was never asked comes before anything that memory has little room beside."""
    yield from _never_asked(under, people)
    yield from _by_frequency(under, people)
    in_every_session, pairs = from_every_session(people), singly(people, WARM)
    # Everybody comes in by Django first; what they ask then is answered ahead of it.
    under.fill(in_every_session)
    # Once to be remembered, and once more to be repeated from then on.
    for _ in range(2):
        under.fill(pairs)
    for number in CONNECTIONS:
        outcome = under.run(Kind.WARM, pairs, connections=number)
        yardsticks = {row.kind: row.outcome for row in beside if row.connections == number}
        yield Measured(Kind.WARM, number, outcome, yardsticks[Kind.BARE], yardsticks[Kind.EMPTY])
    if has_crowd:
        yield Measured(Kind.CROWD, CROWD, under.run(Kind.CROWD, in_every_session, connections=CROWD, rate=CROWD))


def _never_asked(under: UnderLoad, people: Sequence[Person]) -> Iterator[Measured]:
    """And a batch that was."""
    pairs, batches, size = singly(people, COLD), in_batches(people, BATCH), BATCH.stop - BATCH.start
    yield Measured(Kind.COLD, FEW, under.run(Kind.COLD, pairs, connections=FEW, is_once=True))
    outcome = under.run(Kind.BATCH_COLD, batches, connections=1, times=size, is_once=True)
    yield Measured(Kind.BATCH_COLD, 1, outcome)
    yield Measured(Kind.BATCH_WARM, 1, under.run(Kind.BATCH_WARM, batches[:1], connections=1, times=size))


def _by_frequency(under: UnderLoad, people: Sequence[Person]) -> Iterator[Measured]:
    """After everything was asked once. Changes among them count as no hits."""
    under.fill(in_batches(people, ZIPF), times=ZIPF.stop - ZIPF.start)
    requests, order = by_zipf(people)
    more: dict[str, Any] = {"order": order, "other": CHANGED, "warm_up_seconds": ZIPF_WARM_UP_SECONDS}
    yield Measured(Kind.ZIPF, FEW, under.run(Kind.ZIPF, requests, connections=FEW, **more))
