"""The admin's first page: what is there, what ends, what was refused, in a few bounded statements."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from authorization.break_glass import Breaking, break_glass
from authorization.facts import LayerTiming
from authorization.layer_times import forget_layer_times, observe_layer
from generations.models import Delegation, Generation, Share
from tests.support.company import HOSTILE_NAME, SECRET_PROMPT, SECRET_TITLE, Company, found_company
from tests.support.factories import user_factory
from tests.support.operators import client_of, new_operator
from velro import row_counts
from velro.audit.services import Actor
from velro.row_counts import RowCount, count_rows, count_up_to_limit, estimated_shares

pytestmark = pytest.mark.django_db

# With two for the session and the operator. Each large table adds one, for its estimate.
MOST_STATEMENTS = 18


@pytest.fixture
def operator() -> User:
    return new_operator()


@pytest.fixture
def company(operator: User) -> Company:
    return found_company(operator)


@pytest.fixture
def admin(operator: User) -> Client:
    return client_of(operator)


def shown(client: Client) -> dict[str, Any]:
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    return {panel.title: panel.content for panel in page.context["panels"]} | {
        figure.label: figure.value for figure in page.context["figures"]
    }


@pytest.mark.usefixtures("company")
def test_it_counts_what_there_is(admin: Client) -> None:
    content = shown(admin)
    assert content["People"] == str(User.objects.count())
    assert (content["Teams"], content["Projects"], content["Generations"]) == ("6", "2", "7")
    assert content["Open invitations"] == "1"


@pytest.mark.usefixtures("company")
def test_it_shows_what_ends_soon(admin: Client) -> None:
    rows = shown(admin)["Ending soon"]["table"]["rows"]
    assert [row[0] for row in rows] == ["Share", "Delegation"]
    Share.objects.all().delete()
    Delegation.objects.all().delete()
    assert "No share and no delegation ends" in admin.get(reverse("admin:index")).content.decode()


def test_open_glass_stands_out(admin: Client, operator: User, company: Company) -> None:
    before = admin.get(reverse("admin:index")).content.decode()
    breaking = Breaking("generation", company.generation.id, f"{HOSTILE_NAME} was reported by its owner")
    break_glass(breaking, actor=Actor(operator.id))
    opened = admin.get(reverse("admin:index")).content.decode()
    assert "velro-notice-danger" not in before
    assert "velro-notice-danger" in opened
    assert "break_glass.opened" in opened
    assert "<script>alert(" not in opened


def test_layers_stand_beside_their_budgets(admin: Client) -> None:
    forget_layer_times()
    observe_layer(LayerTiming("slow", 60, 20))
    assert shown(admin)["Layers of authorization"]["layers"][0]["is_over"]


@pytest.mark.usefixtures("company")
def test_its_statements_are_few_and_do_not_grow(admin: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        admin.get(reverse("admin:index"))
    for _ in range(20):
        user_factory()
    with CaptureQueriesContext(connection) as many:
        admin.get(reverse("admin:index"))
    assert len(few) == len(many) <= MOST_STATEMENTS, [it["sql"][:120] for it in many]


@pytest.mark.usefixtures("company")
def test_large_tables_are_estimated(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_counts, "COUNTED_EXACTLY", 3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE generations_generation; ANALYZE accounts_user")
    content = shown(admin)
    assert content["Generations"] == "≈ 7"
    assert content["People"] == f"≈ {User.objects.count()}"
    (completed,) = (row for row in content["Generations by status"]["table"]["rows"] if "Completed" in row[0])
    assert "≈ 7" in completed[1]
    assert count_up_to_limit(Generation.objects.all()) == "3+"


@pytest.mark.usefixtures("company")
def test_shares_of_values_come_from_the_planner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE generations_generation")
    assert estimated_shares(Generation.objects.all(), "status") == {"completed": 1.0}
    assert count_rows(Generation.objects.all()) == RowCount(7)


@pytest.mark.parametrize(("value", "text"), [(1_234_567, "≈ 1,230,000"), (999, "≈ 999"), (10_049, "≈ 10,000")])
def test_an_estimate_claims_no_more_than_it_knows(value: int, text: str) -> None:
    assert str(RowCount(value, is_exact=False)) == text


@pytest.mark.usefixtures("company")
def test_it_shows_no_content_and_escapes_names(admin: Client) -> None:
    page = admin.get(reverse("admin:index")).content.decode()
    assert SECRET_PROMPT not in page
    assert SECRET_TITLE not in page


def test_it_is_for_operators(company: Company) -> None:
    for person in (company.people[0], user_factory(is_staff=True)):
        assert client_of(person).get(reverse("admin:index")).status_code == 302
