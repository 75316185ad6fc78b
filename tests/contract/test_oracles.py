"""Nobody learns from an answer whether something exists that is not theirs: tried on every id of every route."""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.contract.routes import ID, ROUTES, Route
from tests.contract.strangers import BESIDE, ids_to_compare, own_surroundings

pytestmark = pytest.mark.django_db

VOLATILE_HEADERS = {"X-Request-ID", "RateLimit", "Content-Length"}
VOLATILE_MEMBERS = {"request_id", "instance", "response_time_ms"}
# What the body has to be for the request to get as far as the look-up.
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/generations/<uuid4:generation_id>/authorize": {"action": "read"},
    "/api/v1/generations/<uuid4:generation_id>/share": {"team": ID, "role": "viewer"},
    "/api/v1/generations/<uuid4:generation_id>/delegations": {
        "user": ID,
        "permissions": ["read"],
        "expires_at": "2999-01-01T00:00:00Z",
    },
    "/api/v1/teams/<uuid4:team_id>": {"name": "Mine"},
    "/api/v1/teams/<uuid4:team_id>/members/<uuid4:user_id>": {"role": "viewer"},
    "/api/v1/teams/<uuid4:team_id>/projects": {"name": "Mine"},
    "/api/v1/projects/<uuid4:project_id>": {"name": "Mine"},
    "/api/v1/projects/<uuid4:project_id>/members/<uuid4:user_id>": {"role": "viewer"},
    "/api/v1/teams/<uuid4:team_id>/move": {"parent": None},
    "/api/v1/teams/<uuid4:team_id>/transfer": {"user": ID},
    "/api/v1/teams/<uuid4:team_id>/invite": {"email": "ada@velro.test", "role": "member"},
}
PARAMETERS = sorted({name for route in ROUTES for name in re.findall(r"<uuid4:(\w+)>", route.template)})
CALLS = [
    pytest.param(route, method, name, id=f"{method} {route} {name}")
    for route in ROUTES
    for method in (*route.methods, "HEAD", "OPTIONS")
    for name in re.findall(r"<uuid4:(\w+)>", route.template)
    if name in BESIDE
]


def address_of(route: Route, ids: Mapping[str, UUID]) -> str:
    """With these ids in their places, and one that nobody has in any other."""
    template = route.template
    for name, value in ids.items():
        template = template.replace(f"<uuid4:{name}>", str(value))
    return Route(template, route.view).path


def seen(answer: Any) -> tuple[int, dict[str, str], Any]:
    """All that an answer shows, but for what differs from request to request anyway."""
    headers = {name: value for name, value in answer.headers.items() if name not in VOLATILE_HEADERS}
    body = json.loads(answer.content) if answer.content else {}
    return answer.status_code, headers, {name: value for name, value in body.items() if name not in VOLATILE_MEMBERS}


@pytest.mark.parametrize(("route", "method", "name"), CALLS)
def test_foreign_absent_and_deleted_look_alike(
    client: APIClient, person: User, route: Route, method: str, name: str
) -> None:
    body = json.dumps(BODIES.get(route.template, {}))
    options: dict[str, Any] = {"content_type": "application/json", "headers": {"If-Match": "*"}}
    around = own_surroundings(person)
    answers = {
        kind: seen(client.generic(method, address_of(route, around | {name: value}), body, **options))
        for kind, value in ids_to_compare(name, person, template=route.template).items()
    }

    assert len(answers) > 1
    assert {kind: answer for kind, answer in answers.items() if answer != answers["absent"]} == {}


def test_every_kind_of_id_is_tried() -> None:
    assert set(PARAMETERS) <= set(BESIDE), "tell tests/contract/strangers.py what stands behind the new kind of id"
