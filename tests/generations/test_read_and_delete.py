"""Reading, listing, waiting and deleting."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from generations import topics
from generations.models import Generation
from generations.services.endings import fail_generation
from generations.services.transitions import advance
from generations.states import Status
from generations.values import Failure
from tests.generations.conftest import Person, stored
from tests.support.work import pending_topics

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [entry["id"] for entry in response.json()["results"]]


def make(person: Person, **attributes: Any) -> Generation:
    defaults = {
        "model": "fal-ai/flux/schnell",
        "kind": "image",
        "input": {"prompt": "a fox"},
        "estimated_cost": 0,
        "deadline_at": timezone.now() + timedelta(hours=1),
    }
    return Generation.objects.create(owner=person.user, **defaults | attributes)


class TestOne:
    def test_its_owner_reads_it(self, owner: Person) -> None:
        generation = make(owner, title="Fox")

        response = owner.read(generation.id)

        assert response.status_code == 200
        assert response.json()["title"] == "Fox"
        assert response["ETag"]

    def test_for_anyone_else_it_is_as_if_it_did_not_exist(self, owner: Person, mallory: Person) -> None:
        foreign, missing = mallory.read(make(owner).id), mallory.read(uuid4())

        assert foreign.status_code == missing.status_code == 404
        ignored = {"instance", "request_id"}
        assert {k: v for k, v in foreign.json().items() if k not in ignored} == {
            k: v for k, v in missing.json().items() if k not in ignored
        }

    @pytest.mark.parametrize("spelling", [str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"])
    def test_another_spelling_of_its_id_is_not_found(self, owner: Person, spelling: Any) -> None:
        assert owner.read(spelling(str(make(owner).id))).status_code == 404

    def test_a_failure_is_told_in_a_code_and_a_sentence(self, owner: Person) -> None:
        generation = make(owner)
        fail_generation(generation.id, Failure("content_policy_violation", "The model refused."))

        body = owner.read(generation.id).json()

        assert body["status"] == "failed"
        assert body["error"] == {"code": "content_policy_violation", "message": "The model refused."}
        assert body["finished_at"]


class TestList:
    def test_shows_exactly_the_callers_own_newest_first(self, owner: Person, mallory: Person) -> None:
        first, second = make(owner), make(owner)
        make(mallory)

        assert ids(owner.client.get(LIST)) == [str(second.id), str(first.id)]

    def test_pages_through_everything_once_while_rows_are_added(self, owner: Person) -> None:
        made = [str(make(owner).id) for _ in range(5)]
        page = owner.client.get(LIST, {"limit": 2})
        seen = ids(page)
        make(owner)
        while page.json()["next"]:
            page = owner.client.get(page.json()["next"])
            seen += ids(page)

        assert seen == made[::-1]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"status": "failed"}, {"failed"}),
            ({"model": "fal-ai/veo3.1"}, {"video"}),
            ({"tag": "red"}, {"tagged"}),
            ({"q": "HERON"}, {"heron", "spoken"}),
            ({"q": "tagged"}, {"tagged"}),
            ({"created_before": "2020-01-02T00:00:00Z"}, {"old"}),
            ({"created_after": "2020-01-02T00:00:00Z", "tag": "red"}, {"tagged"}),
        ],
    )
    def test_is_narrowed_by_filters(self, owner: Person, query: dict[str, str], expected: set[str]) -> None:
        failed = make(owner, title="failed")
        fail_generation(failed.id, Failure("x", "y"))
        make(owner, title="video", model="fal-ai/veo3.1")
        make(owner, title="tagged", tags=["red", "wild"])
        make(owner, title="heron", input={"prompt": "a grey heron"})
        make(owner, title="spoken", input={"text": "the heron said"})
        old = make(owner, title="old")
        Generation.objects.filter(id=old.id).update(created_at="2020-01-01T00:00:00Z")

        found = owner.client.get(LIST, query).json()["results"]

        assert {entry["title"] for entry in found} == expected

    def test_shortens_long_texts_that_the_generation_itself_has_whole(self, owner: Person) -> None:
        longest, longer = "x" * 2_000, "y" * 2_001
        sent = {"prompt": longest, "image_url": longer, "more": [longer, 5], "size": {"note": longer}}
        generation = make(owner, input=sent)
        cut = "y" * 200 + "…"

        (listed,) = owner.client.get(LIST).json()["results"]

        assert listed["input"] == {"prompt": longest, "image_url": cut, "more": [cut, 5], "size": {"note": cut}}
        assert owner.read(generation.id).json()["input"] == sent

    def test_another_owner_matches_nothing_of_theirs(self, owner: Person, mallory: Person) -> None:
        make(owner)

        assert ids(mallory.client.get(LIST, {"owner": str(owner.user.id)})) == []

    def test_can_be_turned_round(self, owner: Person) -> None:
        made = [str(make(owner).id) for _ in range(3)]

        assert ids(owner.client.get(LIST, {"sort": "created_at"})) == made

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"project": "mine"}, "?project"),
            ({"team": uuid4().hex}, "?team"),
            ({"asset": str(uuid4())}, "?asset"),
            ({"status": "done"}, "?status"),
            ({"limit": "0"}, "?limit"),
            ({"limit": "101"}, "?limit"),
            ({"sort": "cost"}, "?sort"),
            ({"cursor": "tampered"}, "?cursor"),
            ({"owner": "me"}, "?owner"),
            ({"owner": str(uuid4()).upper()}, "?owner"),
            ({"owner": uuid4().hex}, "?owner"),
            ({"owner": uuid4().urn}, "?owner"),
            ({"created_after": "yesterday"}, "?created_after"),
            ({"q": "a\0b"}, "?q"),
        ],
    )
    def test_refuses_parameters_it_does_not_understand(
        self, owner: Person, query: dict[str, str], pointer: str
    ) -> None:
        response = owner.client.get(LIST, query)

        assert response.status_code == 400
        assert pointer in {fault["pointer"] for fault in response.json()["errors"]}


class TestWait:
    def test_answers_at_once_when_it_is_over(self, owner: Person) -> None:
        generation = make(owner)
        fail_generation(generation.id, Failure("x", "y"))

        response = owner.read(generation.id, wait=60)

        assert response.json()["status"] == "failed"
        assert "Preference-Applied" not in response

    def test_answers_with_what_there_is_when_the_time_is_up(self, owner: Person) -> None:
        response = owner.read(make(owner).id, wait=1)

        assert response.json()["status"] == "queued"
        assert response["Preference-Applied"] == "wait=1"

    def test_the_prefer_header_asks_the_same(self, owner: Person) -> None:
        generation = make(owner)

        response = owner.client.get(f"{LIST}/{generation.id}", headers={"Prefer": "respond-async, wait=1"})

        assert response["Preference-Applied"] == "wait=1"

    @pytest.mark.parametrize("wait", ["61", "-1", "soon"])
    def test_refuses_a_wait_that_is_too_long_or_no_number(self, owner: Person, wait: str) -> None:
        assert owner.read(make(owner).id, wait=wait).status_code == 400

    @pytest.mark.django_db(transaction=True)
    def test_ends_with_the_generation(self, owner: Person) -> None:
        generation = make(owner)

        def end() -> None:
            fail_generation(generation.id, Failure("x", "y"))
            connection.close()

        ending = threading.Timer(0.3, end)
        ending.start()
        response = owner.read(generation.id, wait=60)
        ending.join()

        assert response.json()["status"] == "failed"

    @pytest.mark.django_db(transaction=True)
    def test_what_was_deleted_meanwhile_is_not_shown(self, owner: Person) -> None:
        generation = make(owner)

        def delete() -> None:
            owner.client.delete(f"{LIST}/{generation.id}")
            connection.close()

        deleting = threading.Timer(0.3, delete)
        deleting.start()
        response = owner.read(generation.id, wait=60)
        deleting.join()

        assert response.status_code == 404


class TestDelete:
    def test_puts_it_out_of_reach_at_once(self, owner: Person) -> None:
        generation = make(owner)

        assert owner.client.delete(f"{LIST}/{generation.id}").status_code == 204

        assert owner.read(generation.id).status_code == 404
        assert ids(owner.client.get(LIST)) == []
        assert owner.client.delete(f"{LIST}/{generation.id}").status_code == 404
        generation.refresh_from_db()
        assert generation.deleted_at is not None

    def test_calls_off_what_was_not_finished(self, owner: Person) -> None:
        generation = stored(owner.create())

        owner.client.delete(f"{LIST}/{generation.id}")

        generation.refresh_from_db()
        assert generation.status == Status.CANCELLED
        assert topics.CANCEL in pending_topics(generation.id)

    def test_nobody_else_can(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)

        assert mallory.client.delete(f"{LIST}/{generation.id}").status_code == 404
        assert owner.read(generation.id).status_code == 200

    def test_if_match_must_name_the_current_version(self, owner: Person) -> None:
        generation = make(owner)
        read = owner.read(generation.id)
        advance(generation.id, to=Status.SUBMITTED, submitted_at=timezone.now())

        stale = owner.client.delete(f"{LIST}/{generation.id}", headers={"If-Match": read["ETag"]})
        assert stale.status_code == 412

        fresh = owner.read(generation.id)["ETag"]
        assert owner.client.delete(f"{LIST}/{generation.id}", headers={"If-Match": fresh}).status_code == 204
