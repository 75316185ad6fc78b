"""Handing a job to FAL while FAL, the network or the worker fails: never lost, never sent twice."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from generations import topics
from generations.fal.port import AcceptedJob
from generations.fal.queue import fal_queue
from generations.models import Generation, Submission
from generations.services.receipts import accept_job, job_of
from generations.services.reconcile import reconcile_submission
from generations.services.submit import order_of, submit_to_fal
from generations.states import Status, SubmissionState
from tests.generations.conftest import Fal, Person, change_environment, stored
from tests.support.sandbox import IMAGE
from tests.support.trail import trail
from tests.support.wire import answering, closed_port, http_answer, wire_server
from tests.support.work import bring_forward, pending_topics, run_due_work, run_next_work

pytestmark = pytest.mark.django_db


def only_submission(generation: Generation) -> Submission:
    return generation.submissions.get()


def pass_window(generation: Generation) -> None:
    """As if the sending lay longer back than the window."""
    window = timedelta(seconds=settings.ENVIRONMENT.fal_reconcile_window)
    generation.submissions.update(sent_at=timezone.now() - window - timedelta(minutes=1))


def receipt_like(submission: Submission, *, request_id: str) -> AcceptedJob:
    """What FAL's late answer would hold."""
    known = str(submission.request_id)
    urls = (submission.status_url, submission.response_url, submission.cancel_url)
    return AcceptedJob(request_id, *(url.replace(known, request_id) for url in urls))


def untagged_page(rows: list[dict[str, Any]]) -> bytes:
    """FAL's list of these requests as if just sent, without tags."""
    items = [
        {"request_id": row["request_id"], "endpoint_id": row["endpoint_id"], "json_input": row["input"]}
        | {"sent_at": timezone.now().isoformat()}
        for row in rows
    ]
    return http_answer(200, json.dumps({"items": items, "has_more": False}), content_type="application/json")


def second_job(submission: Submission) -> AcceptedJob:
    """FAL takes the order of a submission once more."""
    return fal_queue().submit(order_of(submission, webhook_url="http://127.0.0.1:1/nobody"))


def finish(generation: Generation, fal: Fal) -> Generation:
    fal.wait_until_done(generation)
    run_next_work()
    generation.refresh_from_db()
    return generation


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("unauthorized_401", "provider_credentials"),
        ("locked_403", "provider_balance"),
        ("validation_422", "invalid_input"),
        ("content_policy_422", "content_policy_violation"),
    ],
)
def test_a_refusal_for_good_ends_it_with_a_reason(owner: Person, fal: Fal, fault: str, code: str) -> None:
    fal.sandbox.set_fault(fault, at="submit")
    generation = stored(owner.create())

    run_due_work()

    body = owner.read(generation.id).json()
    assert (body["status"], body["error"]["code"]) == ("failed", code)
    assert only_submission(generation).state == SubmissionState.REFUSED
    run_next_work()
    assert fal.jobs_of(generation) == []
    assert pending_topics(generation.id) == set()


@pytest.mark.parametrize("fault", ["rate_limited_429", "unavailable_503"])
def test_a_refusal_for_now_is_tried_again(owner: Person, fal: Fal, fault: str) -> None:
    fal.sandbox.set_fault(fault, at="submit", times=2)
    generation = stored(owner.create())

    for _ in range(3):
        run_next_work()

    assert [submission.state for submission in generation.submissions.all()] == ["refused", "refused", "accepted"]
    assert finish(generation, fal).status == Status.COMPLETED
    assert len(fal.jobs_of(generation)) == 1


def test_a_refusal_for_now_ends_at_the_deadline(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("rate_limited_429", at="submit", times=None)
    generation = stored(owner.create())
    Generation.objects.update(deadline_at=timezone.now() + timedelta(milliseconds=1))

    run_next_work()
    run_next_work()

    generation.refresh_from_db()
    assert generation.status == Status.FAILED


def test_what_certainly_did_not_arrive_is_sent_again(owner: Person, fal: Fal, settings: Any) -> None:
    change_environment(settings, fal_queue_url=f"http://127.0.0.1:{closed_port()}")
    generation = stored(owner.create())
    run_due_work()
    assert only_submission(generation).state == SubmissionState.ABANDONED

    change_environment(settings, fal_queue_url=fal.sandbox.base_url)
    run_next_work()

    assert finish(generation, fal).status == Status.COMPLETED
    assert len(fal.jobs_of(generation)) == 1


class TestUnknownOutcome:
    @pytest.mark.parametrize("fault", ["drop_after_accept", "answer_lost_after_timeout"])
    def test_a_job_that_arrived_without_an_answer_is_found_and_not_sent_again(
        self, owner: Person, fal: Fal, fault: str
    ) -> None:
        fal.sandbox.set_fault(fault)
        generation = stored(owner.create())
        run_due_work()
        assert only_submission(generation).state == SubmissionState.UNKNOWN
        assert owner.read(generation.id).json()["status"] == "queued"

        fal.receiver.next()
        run_next_work()

        assert only_submission(generation).state == SubmissionState.ACCEPTED
        assert finish(generation, fal).status == Status.COMPLETED
        assert len(fal.jobs_of(generation)) == 1

    def test_its_webhook_names_the_job_before_any_search(self, owner: Person, fal: Fal) -> None:
        fal.sandbox.set_fault("drop_after_accept")
        generation = stored(owner.create())
        run_due_work()

        assert fal.deliver_next().status_code == 200
        run_due_work()

        generation.refresh_from_db()
        assert generation.status == Status.COMPLETED
        run_next_work()
        assert len(fal.jobs_of(generation)) == 1

    def test_a_job_that_never_arrived_is_sent_again_after_the_window(self, owner: Person, fal: Fal) -> None:
        fal.sandbox.set_fault("drop_before_accept")
        generation = stored(owner.create())
        run_due_work()
        for _ in range(3):
            run_next_work()
        assert only_submission(generation).state == SubmissionState.UNKNOWN
        assert fal.jobs_of(generation) == []

        pass_window(generation)
        run_next_work()

        assert [submission.state for submission in generation.submissions.all()] == ["abandoned", "accepted"]
        assert finish(generation, fal).status == Status.COMPLETED
        assert len(fal.jobs_of(generation)) == 1

    def test_one_search_is_not_enough_even_after_the_window(self, owner: Person, fal: Fal) -> None:
        fal.sandbox.set_fault("drop_before_accept")
        generation = stored(owner.create())
        run_due_work()
        pass_window(generation)

        run_next_work()
        assert only_submission(generation).state == SubmissionState.UNKNOWN

        run_next_work()
        assert generation.submissions.count() == 2

    def test_while_fal_does_not_answer_searches_nothing_is_sent(self, owner: Person, fal: Fal, settings: Any) -> None:
        fal.sandbox.set_fault("drop_before_accept")
        generation = stored(owner.create())
        run_due_work()
        pass_window(generation)
        change_environment(settings, fal_api_url=f"http://127.0.0.1:{closed_port()}/v1")

        for _ in range(5):
            run_next_work()

        submission = only_submission(generation)
        assert (submission.state, submission.lookups) == (SubmissionState.UNKNOWN, 0)

        Generation.objects.update(deadline_at=timezone.now())
        run_next_work()
        assert owner.read(generation.id).json()["error"]["code"] == "submission_unknown"

    def test_twins_with_the_same_input_are_not_confused(self, owner: Person, fal: Fal) -> None:
        fal.sandbox.set_fault("drop_after_accept", times=2)
        twins = [stored(owner.create(seed=7)) for _ in range(2)]
        run_due_work()
        for _ in twins:
            fal.receiver.next()

        run_next_work()

        found = {only_submission(twin).request_id for twin in twins}
        assert len(found) == 2
        assert None not in found

    def test_where_fal_lists_no_tags_each_twin_gets_a_job_of_its_own(
        self, owner: Person, fal: Fal, settings: Any
    ) -> None:
        fal.sandbox.set_fault("drop_after_accept", times=2)
        twins = [stored(owner.create(seed=7)) for _ in range(2)]
        run_due_work()
        rows = fal.sandbox.list_requests()

        with wire_server(answering(untagged_page(rows))) as untagged:
            change_environment(settings, fal_api_url=f"{untagged.url}/v1")
            run_next_work()

        assert {only_submission(twin).request_id for twin in twins} == {row["request_id"] for row in rows}

    def test_where_fal_lists_no_tags_what_another_holds_for_long_is_left_to_it(
        self, owner: Person, fal: Fal, settings: Any
    ) -> None:
        holder = stored(owner.create(seed=7))
        run_due_work()
        holder.submissions.update(sent_at=timezone.now() - timedelta(hours=1))
        fal.sandbox.set_fault("drop_before_accept")
        generation = stored(owner.create(seed=7))
        run_due_work()

        with wire_server(answering(untagged_page(fal.sandbox.list_requests()))) as untagged:
            change_environment(settings, fal_api_url=f"{untagged.url}/v1")
            reconcile_submission(generation.id)

        submission = only_submission(generation)
        assert (submission.request_id, submission.lookups) == (None, 1)
        assert pending_topics(generation.id) == {topics.RECONCILE}


class TestDeadWorker:
    def sent_and_died(self, generation: Generation) -> Submission:
        return Submission.objects.create(
            generation=generation, attempt=1, webhook_digest="0" * 64, sent_at=timezone.now() - timedelta(minutes=1)
        )

    def test_a_submission_left_in_sending_is_looked_for_not_sent(self, owner: Person, fal: Fal) -> None:
        generation = stored(owner.create())
        submission = self.sent_and_died(generation)

        run_due_work()

        submission.refresh_from_db()
        assert (submission.state, submission.lookups) == (SubmissionState.UNKNOWN, 1)
        assert fal.jobs_of(generation) == []

    def test_a_worker_that_is_still_sending_is_given_its_time(self, owner: Person, fal: Fal) -> None:
        generation = stored(owner.create())
        submission = self.sent_and_died(generation)
        Submission.objects.update(sent_at=timezone.now())

        assert submit_to_fal(generation.id) is None
        again = reconcile_submission(generation.id)

        submission.refresh_from_db()
        assert submission.state == SubmissionState.SENDING
        assert again is not None
        assert again.delay > timedelta(seconds=1)

    def test_an_answer_that_comes_after_all_counts_when_nothing_took_its_place(self, owner: Person, fal: Fal) -> None:
        fal.sandbox.set_fault("drop_after_accept")
        generation = stored(owner.create())
        run_due_work()
        call = fal.receiver.next()
        Submission.objects.update(state=SubmissionState.ABANDONED)

        assert fal.deliver(call).status_code == 200
        bring_forward()
        run_due_work()

        generation.refresh_from_db()
        assert generation.status == Status.COMPLETED
        assert len(fal.jobs_of(generation)) == 1


def test_a_job_whose_generation_was_deleted_while_it_was_sent_is_called_off(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("drop_after_accept")
    fal.sandbox.set_fault("never_complete")
    generation = stored(owner.create())
    run_due_work()
    owner.client.delete(f"/api/v1/generations/{generation.id}")

    run_next_work()
    run_next_work()

    (job,) = fal.jobs_of(generation)
    assert job["error_type"] == "client_cancelled"
    assert pending_topics(generation.id) == set()


def test_a_job_that_is_done_is_not_asked_to_stop(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.deliver_next()

    owner.client.delete(f"/api/v1/generations/{generation.id}")
    run_next_work()

    assert only_submission(generation).cancelled_at is None
    assert pending_topics(generation.id) == set()


def test_a_surplus_job_is_recorded_and_called_off(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("drop_after_accept")
    fal.sandbox.set_fault("never_complete", times=2)
    generation = stored(owner.create())
    run_due_work()
    Submission.objects.update(state=SubmissionState.ABANDONED)
    submit_to_fal(generation.id)
    first, second = generation.submissions.order_by("attempt")
    assert second.state == SubmissionState.ACCEPTED
    surplus = next(job for job in fal.jobs_of(generation) if job["tags"]["velro"] == str(first.id))

    accept_job(first.id, receipt_like(second, request_id=surplus["request_id"]))
    run_due_work()

    event = trail().get(name="generation.surplus_job")
    assert event.resource_id == generation.id
    errors = {job["tags"]["velro"]: job["error_type"] for job in fal.jobs_of(generation)}
    assert errors == {str(first.id): "client_cancelled", str(second.id): None}
    assert pending_topics(generation.id) == {topics.FOLLOW, topics.RECONCILE}


def test_a_second_job_of_one_submission_is_called_off_even_if_fal_is_away_at_first(
    owner: Person, fal: Fal, settings: Any
) -> None:
    fal.sandbox.set_fault("never_complete", times=2)
    generation = stored(owner.create())
    run_due_work()
    submission = only_submission(generation)
    late = second_job(submission)

    accept_job(submission.id, late)
    accept_job(submission.id, late)
    change_environment(settings, fal_queue_url=f"http://127.0.0.1:{closed_port()}")
    run_due_work()
    assert topics.CANCEL in pending_topics(generation.id)
    change_environment(settings, fal_queue_url=fal.sandbox.base_url)
    run_next_work()

    errors = {job["request_id"]: job["error_type"] for job in fal.jobs_of(generation)}
    assert errors == {submission.request_id: None, late.request_id: "client_cancelled"}
    assert trail().filter(name="generation.surplus_job").count() == 1
    assert pending_topics(generation.id) == {topics.FOLLOW}


def test_a_late_receipt_of_a_job_that_a_twin_has_taken_calls_nothing_off(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("never_complete", times=2)
    mine, twins = (stored(owner.create(seed=7)) for _ in range(2))
    run_due_work()
    taken = job_of(only_submission(twins))
    assert taken is not None

    accept_job(only_submission(mine).id, taken)
    run_due_work()

    assert [job["error_type"] for job in fal.jobs_of(mine) + fal.jobs_of(twins)] == [None, None]
    assert not trail().filter(name="generation.surplus_job").exists()


def test_who_finds_its_own_job_with_a_twin_goes_on_looking(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("drop_after_accept", match={"endpoint": IMAGE})
    mine, twins = (stored(owner.create(seed=7)) for _ in range(2))
    run_due_work()
    taken = job_of(only_submission(twins))
    assert taken is not None
    assert only_submission(mine).state == SubmissionState.UNKNOWN

    accept_job(only_submission(mine).id, taken)

    assert (only_submission(mine).state, only_submission(mine).request_id) == (SubmissionState.UNKNOWN, None)
    assert topics.RECONCILE in pending_topics(mine.id)
