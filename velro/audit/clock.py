"""The time of a record, as text: of many in the same second only the end differs."""

from time import gmtime, strftime, time_ns
from typing import Final

MICROSECOND: Final = 1_000
SECOND: Final = 1_000_000_000


class Clock:
    """Of one process. Any thread may ask."""

    def __init__(self) -> None:
        # When a second began, and how it is written.
        self._second: tuple[int, str] = (-SECOND, "")

    def __call__(self) -> str:
        """Now, as RFC 3339 has it, to the microsecond."""
        now, (began, text) = time_ns(), self._second
        since = now - began
        if not 0 <= since < SECOND:
            since = now % SECOND
            text = strftime("%Y-%m-%dT%H:%M:%S", gmtime(now // SECOND))
            self._second = now - since, text
        return f"{text}.{since // MICROSECOND:06d}Z"


now_text: Final = Clock()
