"""What Velro needs of a provider of generation jobs, in Velro's words."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

# What FAL's name for a job looks like. Anything else is none.
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")

# Which of some request ids other submissions hold.
Claims = Callable[[Collection[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class JobOrder:
    """One job to submit.

    `tag` is unique to this submission and can be searched for: 1 to 256 letters, digits and `._:-`. The webhook URL
    holds a secret.
    """

    endpoint: str
    input: Mapping[str, Any]
    tag: str
    webhook_url: str


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """FAL's receipt. The URLs are the ones FAL returned, and are checked against the configured host at every use."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


class JobState(StrEnum):
    """FAL has exactly three states; a failed or cancelled job is finished too."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One look at a job. It may go back from running to queued when FAL retries it."""

    state: JobState
    queue_position: int | None = None
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobResult:
    """The output of a job that went well. `billable_units` times the unit price is its cost."""

    output: Mapping[str, Any]
    billable_units: Decimal | None = None


class FalQueue(Protocol):
    """The provider. Every call has a time limit and raises only `generations.fal.errors`."""

    def submit(self, order: JobOrder) -> AcceptedJob:
        """Send the order exactly once.

        Raises NotSent (it certainly did not arrive: sending again is safe), OutcomeUnknown (it may have arrived: look
        for it), or Refused (FAL answered no).
        """

    def status(self, job: AcceptedJob) -> JobStatus:
        """Raises JobGone when FAL does not know the job, Unreachable when no answer comes."""

    def result(self, job: AcceptedJob) -> JobResult:
        """Raises JobFailed with FAL's reason, JobGone after FAL's retention, Unreachable when no answer comes."""

    def cancel(self, job: AcceptedJob) -> None:
        """Ask for cancellation; a job that is over already is fine. Raises JobGone and Unreachable as `status` does."""

    def locate(self, endpoint: str, *, request_id: str) -> AcceptedJob:
        """The job that a verified webhook named before its receipt was stored. Asks nothing; JobGone for a non-id."""

    def find(self, order: JobOrder, *, since: datetime, claimed_among: Claims) -> AcceptedJob | None:
        """Look for an order of unknown outcome among what FAL received since then, leaving out what others claim.

        Matches by tag; where FAL lists no tags, by equal endpoint and input. None is no proof that the order did not
        arrive: FAL may list a request only once it has ended. Raises Unreachable when no answer comes.
        """
