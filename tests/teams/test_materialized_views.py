"""mv_user_authorization_context says what rule 1 says, and the list of teams shows how many reach each."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models.user import AccountStatus
from authorization.roles import Role
from teams.materialized_views import AUTHORIZATION_CONTEXT, people_by_team
from teams.models import Membership, Team, TeamAncestor
from tests.support.company import Company, found_company
from tests.support.operators import client_of, new_operator
from velro.caching.refresh import RefreshOutcome, refresh_view

pytestmark = pytest.mark.django_db

Row = tuple[UUID, UUID, int, str, UUID, int]


@pytest.fixture
def company() -> Company:
    """With somebody who holds two equal roles, one above the other, and somebody who is suspended."""
    company = found_company(new_operator())
    ada, ben, *_, last = company.people
    Membership.objects.create(team=company.brand, user=ben, role=Role.ADMIN)
    Membership.objects.create(team=company.brand, user=ada, role=Role.VIEWER)
    last.status = AccountStatus.SUSPENDED
    last.save()
    return company


def stored() -> set[Row]:
    assert refresh_view(AUTHORIZATION_CONTEXT) is RefreshOutcome.REFRESHED
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id, team_id, role_rank, role, source_team_id, depth FROM mv_user_authorization_context"
        )
        return set(cursor.fetchall())


def expected() -> set[Row]:
    """Rule 1 in Python, from the rows themselves."""
    above: dict[UUID, list[tuple[int, UUID]]] = {}
    for link in TeamAncestor.objects.filter(descendant__is_closed=False):
        above.setdefault(link.descendant_id, []).append((link.distance, link.ancestor_id))
    held = {(it.user_id, it.team_id): Role(it.role) for it in Membership.objects.filter(user__status="active")}
    rows = set()
    for user_id in {user_id for user_id, _ in held}:
        for team_id, steps in above.items():
            ways = [(-held[user_id, at].rank, distance, at) for distance, at in steps if (user_id, at) in held]
            if ways:
                rank, distance, source = min(ways)
                rows.add((user_id, team_id, -rank, str(Role.of_rank(-rank)), source, distance))
    return rows


def test_its_rows_are_those_of_rule_1(company: Company) -> None:
    rows = stored()
    assert rows == expected()
    by_pair = {row[:2]: row[2:] for row in rows}
    ada, ben = company.people[:2]
    assert by_pair[ada.id, company.brand.id] == (4, "owner", company.root.id, 2)
    assert by_pair[ben.id, company.brand.id] == (3, "admin", company.brand.id, 0)
    archived = Team.objects.get(name="Interns 2025")
    assert archived.id not in {team_id for _, team_id in by_pair}
    assert company.people[-1].id not in {user_id for user_id, _ in by_pair}


def test_a_refresh_follows_what_changed(company: Company) -> None:
    before = stored()
    Team.objects.filter(id=company.brand.id).update(archived_at=timezone.now())
    Membership.objects.filter(user=company.people[2]).delete()
    after = stored()
    assert after == expected()
    assert after < before


class TestTheListOfTeams:
    ADDRESS = reverse("admin:teams_team_changelist")

    def test_it_says_how_many_reach_each_team_and_when_that_was(self, company: Company) -> None:
        refresh_view(AUTHORIZATION_CONTEXT)
        page = client_of(new_operator()).get(self.ADDRESS)
        found = {team.pk: team.people for team in page.context["cl"].result_list}
        reached = expected()
        assert found == {team.pk: sum(row[1] == team.pk for row in reached) for team in Team.objects.all()}
        assert found[company.brand.id] == 12
        assert "were counted" in page.content.decode()
        assert people_by_team([company.brand.id]) == {company.brand.id: 12}

    def test_it_stands_without_the_view_having_been_filled(self, company: Company) -> None:
        page = client_of(new_operator()).get(self.ADDRESS)
        assert {team.people for team in page.context["cl"].result_list} == {None}
        assert "have not been counted yet" in page.content.decode()
        assert company.brand.name in page.content.decode()

    def test_its_statements_do_not_grow_with_the_teams(self, company: Company) -> None:
        refresh_view(AUTHORIZATION_CONTEXT)
        client = client_of(new_operator())

        def statements() -> list[Any]:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(self.ADDRESS).status_code == 200
            return [it["sql"] for it in captured]

        few = statements()
        for number in range(20):
            Team.objects.create(name=f"More {number}", slug=f"more-{number}", parent=company.root)
        assert len(statements()) == len(few)
