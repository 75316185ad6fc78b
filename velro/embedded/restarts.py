"""Decides how long to wait before a dead process is started again, and when to give up."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Seconds throughout: the wait doubles up to `longest_wait`; `deaths` within `window` are one too many."""

    first_wait: float = 0.5
    longest_wait: float = 8
    deaths: int = 5
    window: float = 60


@dataclass(slots=True)
class DeathRecord:
    """The recent deaths of one process."""

    policy: RestartPolicy
    _times: list[float] = field(default_factory=list)

    def wait_after_death(self, *, now: float) -> float | None:
        """Record a death at `now` (monotonic); the seconds to wait, or None when it keeps dying."""
        self._times = [time for time in self._times if now - time < self.policy.window] + [now]
        if len(self._times) >= self.policy.deaths:
            return None
        return min(self.policy.first_wait * 2.0 ** (len(self._times) - 1), self.policy.longest_wait)
