"""Tenants, people and operators beside each other: what is alike in name is not alike in right, and nobody peeks."""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core import signing
from django.test import Client
from django.urls import NoReverseMatch, reverse
from rest_framework.test import APIClient

from accounts.models import User
from authorization.models import BREAK_GLASS_LASTS, BreakGlassGrant
from authorization.roles import Permission, Role
from generations.media import links
from generations.models import Asset, Generation
from teams.models import Project, Team
from tests.contract.routes import ROUTES
from tests.generations.conftest import Person, signed_in
from tests.generations.places import held, join
from tests.generations.test_read_and_delete import make
from tests.security.rows import rows
from tests.support.api_keys import key_client_for
from tests.support.company import SECRET_PROMPT, SECRET_TITLE, Company, found_company
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"
SECRETS = (SECRET_TITLE, SECRET_PROMPT, "secret-tag", "secret-key-of-a-file")


class Tenant:
    """A company called as the other one is, down to slugs, roles, projects, titles and tags."""

    def __init__(self) -> None:
        self.owner, self.member = signed_in(user_factory(display_name="Ada")), signed_in(user_factory())
        self.team = Team.objects.create(name="Studio", slug="studio")
        join(self.team, self.owner.user, Role.OWNER)
        join(self.team, self.member.user, Role.MEMBER)
        self.project = Project.objects.create(team=self.team, name="Launch")
        self.made = [
            make(self.member, project=self.project, title="Fox", tags=["winter"], input={"prompt": "a heron"})
            for _ in range(3)
        ]

    @property
    def ids(self) -> set[str]:
        return {str(generation.id) for generation in self.made}


@pytest.fixture
def tenants(db: None) -> tuple[Tenant, Tenant]:  # noqa: ARG001 - asked for its effect
    return Tenant(), Tenant()


@pytest.fixture
def operator(db: None) -> User:  # noqa: ARG001 - as above
    return user_factory(is_staff=True, is_superuser=True)


@pytest.fixture
def company(operator: User) -> Company:
    company = found_company(operator)
    Generation.objects.update(tags=["secret-tag"])
    Asset.objects.create(
        generation=company.generation, index=0, kind="image", content_type="image/png", bytes=1, sha256="ab" * 32,
        storage_key="secret-key-of-a-file", thumbnail_key="secret-key-of-a-file",
    )  # fmt: skip
    return company


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {entry["id"] for entry in answer.json()["results"]}


class TestTenants:
    def test_the_same_names_and_roles_open_nothing_next_door(self, tenants: tuple[Tenant, Tenant]) -> None:
        here, there = tenants
        for person in (here.owner, here.member):
            assert ids(person.client.get(LIST)) == here.ids
            assert ids(person.client.get("/api/v1/teams")) == {str(here.team.id)}
            assert [held(person.user, generation) for generation in there.made] == [set()] * 3
            assert person.client.get(f"/api/v1/teams/{there.team.id}").status_code == 404

    @pytest.mark.parametrize("name", ["owner", "project", "team", "tag", "q"])
    def test_a_filter_that_names_the_other_finds_nothing_of_theirs(
        self, tenants: tuple[Tenant, Tenant], name: str
    ) -> None:
        here, there = tenants
        values = {
            "owner": there.member.user.id,
            "project": there.project.id,
            "team": there.team.id,
            "tag": "winter",
            "q": "heron",
        }

        found = ids(here.owner.client.get(LIST, {name: str(values[name])}))

        assert found == (here.ids if name in {"tag", "q"} else set())

    def test_no_route_writes_across(self, tenants: tuple[Tenant, Tenant]) -> None:
        here, there = tenants
        client, before, generation = here.owner.client, rows(), there.made[0].id
        until = (database_now() + BREAK_GLASS_LASTS).isoformat().replace("+00:00", "Z")
        lent = {"user": str(here.member.user.id), "permissions": ["read"], "expires_at": until}
        answers = [
            client.post(f"/api/v1/teams/{there.team.id}/move", {"parent": str(here.team.id)}, format="json"),
            client.post(f"/api/v1/teams/{here.team.id}/move", {"parent": str(there.team.id)}, format="json"),
            client.post("/api/v1/teams", {"name": "Below", "parent": str(there.team.id)}, format="json"),
            client.post(
                f"/api/v1/teams/{there.team.id}/invite", {"email": "a@b.test", "role": "viewer"}, format="json"
            ),
            client.put(f"{LIST}/{generation}/share", {"team": str(here.team.id), "role": "viewer"}, format="json"),
            client.put(
                f"{LIST}/{here.made[0].id}/share", {"team": str(there.team.id), "role": "viewer"}, format="json"
            ),
            client.post(f"{LIST}/{generation}/delegations", lent, format="json"),
            client.delete(f"{LIST}/{generation}"),
        ]

        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert rows() == before
        denied = trail().filter(actor_id=here.owner.user.id, name="authorization.decision", outcome="denied")
        assert {event.reason for event in denied} == {"no_rule_applies"}

    def test_a_key_of_idempotency_answers_its_own_person_only(self, tenants: tuple[Tenant, Tenant]) -> None:
        here, there = tenants
        first, second = (
            it.owner.client.post("/api/v1/teams", {"name": "Same"}, format="json", headers={"Idempotency-Key": "k"})
            for it in (here, there)
        )

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["id"] != second.json()["id"]
        assert "Idempotency-Replayed" not in second


class TestCursors:
    def test_a_place_in_the_list_of_another_shows_ones_own_alone(self, tenants: tuple[Tenant, Tenant]) -> None:
        """A cursor is a time, not a right: whoever brings it sees what is theirs from there on."""
        here, there = tenants
        for path, seen in ((LIST, there.ids), ("/api/v1/teams", {str(there.team.id)})):
            more = here.owner.client.get(path, {"limit": 1}).json()["next"]
            while more:
                page = there.owner.client.get(more)
                assert ids(page) <= seen
                more = here.owner.client.get(more).json()["next"]

    def test_a_cursor_of_one_list_opens_nothing_in_another(self, tenants: tuple[Tenant, Tenant]) -> None:
        here, there = tenants
        cursor = re.search(r"cursor=([^&]+)", here.owner.client.get(LIST, {"limit": 1}).json()["next"])
        assert cursor
        for path in (
            f"/api/v1/teams/{here.team.id}/members",
            "/api/v1/users/sessions",
            f"{LIST}/{here.made[0].id}/share",
        ):
            stranger = there.owner.client.get(f"{path}?cursor={cursor[1]}")
            assert stranger.status_code == (200 if path.endswith("sessions") else 404)
            assert stranger.json().get("results", []) == []

    @pytest.mark.parametrize(
        "text",
        [
            "p=2026", "p=' OR 1=1 --", "o=99999999", "r=1&p=2026-01-01T00:00:00Z", "p=2026-01-01T00:00:00",
            "p=9999-12-31T23:59:59-14:00", "p=0001-01-01T00:00:00+14:00", "p=infinity", "p=\0",
        ],
    )  # fmt: skip
    def test_a_made_up_cursor_is_refused_or_shows_ones_own(self, tenants: tuple[Tenant, Tenant], text: str) -> None:
        here, _ = tenants
        answer = here.owner.client.get(LIST, {"cursor": b64encode(text.encode()).decode()})

        assert answer.status_code in {200, 400}
        assert {it["id"] for it in answer.json().get("results", [])} <= here.ids

    def test_a_search_of_authzen_shows_a_key_of_others_nothing(self, tenants: tuple[Tenant, Tenant]) -> None:
        here, there = tenants
        body = {
            "subject": {"type": "user", "id": str(here.member.user.id)},
            "action": {"name": "read"},
            "resource": {"type": "generation"},
        }
        found = [
            {
                it["id"]
                for it in key_client_for(user).post("/access/v1/search/resource", body, format="json").json()["results"]
            }
            for user in (here.member.user, here.owner.user, there.owner.user, there.member.user)
        ]

        assert found == [here.ids, here.ids, set(), set()]


class TestOperators:
    """A superuser has no content by being one."""

    def test_no_list_address_or_answer_shows_a_superuser_what_is_not_theirs(
        self, operator: User, company: Company
    ) -> None:
        person, generation = signed_in(operator), company.generation
        assert ids(person.client.get(LIST)) == ids(person.client.get("/api/v1/teams")) == set()
        denial = person.client.post(f"{LIST}/{generation.id}/authorize", {}, format="json").json()
        assert (denial["access_granted"], denial["permissions"]) == (False, [])
        for path in (f"{LIST}/{generation.id}", f"{LIST}/{generation.id}/share", f"{LIST}/{generation.id}/delegations"):
            assert person.client.get(path).status_code == 404
        for team in (company.root, company.brand):
            for path in ("", "/members", "/invitations", "/permissions"):
                assert person.client.get(f"/api/v1/teams/{team.id}{path}").status_code == 404
        assert person.client.delete(f"{LIST}/{generation.id}").status_code == 404
        reasons = trail().filter(actor_id=operator.id, outcome="denied").values_list("reason", flat=True)
        assert set(reasons) == {"no_rule_applies"}

    def test_no_page_of_the_admin_shows_content(self, operator: User, company: Company) -> None:
        """Every list, every page of every row, and a search for the very words."""
        client = Client()
        client.force_login(operator)
        shown = {
            path: [secret for secret in SECRETS if secret in client.get(path).content.decode()]
            for path in pages_of_the_admin(company)
        }

        assert len(shown) > 40
        assert {path: secrets for path, secrets in shown.items() if secrets} == {}

    def test_broken_glass_shows_what_it_was_broken_for_while_it_is(self, operator: User, company: Company) -> None:
        now, person = database_now(), signed_in(operator)
        other = Generation.objects.exclude(id=company.generation.id).first()
        glass = BreakGlassGrant.objects.create(
            user=operator,
            resource_type="generation",
            resource_id=company.generation.id,
            permissions=frozenset({Permission.READ}),
            reason="A reason that somebody can read later.",
            opened_at=now,
            expires_at=now + BREAK_GLASS_LASTS,
        )
        assert other is not None
        assert person.read(company.generation.id).json()["title"] == SECRET_TITLE
        assert ids(person.client.get(LIST)) == {str(company.generation.id)}
        assert person.read(other.id).status_code == 404
        assert person.client.delete(f"{LIST}/{company.generation.id}").status_code == 403
        looked = trail().filter(actor_id=operator.id, reason="granted_by_break_glass")
        assert {event.resource_id for event in looked} == {company.generation.id}

        BreakGlassGrant.objects.filter(id=glass.id).update(expires_at=database_now())
        assert person.read(company.generation.id).status_code == 404

    def test_nobody_speaks_as_somebody_else(self) -> None:
        """There is no route by which one person becomes another, so none has to be audited."""
        words = re.compile(r"impersonat|hijack|login-as|sudo|become|assume", re.IGNORECASE)

        assert [str(route) for route in ROUTES if words.search(str(route))] == []


def pages_of_the_admin(company: Company) -> Iterator[str]:
    """Lists, pages of rows with their tabs, and searches."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        try:
            listing = reverse(f"admin:{name}_changelist")
        except NoReverseMatch:
            continue
        yield listing
        yield f"{listing}?q=lighthouse"
        for row in model._default_manager.all()[:1]:
            yield reverse(f"admin:{name}_change", args=[row.pk])
    for tab in ("overview", "members", "projects", "invitations", "shares", "roles", "events"):
        yield f"{reverse('admin:teams_team_change', args=[company.brand.id])}?tab={tab}"


class TestMedia:
    @pytest.fixture
    def asset(self, company: Company) -> Asset:
        return company.generation.assets.get()

    def test_only_a_link_that_we_signed_for_this_very_file_opens_it(self, asset: Asset) -> None:
        token = links.media_link(asset.id).rpartition("/")[2]
        payload, time, signature = token.split(":")
        other = signing.dumps([str(asset.id), "original"], salt="another.purpose")
        forged = [
            other,
            f"{payload}:{time}:{signature[:-1]}",
            f"{payload}:{time}",
            str(asset.id),
            f"{payload}x:{time}:{signature}",
        ]

        answers = [APIClient().get(f"{links.PREFIX}{it}") for it in forged]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * len(forged)

    def test_a_link_is_made_for_whoever_may_read_and_for_nobody_else(self, company: Company) -> None:
        insider, stranger = (Person(it, signed_in(it).client) for it in (company.people[5], user_factory()))

        assert links.PREFIX in insider.read(company.generation.id).content.decode()
        assert links.PREFIX not in stranger.read(company.generation.id).content.decode()

    def test_no_link_lives_longer_than_five_minutes(self, settings: Any) -> None:
        assert settings.ENVIRONMENT.media_link_lifetime <= 300
