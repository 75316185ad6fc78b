"""A load as data, and what came of it: both travel between the bench and the process that generates the load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.performance.bench.figures import Percentiles
from tests.performance.bench.http_load.answers import Expected

GENERATOR: Final = "generator"


@dataclass(frozen=True, slots=True)
class Load:
    """Whole requests, sent over so many `connections` that stay open.

    Closed loop: each connection asks again as soon as it has its answer. With `rate`, open loop: so many requests a
    second, evenly spread and in turn over the connections; each is due at its time, whatever became of those before.

    `order` are positions in `requests`; without it they come as they are. They start again when they are through, or,
    with `is_once`, the load ends. `processes` are those whose time is measured, by what they are called.
    """

    port: int
    requests: Sequence[bytes]
    expected: Expected
    connections: int
    seconds: float
    warm_up_seconds: float = 1
    order: Sequence[int] = ()
    rate: float | None = None
    is_once: bool = False
    processes: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the measured `seconds`. `answers` are right ones in time; latencies and errors are of late ones too.

    `processor_seconds` has what the load asked for, and GENERATOR.
    """

    seconds: float
    answers: int
    counted: int
    errors: Mapping[str, int]
    milliseconds: Percentiles
    processor_seconds: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.answers / self.seconds

    @property
    def error_share(self) -> float:
        """Of everything that was asked."""
        wrong = sum(self.errors.values())
        return wrong / max(wrong + self.answers, 1)

    @property
    def counted_share(self) -> float:
        """Of the right answers, those with what was to be counted."""
        return self.counted / max(self.answers, 1)

    @property
    def generator_share(self) -> float:
        """Of one core."""
        return self.processor_seconds[GENERATOR] / self.seconds

    def microseconds(self, *processes: str) -> float:
        """Of processor time, for each right answer."""
        return sum(self.processor_seconds[name] for name in processes) * 1e6 / max(self.answers, 1)
