"""What may be written and what is shown, field by field: nothing is assigned that a route does not name as its own."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import transaction
from rest_framework import serializers
from rest_framework.test import APIClient

from authorization.authzen.views import AccessView
from tests.contract.routes import ROUTES, Route
from tests.generations.conftest import Person, signed_in
from tests.generations.places import delegated, new_project, new_team
from tests.generations.test_read_and_delete import make
from tests.security.cast import Cast, gather
from tests.security.needs import GENERATIONS, PROJECTS, TEAMS, Need
from tests.security.rows import rows
from tests.support.factories import user_factory
from tests.support.grants import grant
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

# Names under which rights, owners, places, states and lives are stored, or might be taken to be.
RIGHTS: Final = (
    "id", "pk", "owner", "owner_id", "user", "user_id", "team", "team_id", "project", "project_id", "parent",
    "parent_id", "role", "roles", "own_role", "effective_role", "permissions", "permission", "scopes", "groups",
    "is_superuser", "is_staff", "is_active", "is_admin", "status", "email", "email_verified_at", "password",
    "mfa_enabled", "shared_by", "delegator", "delegate", "delegated_by", "invited_by", "visibility", "is_closed",
    "archived_at", "quarantined_at", "deleted_at", "created_at", "starts_at", "expires_at", "valid_until", "token",
    "token_digest", "cost", "slug", "_method", "__proto__", "constructor",
)  # fmt: skip
# Where one of these names is the very thing that the route is for, as the contract of the API has it.
MEANT: Final = {
    ("POST", "/api/v1/generations", "project"),
    ("PATCH", "/api/v1/generations/<uuid4:generation_id>", "project"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/projects", "visibility"),
    ("PATCH", "/api/v1/projects/<uuid4:project_id>", "visibility"),
    ("PUT", "/api/v1/projects/<uuid4:project_id>/members/<uuid4:user_id>", "role"),
    # A dry run takes the words of the change that it measures, and undoes it.
    *(
        ("POST", "/api/v1/generations/<uuid4:generation_id>/impact", it)
        for it in ("expires_at", "role", "starts_at", "team")
    ),
    *(("POST", "/api/v1/teams/<uuid4:team_id>/impact", it) for it in ("parent", "role", "user")),
    ("POST", "/api/v1/auth/email/verify", "token"),
    ("POST", "/api/v1/auth/login", "email"),
    ("POST", "/api/v1/auth/login", "password"),
    ("POST", "/api/v1/auth/register", "email"),
    ("POST", "/api/v1/auth/register", "password"),
    ("POST", "/api/v1/generations/<uuid4:generation_id>/delegations", "expires_at"),
    ("POST", "/api/v1/generations/<uuid4:generation_id>/delegations", "permissions"),
    ("POST", "/api/v1/generations/<uuid4:generation_id>/delegations", "starts_at"),
    ("POST", "/api/v1/generations/<uuid4:generation_id>/delegations", "user"),
    ("POST", "/api/v1/invitations/accept", "token"),
    ("POST", "/api/v1/teams", "parent"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/invite", "email"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/invite", "role"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/move", "parent"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/transfer", "user"),
    ("POST", "/api/v1/users/api-keys", "expires_at"),
    ("POST", "/api/v1/users/api-keys", "scopes"),
    ("PATCH", "/api/v1/teams/<uuid4:team_id>/members/<uuid4:user_id>", "role"),
    ("PUT", "/api/v1/generations/<uuid4:generation_id>/share", "expires_at"),
    ("PUT", "/api/v1/generations/<uuid4:generation_id>/share", "role"),
    ("PUT", "/api/v1/generations/<uuid4:generation_id>/share", "starts_at"),
    ("PUT", "/api/v1/generations/<uuid4:generation_id>/share", "team"),
}
# What no answer may ever show, and the answers that exist to hand out a secret, once.
SECRETS: Final = frozenset(
    {
        "password", "secret", "token", "access", "refresh", "digest", "token_digest", "secret_digest", "webhook_digest",
        "refresh_digest", "storage_key", "thumbnail_key", "private_key", "is_staff", "is_superuser", "groups",
        "user_permissions", "last_login", "fingerprint", "provider_error", "request_id",
    }
)  # fmt: skip
HANDED_OUT: Final = {
    ("POST", "/api/v1/auth/login", "access"),
    ("POST", "/api/v1/auth/login", "refresh"),
    ("POST", "/api/v1/auth/refresh", "access"),
    ("POST", "/api/v1/auth/refresh", "refresh"),
    ("POST", "/api/v1/teams/<uuid4:team_id>/invite", "token"),
    ("POST", "/api/v1/users/api-keys", "secret"),
}
OVERRIDES: Final = ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method")
STRICT: Final = [
    pytest.param(route, method, id=f"{method} {route}")
    for route in ROUTES
    for method in route.methods
    if method.lower() in route.view.inputs and not issubclass(route.view, AccessView)
]
WITH_BODY: Final = {(method, str(route)) for route, method in (case.values for case in STRICT)}
WRITES: Final = [need for need in (*GENERATIONS, *TEAMS, *PROJECTS) if (need.method, need.route) in WITH_BODY]
REMOVALS: Final = [need for need in (*GENERATIONS, *TEAMS, *PROJECTS) if need.method == "DELETE"]


@pytest.fixture
def cast(db: None) -> Cast:  # noqa: ARG001 - asked for its effect
    return gather()


@pytest.fixture
def client(db: None) -> APIClient:  # noqa: ARG001 - as above
    return signed_in(user_factory()).client


def fields_of(route: Route, method: str) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return dict(route.view.inputs[method.lower()]().fields)


def faults(answer: Any) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in answer.json().get("errors", [])}


def send(client: APIClient, method: str, path: str, body: Any, **headers: str) -> Any:
    return client.generic(method, path, json.dumps(body), content_type="application/json", headers=headers)


class TestMassAssignment:
    @pytest.mark.parametrize(("route", "method"), STRICT)
    def test_a_right_in_the_body_is_an_unknown_field(self, client: APIClient, route: Route, method: str) -> None:
        foreign = [name for name in RIGHTS if name not in fields_of(route, method)]

        answer = send(client, method, route.path, dict.fromkeys(foreign, str(uuid4())))

        assert answer.status_code == 400
        assert {name: faults(answer).get(f"/{name}") for name in foreign} == dict.fromkeys(foreign, "unknown_field")

    def test_a_route_takes_of_these_only_what_it_is_for(self) -> None:
        taken = {
            (method, str(route), name)
            for route, method in (case.values for case in STRICT)
            for name in set(RIGHTS) & set(fields_of(route, method))  # type: ignore[arg-type]  # values are untyped
        }

        assert taken - MEANT == set()

    @pytest.mark.parametrize(("route", "method"), STRICT)
    def test_an_object_in_the_place_of_a_value_writes_nothing_inside(
        self, client: APIClient, route: Route, method: str
    ) -> None:
        scalars = [name for name, field in fields_of(route, method).items() if is_scalar(field)]
        nested = {"id": str(uuid4()), "is_superuser": True, "role": "owner"}

        for name in scalars:
            for value in (nested, [nested], True):
                answer = send(client, method, route.path, {name: value})
                assert (answer.status_code, f"/{name}" in faults(answer)) == (400, True)

    @pytest.mark.parametrize("need", WRITES, ids=str)
    def test_beside_a_wish_that_would_be_granted_it_spoils_all_of_it(self, cast: Cast, need: Need) -> None:
        """The owner of everything sends what the matrix sees succeed, with one field more."""
        before, sent = rows(), need.body(cast, "owner")
        for name, value in (("owner_id", cast.people["outsider"].id), ("is_superuser", True), ("id", uuid4())):
            answer = ask(cast, need, {**sent, name: str(value)})
            assert (answer.status_code, faults(answer)) == (400, {f"/{name}": "unknown_field"})
            assert rows() == before


def is_scalar(field: Any) -> bool:
    return not isinstance(field, serializers.DictField | serializers.ListField | serializers.BooleanField)


def ask(cast: Cast, need: Need, body: Any, *, method: str | None = None, **headers: str) -> Any:
    """As the owner, about what is theirs; undone where it succeeds."""
    things = {
        "generation_id": cast.generations["project"].id,
        "team_id": cast.teams["acme"].id,
        "project_id": cast.projects["open"].id,
    }
    first = next(it for it in re.findall(r"<uuid4:(\w+)>", need.route))
    path = need.route.replace(f"<uuid4:{first}>", str(things[first]), 1)
    path = re.sub(r"<[^>]+>", str(need.other_id(cast, "owner")), path)
    with transaction.atomic():
        answer = send(cast.clients["owner"], method or need.method, path, body, **{"If-Match": "*", **headers})
        if answer.status_code < 300:
            transaction.set_rollback(True)
    return answer


class TestMethodOverride:
    @pytest.mark.parametrize("need", REMOVALS, ids=str)
    def test_a_header_makes_no_other_method(self, cast: Cast, need: Need) -> None:
        """Reading or posting with every such header is answered as without, and removes nothing."""
        before = rows()
        for method in ("GET", "POST"):
            plain = ask(cast, need, {}, method=method)
            overridden = ask(cast, need, {}, method=method, **dict.fromkeys(OVERRIDES, "DELETE"))

            assert overridden.status_code == plain.status_code
            assert rows() == before

    def test_nor_does_a_query_parameter(self, cast: Cast) -> None:
        before = rows()
        for name in ("_method", "method", "x-http-method-override"):
            path = f"/api/v1/generations/{cast.generations['project'].id}?{name}=DELETE"
            answer = cast.clients["owner"].get(path)
            assert (answer.status_code, faults(answer)) == (400, {f"?{name}": "unknown_parameter"})
        assert rows() == before


class TestWhatIsShown:
    def test_no_answer_has_a_field_for_a_secret_but_those_that_hand_one_out(self) -> None:
        shown = {
            (method.upper(), str(route), name)
            for route in ROUTES
            for method, answer in route.view.outputs.items()
            if answer.serializer is not None
            for name in names_in(answer.serializer())
        }

        assert {it for it in shown if it[2] in SECRETS} == HANDED_OUT

    def test_whoever_may_read_sees_the_same_fields_whatever_their_right(self) -> None:
        owner, reader, deputy, grantee = (signed_in(user_factory()) for _ in range(4))
        team = new_team(viewer=reader.user, member=owner.user)
        generation = make(owner, project=new_project(team))
        delegated(generation, "read", by=owner.user, to=deputy.user)  # type: ignore[arg-type]  # its name will do
        grant(generation, "read", to=grantee.user)  # type: ignore[arg-type]  # as above

        bodies = [person.read(generation.id).json() for person in (owner, reader, deputy, grantee)]

        assert bodies == [bodies[0]] * 4
        assert set(bodies[0]) == {
            "id", "status", "model", "input", "project", "owner", "title", "tags", "created_at", "finished_at",
            "queue_position", "progress", "cost", "error", "assets",
        }  # fmt: skip

    def test_of_other_members_a_person_sees_name_address_and_role(self) -> None:
        viewer, colleague = signed_in(user_factory()), user_factory(is_staff=True, is_superuser=True)
        team = new_team(viewer=viewer.user, admin=colleague)

        shown = viewer.client.get(f"/api/v1/teams/{team.id}/members/{colleague.id}").json()

        assert set(shown) == {"user", "role", "inherited_from", "own_role", "joined_at", "etag"}
        assert set(shown["user"]) == {"id", "email", "display_name"}


def names_in(serializer: Any) -> Iterator[str]:
    """Of its fields and of those inside of them."""
    inner = getattr(serializer, "child", serializer)
    for name, field in getattr(inner, "fields", {}).items():
        yield name
        yield from names_in(field)


class TestManyAtOnce:
    def test_one_foreign_id_among_ones_own_is_denied_alone_and_recorded_alone(self) -> None:
        owner, mallory = signed_in(user_factory()), signed_in(user_factory())
        mine, foreign = [make(mallory) for _ in range(2)], make(owner)
        ids = [str(mine[0].id), str(foreign.id), str(mine[1].id)]

        answer = mallory.client.post("/api/v1/generations/authorize", {"action": "delete", "ids": ids}, format="json")

        assert [(it["id"], it["access_granted"]) for it in answer.json()["decisions"]] == [
            *zip(ids, (True, False, True), strict=True)
        ]
        assert outcomes_for(mallory) == dict(zip(ids, ("allowed", "denied", "allowed"), strict=True))

    def test_the_same_through_authzen(self) -> None:
        owner, mallory = signed_in(user_factory()), signed_in(user_factory())
        ids = [str(made.id) for made in (make(mallory), make(owner), make(mallory))]
        body = {
            "subject": {"type": "user", "id": str(mallory.user.id)},
            "action": {"name": "delete"},
            "evaluations": [{"resource": {"type": "generation", "id": it}} for it in ids],
        }

        answer = mallory.client.post("/access/v1/evaluations", body, format="json")

        assert [it["decision"] for it in answer.json()["evaluations"]] == [True, False, True]
        assert outcomes_for(mallory) == dict(zip(ids, ("allowed", "denied", "allowed"), strict=True))

    def test_what_is_asked_twice_cannot_hide_what_is_asked_once(self) -> None:
        mallory = signed_in(user_factory())
        mine, foreign = str(make(mallory).id), str(make(signed_in(user_factory())).id)
        ids = [mine] * 500 + [foreign] + [mine] * 499

        answer = mallory.client.post("/api/v1/generations/authorize", {"ids": ids}, format="json")

        denied = [place for place, it in enumerate(answer.json()["decisions"]) if not it["access_granted"]]
        assert denied == [500]


def outcomes_for(person: Person) -> dict[str, str]:
    """Of each decision about a resource that this person asked for."""
    events = trail().filter(name="authorization.decision", actor_id=person.user.id)
    return {str(event.resource_id): event.outcome for event in events}
