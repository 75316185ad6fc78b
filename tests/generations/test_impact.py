"""Dry runs: they say exactly what the change then does, and leave nothing behind."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail

from accounts.models import User
from authorization import engine
from authorization.facts import Principal
from authorization.roles import Permission, Role
from generations import actions, scopes
from generations.models import Delegation, Generation, Share
from teams.models import Membership, Project, Team
from tests.generations.conftest import Person, signed_in
from tests.generations.places import HOUR, delegated, in_text, join, new_project, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.trail import trail
from tests.support.work import pending_topics
from velro.background.models import OutboxMessage
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

READ, WRITE = Permission.READ, Permission.WRITE
Rights = dict[tuple[UUID, UUID], frozenset[str]]


class Studio:
    """Two roots; `film` below `studio`, `shorts` below `film`; people with every kind of right."""

    def __init__(self) -> None:
        self.boss = signed_in(user_factory(display_name="Boss"))
        self.studio = new_team(name="Studio", owner=self.boss.user)
        self.abroad = new_team(name="Abroad", owner=self.boss.user, viewer=user_factory(), member=user_factory())
        self.film = new_team(parent=self.studio, name="Film", member=user_factory())
        self.shorts = new_team(parent=self.film, name="Shorts", viewer=user_factory())
        self.mia, self.deputy = signed_in(user_factory(display_name="Mia")), user_factory(display_name="Deputy")
        join(self.film, self.mia.user, Role.MEMBER)
        works = [new_project(self.film), new_project(self.shorts), new_project(self.film, visibility="restricted")]
        makers = (self.mia, self.boss, self.mia)
        self.generations = [make(maker, project=work) for maker, work in zip(makers, works, strict=True)]
        self.personal = make(signed_in(user_factory()))
        shared(self.personal, self.shorts, role=Role.MEMBER)
        delegated(self.generations[0], READ, WRITE, by=self.mia.user, to=self.deputy)

    def rights(self) -> Rights:
        """Everything that anybody has on anything."""
        everything = list(Generation.objects.values_list("id", flat=True))
        found = {}
        for person in User.objects.values_list("id", flat=True):
            for generation, it in engine.decide_many(Principal(person, uuid4()), actions.READ, everything).items():
                found[person, generation] = frozenset(map(str, it.permissions))
        return found


@pytest.fixture
def studio() -> Studio:
    return Studio()


def measure(person: Person, place: Team | Generation, **change: Any) -> Any:
    kind = "teams" if isinstance(place, Team) else "generations"
    return person.client.post(f"/api/v1/{kind}/{place.id}/impact", change, format="json")


Case = tuple[Callable[[Studio], Any], Callable[[Studio], dict[str, Any]], Callable[[Studio], Any]]
CASES: dict[str, Case] = {
    "lower a role": (
        lambda it: it.film,
        lambda it: {"change": "role", "user": str(it.mia.user.id), "role": "viewer"},
        lambda it: it.boss.client.patch(
            f"/api/v1/teams/{it.film.id}/members/{it.mia.user.id}",
            {"role": "viewer"},
            format="json",
            headers={"If-Match": "*"},
        ),
    ),
    "raise a role": (
        lambda it: it.film,
        lambda it: {"change": "role", "user": str(it.mia.user.id), "role": "admin"},
        lambda it: it.boss.client.patch(
            f"/api/v1/teams/{it.film.id}/members/{it.mia.user.id}",
            {"role": "admin"},
            format="json",
            headers={"If-Match": "*"},
        ),
    ),
    "remove": (
        lambda it: it.film,
        lambda it: {"change": "remove", "user": str(it.mia.user.id)},
        lambda it: it.boss.client.delete(f"/api/v1/teams/{it.film.id}/members/{it.mia.user.id}"),
    ),
    "move": (
        lambda it: it.film,
        lambda it: {"change": "move", "parent": str(it.abroad.id)},
        lambda it: it.boss.client.post(
            f"/api/v1/teams/{it.film.id}/move", {"parent": str(it.abroad.id)}, format="json"
        ),
    ),
    "archive": (
        lambda it: it.film,
        lambda _: {"change": "archive"},
        lambda it: it.boss.client.post(f"/api/v1/teams/{it.film.id}/archive"),
    ),
    "share": (
        lambda it: it.generations[2],
        lambda it: {"change": "share", "team": str(it.abroad.id), "role": "member"},
        lambda it: it.boss.client.put(
            f"/api/v1/generations/{it.generations[2].id}/share",
            {"team": str(it.abroad.id), "role": "member"},
            format="json",
        ),
    ),
    "unshare": (
        lambda it: it.generations[1],
        lambda it: {"change": "unshare", "team": str(it.abroad.id)},
        lambda it: it.boss.client.delete(f"/api/v1/generations/{it.generations[1].id}/share/{it.abroad.id}"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_measured_is_what_happens(studio: Studio, name: str) -> None:
    place, body, do = CASES[name]
    if name == "unshare":
        shared(studio.generations[1], studio.abroad, role=Role.MEMBER)
    measured = measure(studio.boss, place(studio), **body(studio))
    assert measured.status_code == 200, measured.content
    before = studio.rights()
    assert do(studio).status_code < 300
    after = studio.rights()

    happened = {
        (str(person), str(generation)): (after[person, generation] - held, held - after[person, generation])
        for (person, generation), held in before.items()
        if held != after[person, generation]
    }
    impact = measured.json()
    said = {
        (it["who"]["id"], it["generation"]): (frozenset(it["gained"]), frozenset(it["lost"]))
        for it in impact["effects"]
    }
    assert happened
    assert said == happened
    assert (impact["complete"], impact["changes"]) == (True, len(happened))
    assert impact["people_gaining"] == len({person for (person, _), (gained, _) in happened.items() if gained})
    assert impact["people_losing"] == len({person for (person, _), (_, lost) in happened.items() if lost})


@pytest.mark.parametrize("name", CASES)
def test_nothing_of_it_stays(studio: Studio, name: str, django_capture_on_commit_callbacks: Any) -> None:
    if name == "unshare":
        shared(studio.generations[1], studio.abroad, role=Role.MEMBER)
    place, body, _ = CASES[name]
    tables = (Team, Membership, Project, Share, Delegation)
    stored = [list(table.objects.order_by("id").values()) for table in tables]
    rights, before = studio.rights(), set(trail().values_list("id", flat=True))
    with django_capture_on_commit_callbacks() as callbacks:
        measure(studio.boss, place(studio), **body(studio))
    assert [list(table.objects.order_by("id").values()) for table in tables] == stored
    added = trail().exclude(id__in=before).values_list("name", flat=True)
    assert set(added) == {"authorization.decision", "authorization.impact_measured"}
    assert studio.rights() == rights
    assert (callbacks, OutboxMessage.objects.count(), mail.outbox) == ([], 0, [])
    assert pending_topics(studio.film.id) == set()


def test_a_delegate_falls_with_the_delegator(studio: Studio) -> None:
    impact = measure(studio.boss, studio.film, change="remove", user=str(studio.mia.user.id)).json()
    assert {it["who"]["display_name"] for it in impact["effects"]} == {"Mia", "Deputy"}


def test_a_share_that_begins_later_changes_nothing_yet(studio: Studio) -> None:
    begins = in_text(database_now() + HOUR)
    body = {"change": "share", "team": str(studio.abroad.id), "role": "viewer", "starts_at": begins}
    impact = measure(studio.boss, studio.generations[0], **body).json()
    assert (impact["changes"], impact["effects"]) == (0, [])


def test_it_needs_the_right_to_make_the_change(studio: Studio, mallory: Person) -> None:
    role = {"change": "role", "user": str(studio.deputy.id), "role": "viewer"}
    share = {"change": "share", "team": str(studio.film.id), "role": "viewer"}
    for body in (role, {"change": "archive"}, {"change": "move", "parent": None}):
        assert measure(studio.mia, studio.film, **body).status_code == 403
        assert measure(mallory, studio.film, **body).status_code == 404
        assert measure(mallory, Team(id=uuid4()), **body).status_code == 404
    reader = signed_in(Membership.objects.get(team=studio.shorts).user)
    assert measure(reader, studio.generations[1], **share).status_code == 403
    assert measure(mallory, studio.generations[1], **share).status_code == 404
    assert trail().filter(actor_id=mallory.user.id, outcome="denied").count() == 7


def test_what_the_change_refuses_the_dry_run_refuses(studio: Studio) -> None:
    cycle = measure(studio.boss, studio.film, change="move", parent=str(studio.shorts.id))
    assert (cycle.status_code, cycle.json()["code"]) == (409, "team_cycle")
    absent = measure(studio.boss, studio.film, change="move", parent=str(uuid4()))
    assert absent.status_code == 404
    foreign = measure(studio.boss, studio.generations[0], change="share", team=str(new_team().id), role="viewer")
    assert foreign.status_code == 404


def test_the_first_hundred_are_told(studio: Studio) -> None:
    for _ in range(60):
        make(studio.mia, project=studio.generations[0].project)
    impact = measure(studio.boss, studio.film, change="remove", user=str(studio.mia.user.id)).json()
    assert impact["complete"] is True
    assert (len(impact["effects"]), impact["changes"]) == (65, 65)
    for _ in range(60):
        make(studio.mia, project=studio.generations[0].project)
    impact = measure(studio.boss, studio.film, change="remove", user=str(studio.mia.user.id)).json()
    assert (len(impact["effects"]), impact["changes"]) == (100, 125)


def test_what_is_too_much_is_cut_and_said_so(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "MOST_PAIRS", 4)
    impact = measure(studio.boss, studio.film, change="remove", user=str(studio.mia.user.id)).json()
    assert impact["complete"] is False
    assert 0 < impact["changes"] <= 4


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"change": "explode"}, {"/change"}),
        ({"change": "role"}, {"/user", "/role"}),
        ({"change": "remove", "user": str(uuid4()), "role": "viewer"}, {"/role"}),
        ({"change": "move"}, {"/parent"}),
        ({"change": "archive", "parent": None}, {"/parent"}),
        ({}, {"/change"}),
    ],
)
def test_a_change_is_told_what_it_needs_and_no_more(studio: Studio, body: dict[str, Any], pointers: set[str]) -> None:
    answer = measure(studio.boss, studio.film, **body)
    assert (answer.status_code, {it["pointer"] for it in answer.json()["errors"]}) == (400, pointers)
