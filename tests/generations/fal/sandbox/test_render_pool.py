"""The processes that render end with their pool, and leave nothing behind."""

import asyncio
import gc
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from generations.fal.sandbox.render.jobs import ImageJob
from generations.fal.sandbox.render.pool import RenderPool

SECONDS_TO_BEGIN = (0, 0.02, 0.2, 1)


async def begin_and_stop(directory: Path, *, after: float) -> None:
    pool = RenderPool(directory=directory, workers=2)
    tasks = [asyncio.create_task(pool.render(ImageJob("a fox", seed, 2000, 1500))) for seed in range(3)]
    await asyncio.sleep(after)
    processes = [worker._process for worker in pool._workers if worker._process]
    await pool.stop()
    assert all(process.returncode is not None for process in processes), "they have ended while there is a loop"
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("after", SECONDS_TO_BEGIN)
def test_a_pool_can_stop_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: float) -> None:
    ignored = list[Any]()
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    asyncio.run(begin_and_stop(tmp_path, after=after))
    gc.collect()

    assert [str(it.exc_value) for it in ignored] == []
