"""`Idempotency-Key`: the same request is worked on once and answered the same way each time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from authorization.actions import Action
from authorization.facts import Principal
from tests.support.trail import trail
from velro.api.declarations import Answer
from velro.api.idempotency import KEPT_FOR, LEASE, idempotent, purge_expired_records
from velro.api.models import IdempotencyRecord
from velro.api.serializers import StrictSerializer
from velro.api.views import ApiView
from velro.audit.models import Outcome
from velro.audit.services import record_event

NOBODY_WAITS: Callable[[], None] = lambda: None  # noqa: E731 - the neutral value of `while_running`


class WordInput(StrictSerializer):
    word = serializers.CharField()


class WordOutput(serializers.Serializer[Any]):
    word = serializers.CharField()
    number = serializers.IntegerField()


class WordView(ApiView):
    """Writes one row for each time it works."""

    actions: ClassVar = {"post": Action("word", "create")}
    inputs: ClassVar = {"post": WordInput}
    outputs: ClassVar = {"post": Answer(201, WordOutput)}
    while_running = staticmethod(NOBODY_WAITS)

    @idempotent
    def post(self, _request: Request) -> Response:
        word = self.read_input()["word"]
        record_event("word.created", outcome=Outcome.SUCCEEDED, details={"word": word})
        self.while_running()
        return self.answer({"word": word, "number": times_worked()}, headers={"Location": f"/words/{word}"})


def times_worked() -> int:
    return trail().filter(name="word.created").count()


def post(
    word: str = "fox", *, key: str | None = "key-1", user_id: UUID | None = None, path: str = "/words", **view: Any
) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    request = APIRequestFactory().post(path, {"word": word}, format="json", headers=headers)
    force_authenticate(request, user=Principal(user_id=user_id or USER, session_id=uuid4()))  # type: ignore[arg-type]
    response = WordView.as_view(**view)(request)
    response.render()
    return response


USER = uuid4()


@pytest.mark.django_db
class TestOneAfterAnother:
    def test_a_repeated_request_gets_the_same_answer_and_works_once(self) -> None:
        first, second = post(), post()

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert second["Idempotency-Replayed"] == "true"
        assert second["Location"] == "/words/fox"
        assert "Idempotency-Replayed" not in first
        assert times_worked() == 1

    def test_without_a_key_every_request_works(self) -> None:
        post(key=None)
        post(key=None)

        assert times_worked() == 2
        assert not IdempotencyRecord.objects.exists()

    def test_another_body_under_the_same_key_is_refused(self) -> None:
        post("fox")

        refused = post("hare")

        assert refused.status_code == 422
        assert refused.data["code"] == "idempotency_key_reused"
        assert times_worked() == 1

    def test_keys_belong_to_one_person_and_one_route(self) -> None:
        post()

        assert post(user_id=uuid4()).status_code == 201
        assert post(path="/other-words").status_code == 201
        assert times_worked() == 3

    def test_a_refused_request_frees_its_key(self) -> None:
        assert post(word="").status_code == 400

        assert post("fox").status_code == 201
        assert times_worked() == 1

    def test_what_a_failing_request_wrote_is_undone(self) -> None:
        def fail() -> None:
            raise RuntimeError

        assert post(while_running=fail).status_code == 500
        assert times_worked() == 0

        assert post().status_code == 201
        assert times_worked() == 1

    @pytest.mark.parametrize("key", ["", "a b", "ключ", "x" * 256, "tab\t"])
    def test_a_key_that_is_not_1_to_255_visible_characters_is_refused(self, key: str) -> None:
        refused = post(key=key)

        assert refused.status_code == 400
        assert times_worked() == 0

    def test_the_stored_answer_is_not_readable_in_the_table(self) -> None:
        post("a-secret-word")

        assert "a-secret-word" not in IdempotencyRecord.objects.get().answer

    def test_a_key_is_forgotten_after_a_day(self) -> None:
        post("fox")
        yesterday = timezone.now() - KEPT_FOR - timedelta(minutes=1)
        IdempotencyRecord.objects.update(created_at=yesterday, leased_until=yesterday)

        assert post("hare").status_code == 201

    def test_the_purge_removes_only_what_is_older_than_a_day(self) -> None:
        post(key="old")
        IdempotencyRecord.objects.update(created_at=timezone.now() - KEPT_FOR - timedelta(seconds=1))
        post(key="new")

        assert purge_expired_records() == 1
        assert IdempotencyRecord.objects.get().key == "new"


@pytest.mark.django_db
class TestWhileTheFirstIsRunning:
    def test_the_second_is_told_to_come_back(self) -> None:
        answers: list[Any] = []

        post(while_running=lambda: answers.append(post()))

        (second,) = answers
        assert second.status_code == 409
        assert second["Retry-After"] == "1"
        assert times_worked() == 1

    def test_the_key_of_a_request_that_died_is_free_after_its_lease(self) -> None:
        post()
        IdempotencyRecord.objects.update(status_code=None, answer="", leased_until=timezone.now() + LEASE)
        assert post().status_code == 409

        IdempotencyRecord.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

        assert post().status_code == 201

    def test_a_request_that_outlived_its_lease_undoes_its_work(self) -> None:
        answers: list[Any] = []

        def be_overtaken() -> None:
            IdempotencyRecord.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
            answers.append(post())

        slow = post(while_running=be_overtaken)

        assert slow.status_code == 409
        assert not any(answer.status_code == 500 for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_of_fifty_requests_at_once_one_works_and_none_fails() -> None:
    together = threading.Barrier(10)

    def attempt(_: int) -> tuple[int, bytes]:
        together.wait()
        try:
            response = post()
            return response.status_code, bytes(response.content)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(attempt, range(50)))

    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert times_worked() == 1
