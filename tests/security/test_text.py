"""Text that is not what it looks like: letters that resemble others, marks that hide, and line ends that escape."""

import json
import logging
from typing import Any, Final

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import Session, User
from authorization.roles import Role
from generations.models import Generation
from teams.models import Membership, Team
from tests.generations.conftest import signed_in
from tests.generations.test_read_and_delete import make
from tests.support.clients import sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from tests.support.work import run_due_work
from tests.teams.conftest import Person, assert_refused, join, roles_in, root_team, somebody

pytestmark = pytest.mark.django_db

# Zero width, directions, joiners, fillers, line and paragraph ends, controls, private use.
HIDDEN: Final = (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u202a", "\u202e", "\u2066", "\u2069", "\u061c", "\u034f",
    "\u115f", "\u3164", "\u2800", "\u2028", "\u2029", "\u0085", "\r", "\n", "\t", "\0", "\x1b", "\x7f", "\ue000",
)  # fmt: skip
# The first letters are Cyrillic, full-width, mathematical, and with a mark.
LIKE_ADMIN: Final = (
    "\u0430dmin",
    "\uff41dmin",
    "\U0001d41admin",
    "a\u0301dmin",
    "ADMIN",
    "Admin",
    " admin",
    "admin\u200b",
)
LIKE_MIKE: Final = ("m\u0131ke", "mi\u043ae", "\uff4dike", "mike\u200b", "m\u0456ke")
CRLF: Final = "x\r\nSet-Cookie: session=stolen\r\nX-Evil: 1"


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody()


@pytest.fixture
def studio(owner: Person) -> Team:
    return root_team(owner)


class TestNames:
    @pytest.mark.parametrize("mark", HIDDEN, ids=ascii)
    def test_a_team_hides_nothing_in_its_name(self, owner: Person, studio: Team, mark: str) -> None:
        for answer in (owner.post(name=f"Stu{mark}dio"), owner.patch(f"/{studio.id}", name=f"Stu{mark}dio")):
            problem = assert_refused(answer, 400, "invalid_input")
            assert {fault["pointer"] for fault in problem["errors"]} == {"/name"}
        assert list(Team.objects.values_list("name", flat=True)) == ["Studio"]

    @pytest.mark.parametrize(
        ("first", "second"), [("Caf\u00e9", "Cafe\u0301"), ("\u1100\u1161", "\uac00"), ("\u212b", "\u00c5")], ids=ascii
    )
    def test_two_ways_to_write_a_name_are_one_name(self, owner: Person, studio: Team, first: str, second: str) -> None:
        names = [owner.post(name=name, parent=str(studio.id)).json() for name in (first, second)]

        assert names[0]["name"] == names[1]["name"]
        assert names[0]["slug"] != names[1]["slug"]

    @pytest.mark.parametrize(
        ("name", "resembling"),
        [("Studio", "Stud\u0456o"), ("fine", "\ufb01ne"), ("Stra\u00dfe", "STRASSE"), ("I", "\u0130"), ("K", "\u212a")],
        ids=ascii,
    )
    def test_a_name_that_resembles_another_opens_nothing_of_it(
        self, owner: Person, studio: Team, name: str, resembling: str
    ) -> None:
        """Names are shown and never looked up: rights go by id."""
        mallory = somebody()
        theirs = owner.post(name=name, parent=str(studio.id)).json()
        mine = mallory.post(name=resembling).json()

        assert {it["id"] for it in mallory.get().json()["results"]} == {mine["id"]}
        assert mallory.get(f"/{theirs['id']}").status_code == 404

    @pytest.mark.parametrize("role", LIKE_ADMIN, ids=ascii)
    def test_a_role_that_resembles_one_is_none(self, owner: Person, studio: Team, role: str) -> None:
        member = somebody()
        join(studio, member, Role.VIEWER)
        answers = [
            owner.patch(f"/{studio.id}/members/{member.id}", role=role),
            owner.post(f"/{studio.id}/invite", email="new@velro.test", role=role),
        ]

        assert [answer.status_code for answer in answers] == [400, 400]
        assert roles_in(studio)[member.id] is Role.VIEWER


class TestAddresses:
    @pytest.mark.parametrize("name", LIKE_MIKE, ids=ascii)
    def test_an_address_that_resembles_another_is_not_that_person(self, owner: Person, studio: Team, name: str) -> None:
        mike = user_factory(email="mike@velro.test")
        credentials = {"email": f"{name}@velro.test", "password": PASSWORD}
        assert APIClient().post("/api/v1/auth/login", credentials, format="json").status_code == 401

        sent = owner.post(f"/{studio.id}/invite", email=f"{name}@velro.test", role="admin")
        if sent.status_code == 201:
            person = signed_in(mike)
            taken = person.client.post("/api/v1/invitations/accept", {"token": sent.json()["token"]}, format="json")
            assert taken.status_code == 400
        assert not Membership.objects.filter(user=mike).exists()

    def test_a_letter_that_folds_into_another_reaches_the_owner_of_the_address_and_changes_nothing(self) -> None:
        """In small letters the Kelvin sign is a k: this address has an account, and its owner gets the letter."""
        mike = user_factory(email="mike@velro.test", display_name="Mike")
        wish = {"email": "mi\u212ae@velro.test", "password": "another long password", "display_name": "Not Mike"}
        answer = APIClient().post("/api/v1/auth/register", wish, format="json")
        run_due_work()

        assert answer.status_code in {202, 400}
        assert User.objects.filter(email__contains="velro.test").count() == 1
        assert {address for letter in mail.outbox for address in letter.to} <= {"mike@velro.test"}
        mike.refresh_from_db()
        assert (mike.display_name, mike.check_password(PASSWORD)) == ("Mike", True)


class TestContent:
    def test_titles_and_tags_that_resemble_others_are_other_titles_and_tags(self) -> None:
        person = signed_in(user_factory())
        for tag in ("winter", "w\u0456nter", "WINTER", "winte\u200br", "\uff57inter"):
            make(person, title=tag, tags=[tag])

        found = person.client.get("/api/v1/generations", {"tag": "winter"}).json()["results"]

        assert [it["tags"] for it in found] == [["winter"]]

    @pytest.mark.parametrize(
        "text", [CRLF, "\u202egnp.exe", "<script>alert(1)</script>", "\ud83d\ude00", "__proto__"], ids=ascii
    )
    def test_a_title_is_data_in_every_answer(self, text: str) -> None:
        """Escaped in JSON, in no header, and byte for byte what was sent."""
        person = signed_in(user_factory())
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        generation = make(person, title=text, tags=[text])

        answer = person.read(generation.id)

        assert (answer.json()["title"], answer.json()["tags"]) == (text, [text])
        assert not any("\r" in value or "\n" in value or "stolen" in value for value in answer.headers.values())
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"'])
    def test_half_characters_and_nul_are_not_stored(self, text: str) -> None:
        person = signed_in(user_factory())
        for body in (
            f'{{"model": "x", "input": {{}}, "title": {text}}}',
            f'{{"model": "x", "input": {{}}, "tags": [{text}]}}',
        ):
            answer = person.client.generic("POST", "/api/v1/generations", body, content_type="application/json")
            assert answer.status_code == 400
        assert not Generation.objects.exists()


class TestHeaders:
    @pytest.mark.parametrize("name", ["X-Request-ID", "User-Agent", "Accept-Language", "X-Forwarded-For", "Referer"])
    def test_a_line_end_in_a_header_ends_no_line(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        person = user_factory()
        with caplog.at_level(logging.INFO):
            answer: Any = APIClient().post(
                "/api/v1/auth/login", {"email": person.email, "password": PASSWORD}, format="json", headers={name: CRLF}
            )

        assert answer.status_code == 200
        assert not {"X-Evil", "Set-Cookie"} & set(answer.headers)
        assert not any("stolen" in value for value in answer.headers.values())
        events = trail().filter(actor_id=person.id)
        assert events
        assert not any("\n" in f"{event.request_id}{event.client_address}{event.reason}" for event in events)
        assert not any("stolen" in json.dumps(event.details) for event in events)

    def test_what_a_device_calls_itself_is_shown_as_data(self) -> None:
        person = user_factory()
        signed = sign_in(person.email, **{"User-Agent": f"<b>{CRLF}\u202e"})
        stored = Session.objects.get(id=signed["session_id"])

        shown = signed_in(person).client.get("/api/v1/users/sessions")

        assert shown.json()["results"][0]["user_agent"] == stored.user_agent
        assert b"\n" not in shown.content
        assert b"\r" not in shown.content
