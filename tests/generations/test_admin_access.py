"""Who reaches what, in the admin: shown with names and times, taken back by services, and never with the content."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountStatus, User
from authorization.models import BreakGlassGrant
from authorization.roles import Permission
from generations import actions
from generations.models import Asset, Delegation, Generation, GenerationUserGrant, Share
from generations.policies import GENERATION_RESOURCE
from tests.support.company import HOSTILE_NAME, SECRET_PROMPT, SECRET_TITLE, Company, found_company
from tests.support.factories import user_factory
from tests.support.operators import client_of, new_operator
from tests.support.trail import trail
from velro.audit.models import Severity

pytestmark = pytest.mark.django_db

REASON = "Ticket 4711: the customer reports a picture that is not theirs."
MOST_STATEMENTS_OF_A_LIST = 8
MOST_STATEMENTS_OF_AN_ANSWER = 14
LISTS = [
    "generations_share",
    "generations_delegation",
    "generations_generationusergrant",
    "generations_generationgroupgrant",
    "authorization_breakglassgrant",
    "auth_group",
    "teams_project",
    "teams_invitation",
]


@pytest.fixture
def operator() -> User:
    return new_operator()


@pytest.fixture
def company(operator: User) -> Company:
    return found_company(operator)


@pytest.fixture
def admin(operator: User) -> Client:
    return client_of(operator)


def run_action(client: Client, model: str, action: str, *ids: object) -> None:
    address = reverse(f"admin:{model}_changelist")
    response = client.post(address, {"action": action, "_selected_action": [str(row) for row in ids]})
    assert response.status_code == 302, response.content


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


class TestLists:
    @pytest.mark.parametrize("model", LISTS)
    def test_a_list_has_its_budget_and_shows_no_content(self, admin: Client, company: Company, model: str) -> None:
        with CaptureQueriesContext(connection) as statements:
            page = admin.get(reverse(f"admin:{model}_changelist"))
        assert page.status_code == 200
        assert len(page.context["cl"].result_list) > 0
        assert len(statements) <= MOST_STATEMENTS_OF_A_LIST, [it["sql"][:150] for it in statements]
        assert SECRET_PROMPT not in page.content.decode()
        assert SECRET_TITLE not in page.content.decode()
        assert admin.get(reverse(f"admin:{model}_add")).status_code == 403

    @pytest.mark.parametrize("model", LISTS)
    def test_a_row_opens_and_cannot_be_typed_over(self, admin: Client, company: Company, model: str) -> None:
        row = admin.get(reverse(f"admin:{model}_changelist")).context["cl"].result_list[0]
        page = reverse(f"admin:{model}_change", args=[row.pk])
        assert admin.get(page).status_code == 200
        assert admin.post(page, {"role": "owner", "expires_at_0": "2099-01-01"}).status_code == 403

    @pytest.mark.parametrize(
        ("validity", "count"), [("upcoming", 1), ("active", 2), ("soon", 1), ("expired", 1), ("nonsense", 4)]
    )
    def test_delegations_are_filtered_by_where_they_stand(
        self, admin: Client, company: Company, validity: str, count: int
    ) -> None:
        listed = admin.get(reverse("admin:generations_delegation_changelist"), {"validity": validity})
        assert len(listed.context["cl"].result_list) == count

    def test_operators_take_back_shares_and_delegations_on_the_record(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        share, delegation = Share.objects.get(), Delegation.objects.first()
        assert delegation is not None
        run_action(admin, "generations_share", "revoke", share.id)
        run_action(admin, "generations_delegation", "revoke", delegation.id)
        assert not Share.objects.exists()
        assert not Delegation.objects.filter(id=delegation.id).exists()
        for name in ("generation.share_withdrawn", "generation.delegation_revoked"):
            event = trail().get(name=name)
            assert (event.actor_id, event.resource_id) == (operator.id, company.generation.id)


class TestGrants:
    def grant(self, client: Client, generation: Generation, **values: object) -> Any:
        page = f"{reverse('admin:generations_generation_changelist')}{generation.id}/grant/"
        return client.post(page, {"permissions": ["read"], **values})

    def test_an_operator_grants_and_revokes_on_the_record(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        outsider = user_factory()
        self.grant(admin, company.generation, user=outsider.id, permissions=["read", "write"])
        granted = GenerationUserGrant.objects.filter(user=outsider)
        assert granted.count() == 2
        run_action(admin, "generations_generationusergrant", "revoke", *(row.pk for row in granted))
        assert not granted.all().exists()
        events = trail().filter(name__startswith="object_grant.", actor_id=operator.id)
        assert sorted(event.name for event in events) == [*["object_grant.given"] * 2, *["object_grant.revoked"] * 2]

    def test_nobody_grants_anything_to_themself_or_to_a_group_of_theirs(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        group = Group.objects.create(name="Operators")
        operator.groups.add(group)
        for holder in ({"user": operator.id}, {"group": group.pk}):
            assert "Refused" in told(self.grant(admin, company.generation, **holder))
        assert not GENERATION_RESOURCE.visible_to(operator.id, actions.READ).exists()

    def test_either_a_person_or_a_group_is_chosen(self, admin: Client, company: Company) -> None:
        assert b"Choose either a person or a group." in self.grant(admin, company.generation).content

    @pytest.mark.parametrize("path", ["guardian/userobjectpermission/", "guardian/groupobjectpermission/"])
    def test_the_pages_of_guardian_are_not_there(self, admin: Client, company: Company, path: str) -> None:
        assert admin.get(f"/admin/{path}").status_code == 404
        page = f"/admin/generations/generation/{company.generation.id}/permissions/"
        assert admin.get(page, follow=True).status_code == 404


class TestBreakGlass:
    def page(self, generation: Generation) -> str:
        return reverse("admin:generations_generation_change", args=[generation.id])

    def open(self, client: Client, generation: Generation, **values: object) -> Any:
        address = f"{reverse('admin:generations_generation_changelist')}{generation.id}/break-glass/"
        return client.post(address, {"_form_submitted": "True", "reason": REASON, "permissions": ["read"], **values})

    def test_content_is_shown_while_the_glass_is_broken_and_only_then(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        Asset.objects.create(
            generation=company.generation, index=0, kind="image", content_type="image/png", bytes=1, sha256="ab" * 32
        )
        before = admin.get(self.page(company.generation)).content.decode()
        assert self.open(admin, company.generation).headers["HX-Redirect"] == self.page(company.generation)
        opened = admin.get(self.page(company.generation)).content.decode()
        admin.post(reverse("admin:generations_generation_close_glass", args=[company.generation.id]))
        after = admin.get(self.page(company.generation)).content.decode()
        for content in (SECRET_PROMPT, SECRET_TITLE, "/api/v1/media/"):
            assert content in opened
            assert content not in before + after
        assert REASON in opened
        assert BreakGlassGrant.objects.latest("opened_at").closed_at is not None
        looks = trail().filter(name="authorization.decision", actor_id=operator.id)
        assert [look.reason for look in looks] == ["granted_by_break_glass"]
        assert trail().get(name="break_glass.opened").severity == Severity.CRITICAL

    @pytest.mark.parametrize("values", [{"reason": "too short"}, {"permissions": ["share"]}, {"permissions": []}])
    def test_a_poor_reason_or_too_much_is_refused(
        self, admin: Client, company: Company, values: dict[str, object]
    ) -> None:
        before = BreakGlassGrant.objects.count()
        response = self.open(admin, company.generation, **values)
        assert b'id="dialog"' in response.content
        assert BreakGlassGrant.objects.count() == before

    def test_it_opens_nothing_to_another_operator_and_no_other_generation(
        self, admin: Client, company: Company
    ) -> None:
        self.open(admin, company.generation)
        other = Generation.objects.exclude(id=company.generation.id).latest("created_at")
        pages = (
            client_of(new_operator()).get(self.page(company.generation)).content + admin.get(self.page(other)).content
        )
        assert SECRET_PROMPT not in pages.decode()

    def test_what_may_not_be_read_is_not_shown(self, admin: Client, company: Company) -> None:
        self.open(admin, company.generation, permissions=["delete"])
        page = admin.get(self.page(company.generation)).content.decode()
        assert REASON in page
        assert SECRET_PROMPT not in page

    def test_an_expired_grant_shows_nothing(self, admin: Client, company: Company) -> None:
        self.open(admin, company.generation)
        past = timezone.now() - timedelta(minutes=20)
        BreakGlassGrant.objects.update(opened_at=past, expires_at=past + timedelta(minutes=15))
        assert SECRET_PROMPT not in admin.get(self.page(company.generation)).content.decode()

    def test_content_is_escaped(self, admin: Client, company: Company) -> None:
        Generation.objects.filter(id=company.generation.id).update(
            title=HOSTILE_NAME, input={HOSTILE_NAME: HOSTILE_NAME}
        )
        self.open(admin, company.generation, reason=f"{HOSTILE_NAME} is what I have to look at")
        assert "<script>alert(" not in admin.get(self.page(company.generation)).content.decode()

    def test_any_operator_closes_what_is_open(self, admin: Client, company: Company) -> None:
        self.open(admin, company.generation)
        grant = BreakGlassGrant.objects.latest("opened_at")
        run_action(client_of(new_operator()), "authorization_breakglassgrant", "close", grant.id)
        grant.refresh_from_db()
        assert grant.closed_at is not None

    def test_closing_takes_a_form(self, admin: Client, company: Company) -> None:
        address = reverse("admin:generations_generation_close_glass", args=[company.generation.id])
        assert admin.get(address).status_code == 405


class TestTheExplorer:
    def ask(self, client: Client, person: User, action: str, resource: UUID) -> Any:
        query = {"person": str(person.id), "action": action, "resource": str(resource)}
        return client.get(reverse("admin:access_explorer"), query)

    def test_it_shows_every_way_with_names_and_times_and_no_content(
        self, admin: Client, operator: User, company: Company
    ) -> None:
        noor = company.people[13]
        page = self.ask(admin, noor, "generation:read", company.generation.id)
        finding, text = page.context["finding"], page.content.decode()
        assert finding.decision.is_allowed
        assert {way.method for way in finding.ways} == {"Team share", "Object grant", "Delegation"}
        assert "shared with Film and motion" in text
        assert "in the place of farid@northwind.test" in text
        assert noor in finding.holders
        assert SECRET_PROMPT not in text
        assert SECRET_TITLE not in text
        event = trail().get(name="authorization.explained")
        assert (event.actor_id, event.resource_id) == (operator.id, company.generation.id)
        assert event.details["about_user"] == str(noor.id)

    @pytest.mark.parametrize("action", ["generation:read", "generation:write", "generation:share", "generation:delete"])
    def test_it_answers_as_the_engine_decides(self, admin: Client, company: Company, action: str) -> None:
        asked = actions.BY_PERMISSION[Permission(action.removeprefix("generation:"))]
        allowed = set(GENERATION_RESOURCE.holders_of(asked, company.generation.id))
        for person in (*company.people, user_factory(), user_factory(status=AccountStatus.SUSPENDED)):
            finding = self.ask(admin, person, action, company.generation.id).context["finding"]
            assert finding.decision.is_allowed == (person in allowed)
            assert bool(finding.failed_rules) == (person not in allowed)

    def test_it_says_what_would_change_a_denial(self, admin: Client, company: Company) -> None:
        outsider = user_factory()
        text = self.ask(admin, outsider, "generation:write", company.generation.id).content.decode()
        assert "They have no role in the team Brand." in text
        assert "Give them the role of member or higher in the team Brand." in text

    @pytest.mark.parametrize(("action", "is_allowed"), [("team:invite", True), ("team:move", False)])
    def test_it_answers_about_teams(self, admin: Client, company: Company, action: str, is_allowed: bool) -> None:  # noqa: FBT001 - a parameter of the test
        finding = self.ask(admin, company.people[1], action, company.brand.id).context["finding"]
        assert finding.decision.is_allowed == is_allowed
        assert bool(finding.failed_rules) != is_allowed

    def test_it_answers_about_projects(self, admin: Client, company: Company) -> None:
        finding = self.ask(admin, company.people[1], "project:manage", company.campaign.id).context["finding"]
        assert finding.decision.is_allowed

    def test_an_answer_has_its_budget(self, admin: Client, company: Company) -> None:
        with CaptureQueriesContext(connection) as statements:
            self.ask(admin, company.people[13], "generation:share", company.generation.id)
        assert len(statements) <= MOST_STATEMENTS_OF_AN_ANSWER, [it["sql"][:150] for it in statements]

    def test_unknown_and_unreadable_ids_are_told_apart(self, admin: Client, company: Company) -> None:
        assert b"No generation has this id" in self.ask(admin, company.people[0], "generation:read", uuid4()).content
        query = {"person": str(company.people[0].id), "action": "generation:read", "resource": "42"}
        assert b"This is no id" in admin.get(reverse("admin:access_explorer"), query).content

    def test_it_is_for_operators(self, company: Company) -> None:
        for person in (company.people[0], user_factory(is_staff=True)):
            assert client_of(person).get(reverse("admin:access_explorer")).status_code == 302
