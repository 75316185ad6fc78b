"""The audit trail as a test sees it: with the decisions that are still in the journal of this process."""

from collections.abc import Generator
from pathlib import Path

import pytest
from django.db.models import QuerySet

from velro.audit.journal import JOURNAL
from velro.audit.models import AuditEvent
from velro.audit.shipping import ship_journal


def trail() -> QuerySet[AuditEvent]:
    """All of it."""
    ship_journal(JOURNAL)
    return AuditEvent.objects.all()


@pytest.fixture(autouse=True)
def _each_test_has_a_journal_of_its_own() -> Generator[None]:
    yield
    while lines := JOURNAL.unshipped():
        JOURNAL.confirm(lines)


@pytest.fixture
def unwritable_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test in which no decision can be recorded."""
    JOURNAL.close()
    monkeypatch.setattr(JOURNAL, "folder", Path("/dev/null/journal"))
