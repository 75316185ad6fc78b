"""The life of a generation and of its submissions as data: what may follow what.

The database enforces the same tables.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a generation stands, in the words of the API."""

    QUEUED = "queued"
    SUBMITTED = "submitted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SubmissionState(TextChoices):
    """What is known about one attempt to hand a job to FAL.

    `sending`: the row is committed, the request may be on its way. `unknown`: it may have arrived, so it is being
    looked for. `accepted`: FAL has the job. `refused`: FAL said no. `abandoned`: it certainly did not arrive, or FAL
    was asked and does not know it.
    """

    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ABANDONED = "abandoned"


TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.QUEUED: frozenset({Status.SUBMITTED, Status.FAILED, Status.CANCELLED}),
        Status.SUBMITTED: frozenset({Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
        # FAL puts a job back into its queue when it retries it.
        Status.IN_PROGRESS: frozenset({Status.SUBMITTED, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
        Status.COMPLETED: frozenset(),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
)
SUBMISSION_TRANSITIONS: Final[Mapping[SubmissionState, frozenset[SubmissionState]]] = MappingProxyType(
    {
        SubmissionState.SENDING: frozenset(
            {
                SubmissionState.UNKNOWN,
                SubmissionState.ACCEPTED,
                SubmissionState.REFUSED,
                SubmissionState.ABANDONED,
            }
        ),
        SubmissionState.UNKNOWN: frozenset(
            {SubmissionState.ACCEPTED, SubmissionState.REFUSED, SubmissionState.ABANDONED}
        ),
        # A webhook may prove that a job which FAL's own list did not show exists after all.
        SubmissionState.ABANDONED: frozenset({SubmissionState.ACCEPTED}),
        SubmissionState.ACCEPTED: frozenset(),
        SubmissionState.REFUSED: frozenset(),
    }
)
TERMINAL: Final = frozenset(status for status, following in TRANSITIONS.items() if not following)
UNDECIDED: Final = frozenset({SubmissionState.SENDING, SubmissionState.UNKNOWN})
LIVE: Final = UNDECIDED | {SubmissionState.ACCEPTED}


def sources_of(status: Status) -> frozenset[Status]:
    """The states from which a generation may reach `status`."""
    return frozenset(source for source, following in TRANSITIONS.items() if status in following)


def submission_sources_of(state: SubmissionState) -> frozenset[SubmissionState]:
    """The states from which a submission may reach `state`."""
    return frozenset(source for source, following in SUBMISSION_TRANSITIONS.items() if state in following)
