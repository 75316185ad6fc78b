"""Every route that names something, tried by twelve people on everything they can meet.

What each may do is written down by hand in tables, by people and things; the routes only say what they need. Who may
not even read gets 404, as for an id that nobody has; who may read but not this gets 403.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from tests.contract.routes import ROUTES
from tests.security.cast import PEOPLE, Cast, gather
from tests.security.needs import GENERATIONS, PROJECTS, TEAMS, Need

pytestmark = pytest.mark.django_db

# Who holds what on which generation. Whoever is not named holds nothing, and must not learn that it is there.
HELD: dict[str, dict[str, str]] = {
    "own": dict.fromkeys(PEOPLE, "rwsd"),
    "project": {
        "owner": "rwsd",
        "admin": "rwsd",
        "member": "rw",
        "viewer": "r",
        "project_member": "r",
        "share": "rw",
        "delegate": "rw",
        "grantee": "r",
    },
    "restricted": {"owner": "rwsd", "admin": "rwsd", "project_member": "rw"},
    "foreign": {"other_tenant": "rwsd"},
    "archived": {
        "owner": "rd",
        "admin": "rd",
        "member": "r",
        "viewer": "r",
        "project_member": "r",
        "share": "r",
        "delegate": "r",
        "grantee": "r",
    },
    "quarantined": {"owner": "r", "admin": "r"},
    "deleted": {},
    # A closed team gives nothing, which leaves what others give.
    "closed": {"share": "rw", "grantee": "r"},
    "absent": {},
}
# One's own sessions and keys: tests/accounts tries those of others.
ELSEWHERE = {
    ("DELETE", "/api/v1/users/sessions/<uuid4:session_id>"),
    ("DELETE", "/api/v1/users/api-keys/<uuid4:api_key_id>"),
}
VIEWER, MEMBER, ADMIN, OWNER = 1, 2, 3, 4
IN_ACME = {"owner": OWNER, "admin": ADMIN, "member": MEMBER, "viewer": VIEWER, "project_member": VIEWER}
# The role of each person in each team. A closed team is seen by its owners only.
ROLES: dict[str, dict[str, int]] = {
    "acme": IN_ACME,
    "child": IN_ACME,
    "closed": {"owner": OWNER},
    "partner": {"share": ADMIN},
    "rival": {"other_tenant": OWNER},
    "home": dict.fromkeys(PEOPLE, OWNER),
    "absent": {},
}
# The role in each project by rule 2; 0 is the mere sight of a restricted one.
ROLES_IN_PROJECTS: dict[str, dict[str, int]] = {
    "open": IN_ACME,
    "restricted": {"owner": OWNER, "admin": ADMIN, "member": 0, "viewer": 0, "project_member": MEMBER},
    "closed": {},
    "rival": {"other_tenant": OWNER},
    "absent": {},
}


@pytest.fixture
def cast(db: None) -> Cast:  # noqa: ARG001 - asked for its effect
    return gather()


@pytest.mark.parametrize("need", GENERATIONS, ids=str)
def test_generations(cast: Cast, need: Need) -> None:
    assert surprises(need, cast, HELD, cast.generation_id) == []


@pytest.mark.parametrize("need", TEAMS, ids=str)
def test_teams(cast: Cast, need: Need) -> None:
    assert surprises(need, cast, ROLES, cast.team_id) == []


@pytest.mark.parametrize("need", PROJECTS, ids=str)
def test_projects(cast: Cast, need: Need) -> None:
    assert surprises(need, cast, ROLES_IN_PROJECTS, cast.project_id) == []


def surprises(need: Need, cast: Cast, held_by: dict[str, Any], id_of: Callable[[str, str], UUID]) -> list[str]:
    """Every answer that is not the one in the tables."""
    tried = [(kind, person) for kind in held_by for person in PEOPLE if kind not in need.not_tried]
    return [
        f"{person} on {kind}: {got}, not {wanted}"
        for kind, person in tried
        if (got := status_of(need, cast, person, id_of(kind, person)))
        != (wanted := expected_status(need, kind, person, held_by[kind].get(person)))
    ]


def expected_status(need: Need, kind: str, person: str, held: Any) -> int:
    if person in {"anonymous", "suspended"}:
        return 401
    if (kind, person) in need.exceptions:
        return need.exceptions[kind, person]
    if need.least is None:
        return need.success
    if held is None or (isinstance(held, str) and "r" not in held):
        return 404
    is_enough = str(need.least) in held if isinstance(held, str) else held >= need.least
    if not is_enough or (kind == "closed" and need in TEAMS):
        return need.when_closed if is_enough else need.refusal
    return need.success if need.only is None or kind in need.only else 404


def status_of(need: Need, cast: Cast, person: str, thing: UUID) -> int:
    """Sent and undone."""
    first = re.sub(r"<[^>]+>", str(thing), need.route, count=1)
    path = re.sub(r"<[^>]+>", str(need.other_id(cast, person)) if person in cast.people else str(thing), first)
    body = need.body(cast, person) if person in cast.people else {}
    with transaction.atomic():
        answer = cast.clients[person].generic(
            need.method,
            path,
            json.dumps(body) if need.method in {"POST", "PUT", "PATCH"} else "",
            content_type="application/json",
            headers={"If-Match": "*"} if need.is_versioned else {},
        )
        transaction.set_rollback(True)
    return int(answer.status_code)


def test_every_route_that_names_something_is_in_the_matrix() -> None:
    tried = {(need.method, need.route) for need in (*GENERATIONS, *TEAMS, *PROJECTS)}
    named = {(method, route.template) for route in ROUTES if route.has_id for method in route.protected_methods}

    assert named - tried - ELSEWHERE == set()
