"""One lock per generation orders everything that changes it or its submissions."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from generations.models import Generation, Submission
from generations.states import LIVE

ADVISORY_NAMESPACE = 0x56454C52


def lock_generation(generation_id: UUID) -> Generation | None:
    """The generation under its row lock until the transaction ends; None when it does not exist."""
    return Generation.objects.select_for_update().filter(id=generation_id).first()


def lock_submission(submission_id: UUID) -> Submission:
    """The submission, fresh, with its generation's row locked. Raises Submission.DoesNotExist."""
    generation_id = Submission.objects.values_list("generation_id", flat=True).get(id=submission_id)
    generation = Generation.objects.select_for_update().get(id=generation_id)
    submission = Submission.objects.get(id=submission_id)
    submission.generation = generation
    return submission


def live_submission(generation_id: UUID) -> Submission | None:
    """The one submission that may still bring a result. A constraint keeps it to one."""
    return Submission.objects.filter(generation_id=generation_id, state__in=LIVE).first()


@contextmanager
def sole_collector(generation_id: UUID) -> Iterator[bool]:
    """Whether this process is the only one that collects the outputs of this generation, for as long as the block runs.

    Collecting twice at once is harmless but moves large files twice, and may outlast the lease of the outbox.
    PostgreSQL frees this lock by itself when the connection of a killed worker ends.
    """
    key = generation_id.int & 0x7FFFFFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ADVISORY_NAMESPACE, key])
        (is_sole,) = cursor.fetchone()
    try:
        yield is_sole
    finally:
        if is_sole:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [ADVISORY_NAMESPACE, key])
