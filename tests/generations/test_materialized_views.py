"""The two views of figures say what plain queries say, also of archived teams, suspended people and deleted rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from statistics import quantiles
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from accounts.models.user import AccountStatus
from authorization.roles import Permission, Role
from generations.materialized_views import GENERATION_PERFORMANCE, TEAM_PATTERNS
from generations.models import Asset, Delegation, Generation, Share
from generations.states import Status
from teams.models import Membership, Project, Team
from tests.support.company import SECRET_PROMPT, SECRET_TITLE, Company, found_company
from tests.support.operators import client_of, new_operator
from velro.caching.materialized_views import MaterializedView
from velro.caching.models import MaterializedViewRefresh
from velro.caching.refresh import RefreshOutcome, refresh_view

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    company = found_company(new_operator())
    suspended = company.people[11]
    suspended.status = AccountStatus.SUSPENDED
    suspended.save()
    return company


def rows_of(view: MaterializedView) -> Sequence[Mapping[str, Any]]:
    assert refresh_view(view) is RefreshOutcome.REFRESHED, MaterializedViewRefresh.objects.get(name=view.name)
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT * FROM {}").format(Identifier(view.name)))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def make(company: Company, **attributes: Any) -> Generation:
    """Completed, in the campaign; `age` is how long ago it was accepted."""
    age, queued, ran = (attributes.pop(name, timedelta(0)) for name in ("age", "queued", "ran"))
    created_at = timezone.now() - age
    defaults = {
        "owner": company.people[5],
        "project": company.campaign,
        "model": "fal-ai/flux/dev",
        "kind": "image",
        "status": Status.COMPLETED,
        "estimated_cost": 0,
        "deadline_at": created_at + timedelta(hours=1),
        "submitted_at": created_at + queued,
        "finished_at": created_at + queued + ran,
    }
    generation = Generation.objects.create(**defaults | {"input": {}} | attributes)
    Generation.objects.filter(id=generation.id).update(created_at=created_at)
    generation.refresh_from_db()
    return generation


class TestTeamPatterns:
    def by_team(self) -> Mapping[UUID, Mapping[str, Any]]:
        return {row["team_id"]: row for row in rows_of(TEAM_PATTERNS)}

    def test_there_is_a_row_for_each_open_team(self, company: Company) -> None:
        assert self.by_team().keys() == set(Team.objects.filter(is_closed=False).values_list("id", flat=True))
        Team.objects.filter(id=company.design.id).update(archived_at=timezone.now())
        assert self.by_team().keys() == set(Team.objects.filter(is_closed=False).values_list("id", flat=True))
        assert company.brand.id not in self.by_team()

    def test_members_and_projects_are_its_own(self, company: Company) -> None:
        rows = self.by_team()
        for team in Team.objects.filter(is_closed=False):
            active = Membership.objects.filter(team=team, user__status="active").count()
            assert (rows[team.id]["members"], rows[team.id]["projects"]) == (active, team.projects.count())
        assert rows[company.brand.id]["members"] == 7

    def test_what_was_made_in_30_days_counts_and_what_was_deleted_does_not(self, company: Company) -> None:
        before = self.by_team()[company.brand.id]
        make(company, cost=Decimal("0.25"), age=timedelta(days=29))
        make(company, cost=Decimal(1), age=timedelta(days=31), owner=company.people[0])
        make(company, cost=Decimal(1), deleted_at=timezone.now())
        make(company, cost=Decimal(1), project=None)
        after = self.by_team()[company.brand.id]
        assert after["generations_30d"] == before["generations_30d"] + 1
        assert after["creators_30d"] == before["creators_30d"] == 6
        assert after["cost_30d"] - before["cost_30d"] == Decimal("0.25")

    def test_shares_and_delegations_count_while_they_hold(self, company: Company) -> None:
        now, generation, film = timezone.now(), make(company), Team.objects.get(name="Film and motion")
        rows = self.by_team()
        assert (rows[company.brand.id]["shares_out"], rows[film.id]["shares_in"]) == (1, 1)
        assert rows[company.brand.id]["delegations"] == 2
        for team, begins, ends in ((company.root, -2, -1), (company.design, 1, 2), (company.hostile, -1, None)):
            Share.objects.create(
                generation=generation,
                team=team,
                role=Role.VIEWER,
                shared_by=generation.owner,
                starts_at=now + timedelta(days=begins),
                expires_at=None if ends is None else now + timedelta(days=ends),
            )
        rows = self.by_team()
        assert rows[company.brand.id]["shares_out"] == 2
        assert {team.id: rows[team.id]["shares_in"] for team in (company.root, company.design, company.hostile)} == {
            company.root.id: 0,
            company.design.id: 0,
            company.hostile.id: 1,
        }
        Delegation.objects.create(
            generation=generation,
            delegator=generation.owner,
            delegate=company.people[1],
            permissions={Permission.READ},
            starts_at=now - timedelta(days=1),
            expires_at=now + timedelta(days=1),
        )
        assert self.by_team()[company.brand.id]["delegations"] == 3

    def test_the_last_activity_is_the_newest_of_all(self, company: Company) -> None:
        quiet = Team.objects.create(name="Quiet", slug="quiet", parent=company.root)
        assert self.by_team()[quiet.id]["last_activity_at"] is None
        project = Project.objects.create(team=quiet, name="Old")
        old = make(company, project=project, age=timedelta(days=400))
        assert self.by_team()[quiet.id]["last_activity_at"] == old.created_at
        joined = Membership.objects.create(team=quiet, user=company.people[3], role=Role.VIEWER)
        assert self.by_team()[quiet.id]["last_activity_at"] == joined.created_at


class TestGenerationPerformance:
    NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def test_each_day_and_model_has_its_figures(self, company: Company) -> None:
        Generation.objects.all().delete()
        age = timezone.now() - self.NOON
        for second in range(1, 8):
            generation = make(
                company,
                age=age,
                queued=timedelta(seconds=second),
                ran=timedelta(seconds=second * second),
                cost=Decimal("0.5"),
            )
            for index in range(2):
                Asset.objects.create(generation=generation, index=index, kind="image", bytes=1000)
        failure = {"status": Status.FAILED, "error_code": "x", "error_message": "y"}
        make(company, age=age, queued=timedelta(seconds=60), ran=timedelta(hours=1), **failure)
        make(company, age=age, status=Status.CANCELLED, submitted_at=None, deleted_at=timezone.now())
        make(company, age=age - timedelta(hours=13), model="fal-ai/veo3", kind="video")
        found = {(str(row["day"]), row["model"], row["kind"]): row for row in rows_of(GENERATION_PERFORMANCE)}

        assert found.keys() == {
            ("2026-03-01", "fal-ai/flux/dev", "image"),
            ("2026-03-02", "fal-ai/veo3", "video"),
        }
        row = found["2026-03-01", "fal-ai/flux/dev", "image"]
        assert [row[name] for name in ("generations", "completed", "failed", "cancelled")] == [9, 7, 1, 1]
        assert (row["cost"], row["bytes"], row["currency"]) == (Decimal("3.5"), 14_000, "USD")
        queued = [*(second * 1000 for second in range(1, 8)), 60_000]
        ran = [second * second * 1000 for second in range(1, 8)]
        for name, values in (("queue", queued), ("run", ran)):
            cuts = quantiles(values, n=100, method="inclusive")
            stored = [row[f"{name}_{point}_ms"] for point in ("p50", "p95", "p99")]
            assert stored == pytest.approx([cuts[49], cuts[94], cuts[98]], rel=1e-6)

    def test_nothing_is_counted_twice_or_left_out(self, company: Company) -> None:
        make(company, project=None, model="other")
        Team.objects.filter(id=company.design.id).update(archived_at=timezone.now())
        found = {(row["day"], row["model"]): row["generations"] for row in rows_of(GENERATION_PERFORMANCE)}
        made = sorted((it.created_at.date(), it.model) for it in Generation.objects.all())
        assert found == {key: len(list(same)) for key, same in groupby(made)}


class TestReports:
    @pytest.mark.parametrize("view", [TEAM_PATTERNS, GENERATION_PERFORMANCE], ids=lambda view: view.name)
    def test_the_page_of_the_view_shows_its_rows_in_few_statements(
        self, company: Company, view: MaterializedView
    ) -> None:
        make(company, queued=timedelta(seconds=1), ran=timedelta(seconds=2), cost=Decimal("0.04"))
        refresh_view(view)
        client = client_of(new_operator())
        row = MaterializedViewRefresh.objects.get(name=view.name)
        address = reverse("admin:caching_materializedviewrefresh_change", args=[row.id])
        page = client.get(address)
        assert page.context["report"]["table"]["rows"]
        assert SECRET_PROMPT not in page.content.decode()
        assert SECRET_TITLE not in page.content.decode()
        assert "<script>alert(" not in page.content.decode()
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for number in range(20):
            Team.objects.create(name=f"More {number}", slug=f"more-{number}", parent=company.root)
            make(company, model=f"model-{number}")
        refresh_view(view)
        with CaptureQueriesContext(connection) as many:
            shown = client.get(address).context["report"]["table"]["rows"]
        assert len(shown) > 20
        assert len(few) == len(many)
