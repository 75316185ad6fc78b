"""Status, result, cancel and the search: what each answer of FAL means for a job that exists."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from generations.fal.errors import FalProblem, JobFailed, JobGone, Unreachable
from generations.fal.port import AcceptedJob, JobOrder, JobState
from tests.generations.fal.conftest import QueueAt
from tests.support.wire import answering, hanging_up, http_answer, keeping_alive, staying_silent, wire_server

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def job_at(url: str) -> AcceptedJob:
    return AcceptedJob("request-1", f"{url}/status", f"{url}/result", f"{url}/cancel")


def status_answer(**fields: object) -> bytes:
    return http_answer(200, json.dumps({"request_id": "request-1", "logs": None, **fields}))


def model_error(status: int, error_type: str, **headers: str) -> bytes:
    return http_answer(status, json.dumps({"detail": [{"loc": ["body"], "msg": "m", "type": error_type}]}), **headers)


def test_the_three_states_and_their_details(queue_at: QueueAt) -> None:
    answers = answering(
        status_answer(status="IN_QUEUE", queue_position=3),
        status_answer(status="IN_PROGRESS", logs=[{"message": "x" * 900}, {"message": 5}, "text"]),
        status_answer(status="COMPLETED", error="Invalid status code: 422"),
        status_answer(status="IN_QUEUE", queue_position=10**30),
    )
    with wire_server(answers) as server:
        queue, job = queue_at(server.url), job_at(server.url)
        looks = [queue.status(job) for _ in range(4)]
    assert [look.state for look in looks] == [JobState.QUEUED, JobState.RUNNING, JobState.FINISHED, JobState.QUEUED]
    assert [look.queue_position for look in looks] == [3, None, None, None]
    assert looks[1].logs == ("x" * 500,)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (http_answer(404, '{"status": "NOT_FOUND"}'), JobGone),
        (http_answer(401, "{}"), Unreachable),
        (http_answer(429, "{}"), Unreachable),
        (http_answer(502, "nginx"), Unreachable),
        (status_answer(status="EXPLODED"), Unreachable),
        (http_answer(200, '{"status": "IN_QUEUE"}'), Unreachable),
        (http_answer(200, "[]"), Unreachable),
    ],
)
def test_a_status_without_a_usable_answer(answer: bytes, problem: type[FalProblem], queue_at: QueueAt) -> None:
    with wire_server(answering(answer)) as server, pytest.raises(problem):
        queue_at(server.url).status(job_at(server.url))
    assert len(server.requests) == 1


def test_a_result_keeps_the_output_and_the_billed_units(queue_at: QueueAt) -> None:
    answer = http_answer(200, '{"images": []}', x_fal_billable_units="1.50")
    with wire_server(answering(answer)) as server:
        result = queue_at(server.url).result(job_at(server.url))
    assert (result.output, result.billable_units) == ({"images": []}, Decimal("1.50"))


@pytest.mark.parametrize("units", ["", "NaN", "-1", "Infinity", "1e99", "many"])
def test_units_that_make_no_sense_are_no_units(units: str, queue_at: QueueAt) -> None:
    with wire_server(answering(http_answer(200, "{}", x_fal_billable_units=units))) as server:
        assert queue_at(server.url).result(job_at(server.url)).billable_units is None


@pytest.mark.parametrize(
    ("answer", "problem", "code"),
    [
        (model_error(422, "content_policy_violation"), JobFailed, "content_policy_violation"),
        (model_error(422, "no_media_generated"), JobFailed, "no_media_generated"),
        (model_error(422, "image_too_small"), JobFailed, "invalid_input"),
        (model_error(422, "value_error.missing"), JobFailed, "invalid_input"),
        (model_error(500, "internal_server_error"), JobFailed, "provider_error"),
        (model_error(504, "generation_timeout"), JobFailed, "generation_timeout"),
        (model_error(403, "content_policy_violation"), JobFailed, "content_policy_violation"),
        (http_answer(499, '{"detail": "x", "error_type": "client_cancelled"}'), JobFailed, "cancelled"),
        (http_answer(504, "{}", x_fal_error_type="startup_timeout"), JobFailed, "generation_timeout"),
        (http_answer(503, "{}", x_fal_error_type="runner_disconnected"), JobFailed, "provider_unavailable"),
        (http_answer(500, "oops", x_fal_request_id="q"), JobFailed, "provider_error"),
        (http_answer(502, "<html>nginx</html>"), Unreachable, "provider_error"),
        (http_answer(400, '{"detail": "Request is still in progress"}'), Unreachable, "still_running"),
        (http_answer(401, '{"detail": "No user found"}'), Unreachable, "provider_credentials"),
        (http_answer(403, '{"detail": "Exhausted balance"}'), Unreachable, "provider_balance"),
        (http_answer(429, '{"detail": "x"}'), Unreachable, "provider_rate_limited"),
        (http_answer(404, '{"status": "NOT_FOUND"}'), JobGone, "result_gone"),
        (http_answer(410, ""), JobGone, "result_gone"),
    ],
)
def test_a_replayed_error_ends_the_job_and_trouble_on_the_way_does_not(
    answer: bytes, problem: type[FalProblem], code: str, queue_at: QueueAt
) -> None:
    with wire_server(answering(answer)) as server, pytest.raises(FalProblem) as caught:
        queue_at(server.url).result(job_at(server.url))
    assert (type(caught.value), caught.value.code) == (problem, code)


@pytest.mark.parametrize("behave", [hanging_up, staying_silent])
def test_silence_is_unreachable(behave: object, queue_at: QueueAt) -> None:
    with wire_server(behave) as server, pytest.raises(Unreachable):  # type: ignore[arg-type] # parametrize erases it
        queue_at(server.url).result(job_at(server.url))
    assert len(server.requests) == 1


def test_cancelling_a_job_that_is_over_is_fine(queue_at: QueueAt) -> None:
    answers = answering(
        http_answer(202, '{"status": "CANCELLATION_REQUESTED"}'),
        http_answer(200, ""),
        http_answer(400, '{"status": "ALREADY_COMPLETED"}'),
    )
    with wire_server(answers) as server:
        for _ in range(3):
            queue_at(server.url).cancel(job_at(server.url))
    assert [line for line, _, _ in server.requests] == ["PUT /cancel HTTP/1.1"] * 3


def test_cancelling_an_unknown_job_says_so(queue_at: QueueAt) -> None:
    with wire_server(answering(http_answer(404, '{"status": "NOT_FOUND"}'))) as server, pytest.raises(JobGone):
        queue_at(server.url).cancel(job_at(server.url))


def test_the_key_never_leaves_for_a_stored_foreign_address(queue_at: QueueAt) -> None:
    with wire_server(answering(http_answer(200, "{}"))) as thief, wire_server(answering(http_answer(200, "{}"))) as fal:
        queue, job = queue_at(fal.url), job_at(thief.url)
        for question in (queue.status, queue.result, queue.cancel):
            with pytest.raises(Unreachable) as refusal:
                question(job)
            assert refusal.value.code == "provider_host_refused"
    assert (thief.connections, fal.connections) == (0, 0)


def listing(*items: dict[str, object], next_cursor: str | None = None) -> bytes:
    page = {"items": list(items), "next_cursor": next_cursor, "has_more": next_cursor is not None}
    return http_answer(200, json.dumps(page))


def sent(name: str, order: JobOrder, **changes: object) -> dict[str, object]:
    sent_at = (SINCE + timedelta(seconds=5)).isoformat()
    item = {"request_id": name, "endpoint_id": order.endpoint, "sent_at": sent_at, "json_input": order.input}
    return {**item, **changes}


@pytest.mark.parametrize("tags", [{"velro": "attempt-1"}, ["a=b", "velro=attempt-1"], "a=b,velro=attempt-1"])
def test_a_lost_job_is_found_by_its_tag_on_a_later_page(tags: object, queue_at: QueueAt, order: JobOrder) -> None:
    pages = answering(
        listing(sent("other", order, tags={"velro": "attempt-2"}), sent("alike", order), next_cursor="2"),
        listing(sent("wanted", order, tags=tags, json_input=None)),
    )
    with wire_server(pages) as server:
        job = queue_at(server.url).find(order, since=SINCE, claimed_among=lambda _: ())
    assert job
    assert job.request_id == "wanted"
    assert job.response_url == "https://queue.fal.run/fal-ai/flux/requests/wanted"
    assert "cursor=2" in server.requests[1][0]
    assert server.requests[0][0].startswith(
        "GET /v1/models/requests/by-endpoint?endpoint_id=fal-ai%2Fflux%2Fdev&start="
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"json_input": {"prompt": "another"}},
        {"endpoint_id": "fal-ai/flux/schnell"},
        {"sent_at": (SINCE - timedelta(minutes=5)).isoformat()},
        {"tags": {}},
        {"tags": {"velro": "attempt-2"}},
        {"request_id": 7},
        {"request_id": "no\0name"},
        {"request_id": "claimed"},
    ],
)
def test_a_request_that_differs_is_not_taken_for_the_lost_one(
    changes: dict[str, object], queue_at: QueueAt, order: JobOrder
) -> None:
    with wire_server(answering(listing(sent("wanted", order, **changes)))) as server:
        assert queue_at(server.url).find(order, since=SINCE, claimed_among=lambda _: {"claimed"}) is None


def test_without_tags_equal_input_is_enough(queue_at: QueueAt, order: JobOrder) -> None:
    with wire_server(answering(listing(sent("wanted", order)))) as server:
        job = queue_at(server.url).find(order, since=SINCE, claimed_among=lambda _: ())
    assert job
    assert job.request_id == "wanted"


@pytest.mark.parametrize("answer", [http_answer(404, "{}"), http_answer(200, "{}"), http_answer(403, "{}"), b""])
def test_a_search_that_fails_is_not_an_empty_one(answer: bytes, queue_at: QueueAt, order: JobOrder) -> None:
    with wire_server(answering(answer)) as server, pytest.raises(Unreachable):
        queue_at(server.url).find(order, since=SINCE, claimed_among=lambda _: ())


def test_questions_share_a_connection(queue_at: QueueAt) -> None:
    kept = http_answer(200, "{}", connection="keep-alive")
    with wire_server(keeping_alive(kept, kept)) as server:
        queue, job = queue_at(server.url), job_at(server.url)
        queue.result(job)
        queue.result(job)
    assert (len(server.requests), server.connections) == (2, 1)
