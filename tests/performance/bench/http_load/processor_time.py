"""How long processes have computed, by the system's own account."""

from collections.abc import Iterable, Iterator

import psutil


def processor_seconds(process_ids: Iterable[int]) -> float:
    """Of these processes and all that they started, user and system time together."""
    return sum(sum(process.cpu_times()[:2]) for process in _trees(process_ids))


def _trees(process_ids: Iterable[int]) -> Iterator[psutil.Process]:
    for process_id in process_ids:
        try:
            process = psutil.Process(process_id)
            yield from (process, *process.children(recursive=True))
        except psutil.NoSuchProcess:
            continue
