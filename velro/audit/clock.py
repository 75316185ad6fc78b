"""The time of a record, as text: of many in the same second only the end differs."""

from time import gmtime, strftime, time_ns
from typing import Final

MICROSECOND: Final = 1_000
SECOND: Final = 1_000_000


class Clock:
    """Of one process. Any thread may ask."""

    def __init__(self) -> None:
        self._second: tuple[int, str] = (0, "")

    def __call__(self) -> str:
        """Now, as RFC 3339 has it, to the microsecond."""
        second, microsecond = divmod(time_ns() // MICROSECOND, SECOND)
        kept, text = self._second
        if kept != second:
            text = strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
            self._second = second, text
        return f"{text}.{microsecond:06d}Z"


now_text: Final = Clock()
