"""The outbox table."""

from typing import ClassVar

from django.db import models

from velro.models import UUIDModel


class OutboxMessage(UUIDModel):
    """One thing that must still happen. The row is deleted when it has happened.

    `due_at` is when a worker may take it; taking it pushes `due_at` to the end of the lease. `lease` is the fencing
    token of the worker that holds it, so a worker that outlived its lease cannot finish the message of its successor.
    `wake_at` keeps a promise that was repeated while a worker held the message: it is run once more.
    """

    topic = models.CharField(max_length=100)
    subject_id = models.UUIDField(help_text="The row that the handler works on.")
    request_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    published_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    wake_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "subject_id"], name="outbox_one_message_per_topic_and_subject")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject_id}"
