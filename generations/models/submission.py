"""One attempt to hand a generation to FAL, written down before the request leaves so that a crash cannot hide it."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from generations.models.generation import Generation
from generations.states import LIVE, SUBMISSION_TRANSITIONS, SubmissionState
from velro.models import UUIDModel


class Submission(UUIDModel):
    """The id is the tag FAL carries. Of the token in the webhook's address only the SHA-256 is kept: it is sent once.

    `lookups` counts the answered searches for a submission of unknown outcome, `collections` the tries to
    fetch its files. `webhook_payload` is a copy of the result for the case that FAL no longer has it.
    A job that FAL holds beside the one of its submission has an abandoned row of its own until it is called off.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="submissions")
    attempt = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=SubmissionState.choices, default=SubmissionState.SENDING)
    webhook_digest = models.CharField(max_length=64, unique=True, editable=False)
    request_id = models.CharField(max_length=200, null=True, blank=True)
    status_url = models.CharField(max_length=500, blank=True)
    response_url = models.CharField(max_length=500, blank=True)
    cancel_url = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField()
    last_polled_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When FAL was first heard to be done.")
    cancelled_at = models.DateTimeField(null=True, blank=True, help_text="When FAL was asked to stop.")
    lookups = models.PositiveIntegerField(default=0)
    collections = models.PositiveIntegerField(default=0)
    webhook_received_at = models.DateTimeField(null=True, blank=True)
    webhook_is_ok = models.BooleanField(null=True, blank=True)
    webhook_payload = models.JSONField(null=True, blank=True)
    provider_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["generation", "attempt"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "attempt"], name="submission_attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["generation"], name="submission_one_alive_per_generation", condition=Q(state__in=sorted(LIVE))
            ),
            models.UniqueConstraint(fields=["request_id"], name="submission_request_id_is_unique"),
            models.CheckConstraint(
                name="submission_accepted_has_request_id",
                condition=~Q(state=SubmissionState.ACCEPTED) | Q(request_id__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="submission_state_follows_the_table",
                field="state",
                transitions=sorted(
                    (str(old), str(new)) for old, targets in SUBMISSION_TRANSITIONS.items() for new in targets
                ),
            )
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} {self.state}"
