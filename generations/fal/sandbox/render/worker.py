"""A rendering process: reads one job a line from standard input, puts the file in its place, answers with one line.

It ends when its input does, so it cannot outlive the sandbox that feeds it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from generations.fal.sandbox.render.audio import render_speech
from generations.fal.sandbox.render.image import render_image
from generations.fal.sandbox.render.jobs import ImageJob, SpeechJob, VideoJob, decode_job
from generations.fal.sandbox.render.video import render_video

if TYPE_CHECKING:
    from generations.fal.sandbox.render.jobs import RenderJob


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(answer_line(line)) + "\n")
        sys.stdout.flush()


def answer_line(line: bytes) -> dict[str, object]:
    """Render what `line` asks for: its length in seconds, or what went wrong and whether the input was to blame."""
    job, path = decode_job(line)
    try:
        content, seconds = _render(job)
    except Exception as error:  # noqa: BLE001 - the next job deserves a living worker
        return {"error": f"{type(error).__name__}: {error}", "is_input_error": isinstance(error, OSError)}
    _write_with_measure(Path(path), content, seconds=seconds)
    return {"seconds": seconds}


def _render(job: RenderJob) -> tuple[bytes, float]:
    match job:
        case ImageJob():
            return render_image(job), 0.0
        case VideoJob():
            return render_video(job), float(job.seconds)
        case SpeechJob():
            return render_speech(job)
        case _:
            assert_never(job)


def _write_with_measure(path: Path, content: bytes, *, seconds: float) -> None:
    """The measure comes first: a file that exists is complete and measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_atomically(path.with_suffix(".json"), json.dumps({"seconds": seconds}).encode())
    _write_atomically(path, content)


def _write_atomically(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


if __name__ == "__main__":
    main()
