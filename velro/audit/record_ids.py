"""Ids of records: made without asking the system for chance, and in an order in which a table likes to index them."""

import os
from itertools import count
from secrets import randbits
from typing import Final


class RecordIds:
    """UUIDs of version 8 (RFC 9562): 74 bits are the process, chosen by chance, and the last 48 count."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """In a child: the numbers to come are the parent's."""
        self._process = f"{randbits(32):08x}-{randbits(16):04x}-8{randbits(12):03x}-{0x8000 | randbits(14):04x}-"
        self._numbers = count()

    def __call__(self) -> str:
        """Another one each time, in the canonical spelling."""
        return f"{self._process}{next(self._numbers):012x}"


new_record_id: Final = RecordIds()
os.register_at_fork(after_in_child=new_record_id.begin_anew)
