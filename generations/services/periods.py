"""From when until when something is shared or delegated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from velro.database_clock import database_now
from velro.errors import FieldProblem, InvalidInput

LONGEST_LEAD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open time `[starts_at, expires_at)`; without an end if that is None."""

    starts_at: datetime
    expires_at: datetime | None


def period_of(starts_at: datetime | None, expires_at: datetime | None, *, longest: timedelta) -> Period:
    """A period that begins now or later and is not over yet, by the clock of the database.

    A beginning that has passed means now: nothing was open before it was opened. Raises InvalidInput.
    """
    now = database_now()
    begins = max(starts_at or now, now)
    faults = [
        *_fault_if(begins > now + LONGEST_LEAD, "/starts_at", f"Choose a time within {LONGEST_LEAD.days} days."),
        *(_faults_of_end(begins, expires_at, longest=longest) if expires_at else ()),
    ]
    if faults:
        raise InvalidInput(errors=faults)
    return Period(begins, expires_at)


def _faults_of_end(begins: datetime, ends: datetime, *, longest: timedelta) -> list[FieldProblem]:
    return [
        *_fault_if(ends <= begins, "/expires_at", "Choose a time in the future, after the beginning."),
        # A difference, because the far future plus anything is beyond what a calendar holds.
        *_fault_if(
            ends - begins > longest, "/expires_at", f"Choose a time within {longest.days} days of the beginning."
        ),
    ]


def _fault_if(is_wrong: bool, pointer: str, message: str) -> list[FieldProblem]:  # noqa: FBT001 - a condition
    return [FieldProblem(pointer, "out_of_range", message)] if is_wrong else []
