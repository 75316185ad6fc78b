"""Starts copies and sees to it that none outlives its test."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.live import free_port
from tests.velro.embedded.copies import NO_SERVERS, StandInCopy


class StartCopy(Protocol):
    """Starts a stand-in copy; without `variables` it has no servers of its own."""

    def __call__(
        self,
        processes: Mapping[str, str],
        *,
        steps: Mapping[str, str] | None = None,
        variables: Mapping[str, str] = NO_SERVERS,
        state_dir: Path | None = None,
        port: int | None = None,
    ) -> StandInCopy: ...


@pytest.fixture
def start_copy(tmp_path: Path) -> Iterator[StartCopy]:
    started: list[StandInCopy] = []

    def start(
        processes: Mapping[str, str],
        *,
        steps: Mapping[str, str] | None = None,
        variables: Mapping[str, str] = NO_SERVERS,
        state_dir: Path | None = None,
        port: int | None = None,
    ) -> StandInCopy:
        copy = StandInCopy(state_dir or tmp_path, processes, steps or {}, variables, port or free_port())
        started.append(copy.start())
        return copy

    yield start
    for copy in started:
        copy.abandon()
