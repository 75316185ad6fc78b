"""How a generation ends other than well. Whoever asked for it is told why, in a code and a sentence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from generations import topics
from generations.actions import RESOURCE
from generations.services.transitions import advance
from generations.states import Status
from generations.storable import storable_text
from generations.values import Failure
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.background.outbox import enqueue

log = structlog.get_logger(__name__)

LONGEST_CODE = 100
LONGEST_MESSAGE = 500


TIMED_OUT: Final = Failure("generation_timeout", "The model did not finish in time. Nothing was produced.")
RESULT_GONE: Final = Failure("result_gone", "The result was no longer available when it was fetched.")
OUTPUT_UNAVAILABLE: Final = Failure("output_unavailable", "The model finished, but its files could not be fetched.")
OUTCOME_UNKNOWN: Final = Failure(
    "submission_unknown", "The provider never told whether it took the job. It was not sent a second time."
)
SUBMISSION_FAILED: Final = Failure("submission_failed", "The job could not be handed to the provider.")
FOLLOWING_FAILED: Final = Failure("following_failed", "The job could not be followed to its end.")
COLLECTION_FAILED: Final = Failure("collection_failed", "The model finished, but its files could not be stored.")

NO_LONGER_ALLOWED: Final = Failure(
    "no_longer_allowed", "Whoever asked for this may no longer make generations here. It was not sent to the provider."
)

FAILURE_OF_TOPIC: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        topics.SUBMIT: SUBMISSION_FAILED,
        topics.RECONCILE: OUTCOME_UNKNOWN,
        topics.FOLLOW: FOLLOWING_FAILED,
        topics.COLLECT: COLLECTION_FAILED,
    }
)


def fail_generation(generation_id: UUID, failure: Failure) -> None:
    """End an unfinished generation. What FAL may still be doing for it is called off."""
    code, message = failure.code[:LONGEST_CODE], storable_text(failure.message)[:LONGEST_MESSAGE]
    with transaction.atomic():
        if not advance(generation_id, to=Status.FAILED, error_code=code, error_message=message):
            return
        record_event("generation.failed", outcome=Outcome.FAILED, subject=Subject(RESOURCE, generation_id), reason=code)
        enqueue(topics.CANCEL, subject_id=generation_id)
    log.warning("generation_failed", generation_id=str(generation_id), code=code)


def give_up(topic: str, generation_id: UUID) -> None:
    """The outbox's last word: the handler of `topic` raised too often."""
    fail_generation(generation_id, FAILURE_OF_TOPIC[topic])
