"""The audit trail in the admin: found by index, paged without counting, on the dashboard what matters."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.support.operators import client_of, new_operator
from tests.support.trail import trail
from velro.audit.models import AuditEvent, Outcome, Severity

pytestmark = pytest.mark.django_db

LIST = "admin:audit_auditevent_changelist"
MOST_STATEMENTS = 4
PER_PAGE = 50


@pytest.fixture
def admin() -> Client:
    return client_of(new_operator())


def record(number: int = 1, /, **attributes: Any) -> list[AuditEvent]:
    """Events a second apart, oldest first."""
    defaults = {"name": "authorization.decision", "outcome": Outcome.ALLOWED, "resource_type": "generation"}
    start = timezone.now() - timedelta(seconds=number)
    return AuditEvent.objects.bulk_create(
        AuditEvent(**{"at": start + timedelta(seconds=step)} | defaults | attributes) for step in range(number)
    )


def listed(client: Client, query: str = "", **parameters: Any) -> list[UUID]:
    page = client.get(f"{reverse(LIST)}{query}", parameters)
    assert page.status_code == 200
    return [event.id for event in page.context["cl"].result_list]


def test_pages_follow_each_other_and_leave_nothing_out(admin: Client) -> None:
    events = record(120)
    record(9, at=events[70].at)
    seen: list[UUID] = []
    query, pages = "", 0
    while query or not pages:
        paginator = admin.get(f"{reverse(LIST)}{query}").context["cl"].paginator
        seen += listed(admin, query)
        query, pages = paginator.older, pages + 1
    assert pages == 3
    newest_first = trail().order_by("-at", "-id").values_list("id", flat=True)
    assert seen == list(newest_first)


def test_a_page_reads_no_more_than_itself(admin: Client) -> None:
    record(500)
    with CaptureQueriesContext(connection) as statements:
        listed(admin)
    assert len(statements) <= MOST_STATEMENTS
    assert [it["sql"] for it in statements if "COUNT(" in it["sql"].upper()] == []


@pytest.mark.parametrize("field", ["actor_id", "resource_id"])
def test_events_are_found_by_exact_id(admin: Client, field: str) -> None:
    wanted = uuid4()
    record(5)
    (event,) = record(1, **{field: wanted})
    assert listed(admin, q=wanted) == [event.id]
    assert listed(admin, q=str(wanted)[:8]) == []


def test_events_are_found_by_request_and_name(admin: Client) -> None:
    record(5)
    (by_request,) = record(request_id="req-1")
    (by_name,) = record(name="session.started")
    assert listed(admin, q="req-1") == [by_request.id]
    assert listed(admin, q="session.started") == [by_name.id]


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("refused", {"outcome": Outcome.DENIED}),
        ("refused", {"outcome": Outcome.FAILED}),
        ("changes", {"name": "team.moved"}),
        ("severe", {"severity": Severity.CRITICAL}),
    ],
)
def test_kinds_are_told_apart(admin: Client, kind: str, attributes: dict[str, Any]) -> None:
    record(5)
    (event,) = record(**attributes)
    assert listed(admin, kind=kind) == [event.id]


def test_the_span_limits_how_far_back(admin: Client) -> None:
    record(at=timezone.now() - timedelta(hours=2))
    (recent,) = record()
    assert listed(admin, span="hour") == [recent.id]


@pytest.mark.parametrize("place", ["nothing", "2026-01-01_x", "_", "x_" + "0" * 32])
def test_a_place_that_is_none_is_passed_over(admin: Client, place: str) -> None:
    (event,) = record()
    assert listed(admin, before=place) == [event.id]


def plan_of(queryset: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_auditevent")
        cursor.execute("SET LOCAL enable_seqscan = off")
    return str(queryset.explain())


@pytest.mark.parametrize(
    ("parameters", "index"),
    [
        ({"kind": "refused"}, "audit_refused"),
        ({"kind": "changes"}, "audit_changes"),
        ({"kind": "severe"}, "audit_severe"),
        ({"q": "session.started"}, "audit_named"),
        ({"q": "req-1"}, "audit_request"),
    ],
)
def test_what_operators_ask_for_is_answered_from_an_index(
    admin: Client, parameters: dict[str, str], index: str
) -> None:
    record(12_000, request_id="other")
    record(500, name="team.moved", request_id="other")
    record(3, name="session.started", outcome=Outcome.DENIED, severity=Severity.WARNING, request_id="req-1")
    changelist = admin.get(reverse(LIST), parameters).context["cl"]
    assert index in plan_of(changelist.queryset[:PER_PAGE])


def test_people_teams_and_generations_lead_to_their_events(admin: Client) -> None:
    (event,) = record(actor_id=uuid4(), resource_id=uuid4())
    page = admin.get(reverse(LIST)).content.decode()
    for subject in (event.actor_id, event.resource_id):
        assert f"{reverse(LIST)}?q={subject}" in page


def test_events_cannot_be_added_typed_over_or_deleted(admin: Client) -> None:
    (event,) = record()
    page = reverse("admin:audit_auditevent_change", args=[event.id])
    assert admin.get(page).status_code == 200
    refused = [
        admin.post(page, {"name": "other"}),
        admin.post(reverse("admin:audit_auditevent_delete", args=[event.id]), {"post": "yes"}),
        admin.get(reverse("admin:audit_auditevent_add")),
    ]
    assert [response.status_code for response in refused] == [403, 403, 403]
