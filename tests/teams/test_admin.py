"""Teams in the admin: the same services and rules as in the API, in few statements, with everything escaped."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from authorization.facts import Principal
from authorization.roles import Role
from teams.invitation_tokens import token_of
from teams.models import Invitation, Membership, Team
from teams.services.acceptance import accept_invitation
from tests.support.company import HOSTILE_NAME, SECRET_PROMPT, SECRET_TITLE, Company, found_company
from tests.support.factories import hashed_password, user_factory
from tests.support.operators import client_of, new_operator
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

# With those for the session and the operator.
MOST_STATEMENTS = {
    "overview": 10,
    "members": 8,
    "roles": 6,
    "invitations": 7,
    "projects": 8,
    "shares": 7,
    "events": 7,
}
MOST_STATEMENTS_OF_A_TEAM = 12
MANY, BATCH = 10_000, 1_000


@pytest.fixture
def operator() -> User:
    return new_operator()


@pytest.fixture
def company(operator: User) -> Company:
    return found_company(operator)


@pytest.fixture
def admin(operator: User) -> Client:
    return client_of(operator)


def page_of(team: Team, tab: str = "overview") -> str:
    return f"{reverse('admin:teams_team_change', args=[team.id])}?tab={tab}"


def crowd(team: Team) -> None:
    """Many members, a thousand at a time, so that no statement has the checks of all to do."""
    for start in range(0, MANY, BATCH):
        people = User.objects.bulk_create(
            User(email=f"{number}@crowd.test", display_name=f"Person {number}", password=hashed_password())
            for number in range(start, start + BATCH)
        )
        Membership.objects.bulk_create(Membership(team=team, user=person, role=Role.MEMBER) for person in people)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def act(client: Client, team: Team, path: str, **values: Any) -> str:
    """Submit a dialog; returns what the operator is told."""
    address = f"{reverse('admin:teams_team_changelist')}{team.id}/{path}/"
    response = client.post(address, {"_form_submitted": "True"} | values)
    assert response.status_code in {200, 302}, response.content
    assert response.headers.get("HX-Redirect") or response.status_code == 302, response.content
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


class TestTheList:
    def test_it_shows_each_team_below_its_parent(self, admin: Client, company: Company) -> None:
        page = admin.get(reverse("admin:teams_team_changelist")).content.decode()
        paths = ["Northwind Studio / Design", "Northwind Studio / Design / Brand", "Northwind Studio / Film and motion"]
        places = [page.index(path) for path in paths]
        assert places == sorted(places)

    @pytest.mark.parametrize(
        ("words", "found"),
        [("brand", {"Brand"}), ("northwind", None), ("ada@northwind", {"Northwind Studio"}), ("ben@northwind", set())],
    )
    def test_it_is_searched_by_name_root_and_owner(
        self, admin: Client, company: Company, words: str, found: set[str] | None
    ) -> None:
        listed = admin.get(reverse("admin:teams_team_changelist"), {"q": words}).context["cl"].result_list
        expected = set(Team.objects.values_list("name", flat=True)) if found is None else found
        assert {team.name for team in listed} == expected

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"level": "roots"}, {"Northwind Studio"}),
            ({"state": "archived"}, {"Interns 2025"}),
            ({"level": "below", "state": "open"}, {"Design", "Brand", "Film and motion", HOSTILE_NAME}),
        ],
    )
    def test_it_is_filtered(self, admin: Client, company: Company, query: dict[str, str], found: set[str]) -> None:
        listed = admin.get(reverse("admin:teams_team_changelist"), query).context["cl"].result_list
        assert {team.name for team in listed} == found

    def test_its_statements_do_not_grow_with_the_teams(self, admin: Client, company: Company) -> None:
        address = reverse("admin:teams_team_changelist")
        with CaptureQueriesContext(connection) as few:
            admin.get(address)
        Team.objects.bulk_create(
            Team(name=f"Team {number}", slug=f"team-{number}", parent=company.root) for number in range(40)
        )
        with CaptureQueriesContext(connection) as many:
            admin.get(address)
        assert len(many) == len(few) <= 6


class TestTheTeamPage:
    def test_every_tab_has_its_budget_with_ten_thousand_members(self, admin: Client, company: Company) -> None:
        crowd(company.brand)
        needed, sizes = {}, {}
        for tab in MOST_STATEMENTS:
            with CaptureQueriesContext(connection) as statements:
                page = admin.get(page_of(company.brand, tab))
            needed[tab], sizes[tab] = len(statements), len(page.content)
        assert {tab: number for tab, number in needed.items() if number > MOST_STATEMENTS[tab]} == {}
        assert max(MOST_STATEMENTS.values()) <= MOST_STATEMENTS_OF_A_TEAM
        assert max(sizes.values()) < 200_000

    def test_members_are_shown_once_with_their_highest_role_and_where_it_comes_from(
        self, admin: Client, company: Company
    ) -> None:
        Membership.objects.create(team=company.brand, user=company.people[1], role=Role.VIEWER)
        rows = admin.get(page_of(company.brand, "members")).context["content"]["table"]["rows"]
        shown = {email: row for row in rows for email in [str(row[0])] if "ben@northwind.test" in email}
        ((_, role, origin, _, links),) = shown.values()
        assert "admin" in role
        assert "Inherited" in origin
        assert "Design" in origin
        assert "Change role" not in links
        assert str(company.design.id) in links

    def test_members_are_paged_and_found(self, admin: Client, company: Company) -> None:
        for _ in range(30):
            Membership.objects.create(team=company.brand, user=user_factory(), role=Role.VIEWER)
        first = admin.get(page_of(company.brand, "members")).context["content"]
        second = admin.get(page_of(company.brand, "members") + "&page=2").context["content"]
        assert (len(first["table"]["rows"]), len(second["table"]["rows"])) == (25, 17)
        found = admin.get(page_of(company.brand, "members") + "&q=farid").context["content"]["table"]["rows"]
        assert len(found) == 1

    @pytest.mark.parametrize("tab", MOST_STATEMENTS)
    def test_names_are_escaped_and_content_stays_hidden(self, admin: Client, company: Company, tab: str) -> None:
        Team.objects.filter(id=company.brand.id).update(name=HOSTILE_NAME)
        User.objects.update(display_name="<img src=x onerror=alert(1)>")
        page = admin.get(page_of(company.brand, tab)).content.decode()
        assert "alert(&#x27;team&#x27;)" in page
        for leaked in ("<script>alert(", "<img src=x", SECRET_PROMPT, SECRET_TITLE):
            assert leaked not in page

    def test_an_unknown_team_is_not_found_and_an_unknown_tab_is_the_first(
        self, admin: Client, company: Company
    ) -> None:
        assert admin.get(reverse("admin:teams_team_change", args=[uuid4()])).status_code == 404
        assert admin.get(page_of(company.brand, "nothing")).context["tab"].name == "overview"


class TestChanges:
    def test_an_operator_changes_a_role_and_is_named_in_the_trail(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        person = company.people[5]
        assert "changed" in act(admin, company.brand, f"members/{person.id}/role", role="viewer")
        assert Membership.objects.get(team=company.brand, user=person).role is Role.VIEWER
        event = trail().filter(name="membership.role_changed").latest("at")
        assert (event.actor_id, event.resource_id) == (operator.id, company.brand.id)

    def test_the_last_owner_stays_and_the_operator_learns_why(self, admin: Client, company: Company) -> None:
        owner = company.people[0]
        told = act(admin, company.root, f"members/{owner.id}/remove")
        assert told == "Refused: A root team needs an active owner of its own"
        assert Membership.objects.filter(team=company.root, user=owner, role=Role.OWNER).exists()

    def test_nobody_gives_a_role_to_themselves(self, admin: Client, operator: User, company: Company) -> None:
        Membership.objects.create(team=company.brand, user=operator, role=Role.VIEWER)
        assert "Refused" in act(admin, company.brand, f"members/{operator.id}/role", role="owner")
        assert Membership.objects.get(team=company.brand, user=operator).role is Role.VIEWER

    def test_an_inherited_role_is_not_removed_below(self, admin: Client, company: Company) -> None:
        assert "Refused" in act(admin, company.brand, f"members/{company.people[1].id}/remove")
        assert Membership.objects.filter(team=company.design, user=company.people[1]).exists()

    def test_a_member_is_removed(self, admin: Client, company: Company) -> None:
        act(admin, company.brand, f"members/{company.people[5].id}/remove")
        assert not Membership.objects.filter(team=company.brand, user=company.people[5]).exists()

    def test_teams_are_archived_and_restored(self, admin: Client, company: Company) -> None:
        act(admin, company.design, "archive")
        company.brand.refresh_from_db()
        assert company.brand.is_closed
        assert "Restore" in admin.get(page_of(company.design)).content.decode()
        act(admin, company.design, "restore")
        company.brand.refresh_from_db()
        assert not company.brand.is_closed

    def test_teams_are_moved_but_never_below_themselves(self, admin: Client, company: Company) -> None:
        assert "moved" in act(admin, company.brand, "move", parent=company.root.id)
        company.brand.refresh_from_db()
        assert company.brand.parent_id == company.root.id
        assert "Refused" in act(admin, company.root, "move", parent=company.brand.id)
        assert admin.get(f"{reverse('admin:teams_team_changelist')}{company.brand.id}/move/").status_code == 200

    def test_people_are_invited_and_invitations_withdrawn(self, admin: Client, company: Company) -> None:
        act(admin, company.brand, "invite", email="new@elsewhere.test", role="member")
        invitation = Invitation.objects.get(email="new@elsewhere.test")
        assert "withdrawn" in act(admin, company.brand, f"invitations/{invitation.id}/withdraw")
        invitation.refresh_from_db()
        assert invitation.withdrawn_at is not None
        assert "Refused" in act(admin, company.brand, f"invitations/{invitation.id}/withdraw")

    def test_a_second_address_of_an_operator_does_not_get_in_unnoticed(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        second = user_factory(email="second@elsewhere.test")
        act(admin, company.brand, "invite", email=second.email, role="owner")
        token = token_of(Invitation.objects.get(email=second.email).id)
        accept_invitation(token, principal=Principal(second.id, uuid4()))

        sent, accepted = trail().filter(name__in=("invitation.sent", "invitation.accepted")).order_by("at")
        assert (sent.severity, sent.actor_id) == ("warning", operator.id)
        assert (accepted.severity, accepted.actor_id) == ("warning", second.id)
        assert accepted.details["invited_by"] == str(operator.id)

    def test_open_invitations_are_withdrawn_from_the_list(self, admin: Client, company: Company) -> None:
        chosen = [str(it.id) for it in Invitation.objects.all()]
        address = reverse("admin:teams_invitation_changelist")
        admin.post(address, {"action": "withdraw", "_selected_action": chosen})
        assert not Invitation.objects.filter(accepted_at=None, withdrawn_at=None, email="olga@elsewhere.test").exists()

    def test_a_dialog_changes_nothing_before_it_is_submitted(self, admin: Client, company: Company) -> None:
        person = company.people[5]
        for path in (f"members/{person.id}/remove", f"members/{person.id}/role", "archive", "invite"):
            response = admin.get(f"{reverse('admin:teams_team_changelist')}{company.brand.id}/{path}/")
            assert b'id="dialog"' in response.content
        assert Membership.objects.filter(team=company.brand, user=person, role=Role.MEMBER).exists()
        company.brand.refresh_from_db()
        assert company.brand.archived_at is None

    @pytest.mark.parametrize("path", ["members/{person}/role", "members/{person}/remove", "archive", "move", "invite"])
    def test_nothing_changes_without_the_token_of_the_form(self, operator: User, company: Company, path: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(operator)
        address = path.format(person=company.people[5].id)
        response = client.post(
            f"{reverse('admin:teams_team_changelist')}{company.brand.id}/{address}/",
            {"_form_submitted": "True", "role": "viewer", "email": "new@elsewhere.test"},
        )
        assert response.status_code == 403

    @pytest.mark.parametrize("path", ["", "change/", "members/{person}/role/", "archive/", "move/", "invite/"])
    def test_staff_who_are_no_superusers_and_others_stay_outside(self, company: Company, path: str) -> None:
        tail = path.format(person=company.people[5].id)
        address = f"{reverse('admin:teams_team_changelist')}{f'{company.brand.id}/' if path else ''}{tail}"
        for person in (company.people[0], user_factory(is_staff=True)):
            assert client_of(person).get(address).status_code == 302


@pytest.mark.parametrize("model", ["team", "project", "invitation"])
def test_rows_are_neither_added_typed_over_nor_deleted(admin: Client, company: Company, model: str) -> None:
    row = {"team": company.brand, "project": company.campaign, "invitation": Invitation.objects.latest("created_at")}
    page = reverse(f"admin:teams_{model}_change", args=[row[model].pk])
    shown = admin.get(page).content.decode()
    assert getattr(row[model], "token_digest", "no digest") not in shown
    assert admin.get(reverse(f"admin:teams_{model}_add")).status_code == 403
    assert admin.post(page, {"name": "Other", "role": "owner"}).status_code == 403
    assert admin.post(reverse(f"admin:teams_{model}_delete", args=[row[model].pk]), {"post": "yes"}).status_code == 403
