"""What every part of the bench measures with and says first."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from statistics import quantiles
from typing import NamedTuple

import psutil


class Percentiles(NamedTuple):
    """Of a series of milliseconds."""

    p50: float
    p95: float
    p99: float


def percentiles(values: Sequence[float]) -> Percentiles:
    """Of at least two values."""
    cuts = quantiles(values, n=100, method="inclusive")
    return Percentiles(cuts[49], cuts[94], cuts[98])


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def machine() -> str:
    """What the figures are measured on."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
