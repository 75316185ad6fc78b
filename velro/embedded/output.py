"""Prints what the processes of a copy say, each line under its process's name.

A thread does the writing: a reader that stalls (a pipe nobody empties) must hold up neither the processes nor Ctrl-C.
"""

import os
import queue
import sys
import threading

WAITING_LINES = 10_000
FLUSH_SECONDS = 1
COLOURS = (36, 33, 32, 35, 34, 96)
NAME_WIDTH = 8


class Output:
    """The terminal of one copy. Lines are dropped, and counted, once 10,000 of them wait for a stalled reader."""

    def __init__(self, *, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._is_coloured = os.isatty(descriptor) and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {}
        self._lines: queue.Queue[bytes | None] = queue.Queue(WAITING_LINES)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_lines, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """A line of the runner itself."""
        self._put(f"{text}\n".encode())

    def relay(self, name: str, line: bytes) -> None:
        """A line of the process `name`, without its line end."""
        prefix = f"{name:<{NAME_WIDTH}} | "
        if self._is_coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\033[{colour}m{prefix}\033[0m"
        self._put(prefix.encode() + line + b"\n")

    def close(self) -> None:
        """Write what waits, for a second at most."""
        if self._dropped:
            self.say(f"({self._dropped} lines were not shown: nobody read the output)")
        self._put(None)
        self._thread.join(FLUSH_SECONDS)

    def _put(self, line: bytes | None) -> None:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                # The terminal or the pipe has gone; the copy goes on without being heard.
                self._descriptor = os.open(os.devnull, os.O_WRONLY)


def complain(text: str) -> None:
    """One clear line for a person, where scripts expect errors."""
    sys.stderr.write(f"velro: {text}\n")
