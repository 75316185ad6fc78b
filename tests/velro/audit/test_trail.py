"""The trail is written once: nobody, whatever they call, changes or removes a record."""

import pytest
from django.db import ProgrammingError, connection, transaction

from velro.audit.models import AuditEvent, Outcome
from velro.audit.services import Actor, record_event
from velro.observability.context import work_context

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    with work_context(request_id="request-1", client_address="192.0.2.7"):
        record_event("session.started", outcome=Outcome.SUCCEEDED, actor=Actor(), details={"device": 1})
    return AuditEvent.objects.get()


def test_a_record_says_where_it_comes_from(event: AuditEvent) -> None:
    assert (event.request_id, event.client_address) == ("request-1", "192.0.2.7")
    assert event.at is not None
    assert event.details == {"device": 1}


def test_a_record_cannot_be_changed(event: AuditEvent) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        AuditEvent.objects.update(outcome=Outcome.DENIED)
    event.refresh_from_db()
    assert event.outcome == Outcome.SUCCEEDED


def test_a_record_cannot_be_removed(event: AuditEvent) -> None:
    with (
        pytest.raises(ProgrammingError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM audit_auditevent WHERE id = %s", [event.id])
    assert AuditEvent.objects.count() == 1
