"""Where and on what a session is used, and when that changes in a way that wants attention. Pure: no clock, no rows."""

from dataclasses import dataclass
from enum import StrEnum


class Surprise(StrEnum):
    """What a change looks like, as the trail names it."""

    DEVICE_CHANGED = "device_changed"
    IMPOSSIBLE_TRAVEL = "impossible_travel"


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Country (ISO 3166) and fingerprint of the device; each empty while it is not known."""

    country: str
    fingerprint: str

    def after(self, shown: "SessionContext") -> "SessionContext":
        """What is known once `shown` was seen: what it does not tell stays as it was."""
        return SessionContext(shown.country or self.country, shown.fingerprint or self.fingerprint)


@dataclass(frozen=True, slots=True)
class ContextChange:
    """A session that moved, and what is surprising about it."""

    before: SessionContext
    after: SessionContext
    surprise: Surprise


def surprising_change(known: SessionContext, shown: SessionContext, *, was_seen_lately: bool) -> ContextChange | None:
    """None for a session that stayed where it was, or had the time to get where it is.

    `was_seen_lately`: within the time in which nobody gets from one country to another.
    """
    after = known.after(shown)
    if was_seen_lately and known.country and after.country != known.country:
        return ContextChange(known, after, Surprise.IMPOSSIBLE_TRAVEL)
    if known.fingerprint and after.fingerprint != known.fingerprint:
        return ContextChange(known, after, Surprise.DEVICE_CHANGED)
    return None
