"""FAL's webhook: believed only when signed, welcome twice, early and empty."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from generations import topics
from generations.fal.webhook import WebhookNotice
from generations.models import Generation, Submission
from generations.services.endings import fail_generation
from generations.services.submit import digest_of
from generations.services.webhook import receive_notice
from generations.states import Status, SubmissionState
from generations.values import Failure
from tests.generations.conftest import Fal, Person, change_environment, stored
from tests.support.trail import trail
from tests.support.wire import closed_port
from tests.support.work import pending_topics, run_due_work, run_next_work
from velro.background.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(owner: Person, fal: Fal) -> Generation:  # noqa: ARG001 - FAL must stand before the job is sent
    """FAL has the job; its webhook waits at the receiver."""
    generation = stored(owner.create())
    run_due_work()
    return generation


def test_a_notice_is_written_down_and_fetched_later(submitted: Generation, fal: Fal) -> None:
    assert fal.deliver_next().status_code == 200

    submission = submitted.submissions.get()
    assert submission.webhook_received_at is not None
    assert (submission.webhook_payload or {})["images"]
    assert topics.COLLECT in pending_topics(submitted.id)
    submitted.refresh_from_db()
    assert submitted.status == Status.SUBMITTED


def test_a_doubled_notice_changes_nothing(submitted: Generation, fal: Fal) -> None:
    call = fal.receiver.next()
    fal.deliver(call)
    run_due_work()
    OutboxMessage.objects.all().delete()

    assert fal.deliver(call).status_code == 200

    assert pending_topics(submitted.id) == set()
    assert submitted.assets.count() == 1


@pytest.mark.parametrize("fault", ["webhook_forged", "webhook_stale"])
def test_a_forged_or_stale_notice_is_refused(owner: Person, fal: Fal, fault: str) -> None:
    fal.sandbox.set_fault(fault)
    generation = stored(owner.create())
    run_due_work()

    response = fal.deliver_next()

    assert response.status_code == 403
    assert response.json()["code"] == "invalid_webhook"
    assert generation.submissions.get().webhook_received_at is None
    assert topics.COLLECT not in pending_topics(generation.id)


def test_an_altered_body_or_missing_signature_is_refused(submitted: Generation, fal: Fal) -> None:
    call = fal.receiver.next()
    altered = json.dumps(call.body | {"status": "ERROR"}).encode()

    assert fal.deliver(call, raw=altered).status_code == 403
    assert APIClient().post(call.path, call.raw, content_type="application/json").status_code == 403
    assert fal.deliver(call, raw=b"\xff not json").status_code == 403
    assert submitted.submissions.get().webhook_received_at is None


@pytest.mark.usefixtures("submitted")
def test_an_address_nobody_gave_out_is_not_found(fal: Fal) -> None:
    call = fal.receiver.next()
    stranger = type(call)(call.path + "x", call.headers, call.raw)

    assert fal.deliver(stranger).status_code == 404


def test_the_address_is_stored_as_a_digest_only(submitted: Generation, fal: Fal) -> None:
    token = fal.receiver.next().path.rsplit("/", 1)[1]

    stored_values = json.dumps([str(row) for row in Submission.objects.values_list()])
    assert token not in stored_values
    assert submitted.submissions.get().webhook_digest == digest_of(token)


def test_while_the_keys_cannot_be_fetched_fal_is_asked_to_come_back(
    submitted: Generation, fal: Fal, settings: Any
) -> None:
    call = fal.receiver.next()
    change_environment(settings, fal_jwks_url=f"http://127.0.0.1:{closed_port()}/jwks.json")

    response = fal.deliver(call)

    assert response.status_code == 503
    assert submitted.submissions.get().webhook_received_at is None


@pytest.mark.django_db(transaction=True)
def test_a_notice_may_overtake_the_answer_to_the_submit(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("answer_lost_after_timeout", seconds=1)
    generation = stored(owner.create())

    with ThreadPoolExecutor(1) as thread:
        submitting = thread.submit(in_thread, run_due_work)
        early = fal.deliver_next()
        submission = generation.submissions.get()
        submitting.result()

    assert early.status_code == 200
    assert (submission.state, submission.response_url) == (SubmissionState.ACCEPTED, "")
    run_next_work()
    submission.refresh_from_db()
    assert submission.response_url
    assert owner.read(generation.id).json()["status"] == "completed"
    assert len(fal.jobs_of(generation)) == 1


def test_an_empty_notice_means_go_and_get_it(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("null_payload_webhook")
    generation = stored(owner.create())
    run_due_work()

    assert fal.deliver_next().status_code == 200
    run_due_work()

    assert owner.read(generation.id).json()["status"] == "completed"


def test_the_notice_is_a_second_copy_of_a_result_that_is_gone(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("result_gone_404", times=None)
    generation = stored(owner.create())
    run_due_work()

    fal.deliver_next()
    run_due_work()

    assert owner.read(generation.id).json()["status"] == "completed"


def test_a_notice_for_a_generation_that_is_over_brings_nothing_back(submitted: Generation, fal: Fal) -> None:
    fail_generation(submitted.id, Failure("generation_timeout", "Too late."))

    assert fal.deliver_next().status_code == 200

    assert topics.COLLECT not in pending_topics(submitted.id)
    run_due_work()
    submitted.refresh_from_db()
    assert submitted.status == Status.FAILED
    assert not submitted.assets.exists()


def test_a_notice_of_a_second_job_for_one_submission_is_recorded(submitted: Generation, fal: Fal) -> None:
    Submission.objects.update(request_id="another-job")

    assert fal.deliver_next().status_code == 200

    assert trail().filter(name="generation.surplus_job", resource_id=submitted.id).exists()
    submission = submitted.submissions.get()
    assert (submission.request_id, submission.webhook_received_at) == ("another-job", None)


def test_a_payload_that_cannot_be_stored_is_left_at_fal(submitted: Generation, fal: Fal) -> None:
    request_id = fal.receiver.next().body["request_id"]
    notice = WebhookNotice(request_id, is_ok=True, payload={"text": "a\0b", "number": float("nan")}, error="a\0b")

    receive_notice(submitted.submissions.get().id, notice)

    submission = submitted.submissions.get()
    assert submission.webhook_received_at is not None
    assert submission.webhook_payload is None


def in_thread(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()
