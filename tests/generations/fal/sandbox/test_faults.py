"""Every fault does what its name says, by admin call and by a directive in the prompt."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from generations.fal.sandbox.faults import FAULT_KINDS
from tests.support.sandbox import IMAGE, SMALL, Sandbox

REFUSALS = {
    "unauthorized_401": (401, "No user found for Key ID and Secret"),
    "locked_403": (403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."),
    "rate_limited_429": (429, "Too many requests"),
    "server_error_500": (500, "Internal server error"),
    "unavailable_503": (503, "No runner available"),
    "gateway_timeout_504": (504, "Request timed out"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_strikes_the_submission_and_registers_nothing(sandbox: Sandbox, name: str) -> None:
    sandbox.set_fault(name)

    answer = sandbox.submit()

    assert (answer.status_code, answer.json()["detail"]) == REFUSALS[name]
    assert answer.headers["x-fal-request-id"]
    assert sandbox.list_requests() == []
    assert sandbox.submit().status_code == 200


@pytest.mark.parametrize("point", ["status", "result", "cancel", "run"])
def test_a_refusal_can_strike_elsewhere(sandbox: Sandbox, point: str) -> None:
    sandbox.set_fault("unavailable_503", at=point)
    sandbox.set_fault("never_complete", times=1 if point == "cancel" else None, match={"prompt_contains": "never"})
    submitted = sandbox.submit(prompt="never" if point == "cancel" else "a fox").json()
    if point == "cancel":
        answer = sandbox.client.put(submitted["cancel_url"])
    elif point == "status":
        answer = sandbox.client.get(submitted["status_url"])
    else:
        answer = sandbox.wait_for_result(submitted)

    assert (answer.status_code, answer.json()["error_type"]) == (503, "runner_scheduling_failure")


def test_a_bad_gateway_is_a_bare_nginx_page(sandbox: Sandbox) -> None:
    sandbox.set_fault("bad_gateway_502")

    answer = sandbox.submit()

    assert answer.status_code == 502
    assert "x-fal-request-id" not in answer.headers
    assert "nginx" in answer.text


@pytest.mark.parametrize(
    ("name", "error_type"),
    [("validation_422", "greater_than"), ("content_policy_422", "content_policy_violation")],
)
def test_a_model_refusal_completes_with_an_error(sandbox: Sandbox, name: str, error_type: str) -> None:
    sandbox.set_fault(name)
    submitted = sandbox.submit().json()

    result = sandbox.wait_for_result(submitted)

    status = sandbox.read_status(submitted)
    assert (result.status_code, result.json()["detail"][0]["type"]) == (422, error_type)
    assert (status["status"], status["error"], status["error_type"]) == (
        "COMPLETED",
        "Invalid status code: 422",
        error_type,
    )


def test_completed_with_error_replays_a_500(sandbox: Sandbox) -> None:
    sandbox.set_fault("completed_with_error")

    result = sandbox.complete()

    assert (result.status_code, result.headers["x-fal-retryable"]) == (500, "true")


@pytest.mark.parametrize(("name", "registered"), [("drop_before_accept", 0), ("drop_after_accept", 1)])
def test_a_dropped_connection_has_no_answer(sandbox: Sandbox, name: str, registered: int) -> None:
    sandbox.set_fault(name)

    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.submit()

    assert len(sandbox.list_requests()) == registered


@pytest.mark.parametrize(("name", "registered"), [("slow_submit", 0), ("answer_lost_after_timeout", 1)])
def test_a_slow_answer_registers_before_or_after(sandbox: Sandbox, name: str, registered: int) -> None:
    sandbox.set_fault(name, seconds=30)

    with pytest.raises(httpx.ReadTimeout):
        sandbox.client.post(f"/{IMAGE}", json={"prompt": "a", "image_size": SMALL}, timeout=0.3)

    assert len(sandbox.list_requests()) == registered


def test_slow_submissions_are_answered_in_the_end(sandbox: Sandbox) -> None:
    sandbox.set_fault("slow_submit", seconds=0.2)
    started = time.monotonic()

    assert sandbox.submit().status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_request_can_stay_in_progress_for_ever_without_blocking_others(sandbox: Sandbox) -> None:
    stalled = [sandbox.submit(prompt=f"[fault:never_complete] {number}").json() for number in range(9)]

    assert sandbox.complete().status_code == 200
    assert {sandbox.read_status(each)["status"] for each in stalled} == {"IN_PROGRESS"}


def test_a_request_can_fall_back_into_the_queue(sandbox: Sandbox) -> None:
    sandbox.set_fault("back_to_queue")
    submitted = sandbox.submit().json()

    result = sandbox.wait_for_result(submitted)

    assert result.status_code == 200
    assert sandbox.list_requests()[0]["attempts"] == 2


def test_fewer_images_than_asked(sandbox: Sandbox) -> None:
    sandbox.set_fault("partial_images")

    assert len(sandbox.complete(num_images=3).json()["images"]) == 2


def test_a_safety_hit_is_a_flag_and_a_black_image(sandbox: Sandbox) -> None:
    sandbox.set_fault("nsfw")

    result = sandbox.complete(num_images=2, seed=1, output_format="png").json()

    assert result["has_nsfw_concepts"] == [True, True]
    black = sandbox.client.get(result["images"][0]["url"]).content
    assert black == sandbox.client.get(result["images"][1]["url"]).content


def test_a_result_can_be_gone(sandbox: Sandbox) -> None:
    sandbox.set_fault("result_gone_404")

    assert sandbox.complete().json() == {"status": "NOT_FOUND"}


def test_a_cancellation_can_be_ignored(sandbox: Sandbox) -> None:
    sandbox.set_fault("cancel_ignored")
    sandbox.set_fault("never_complete")
    submitted = sandbox.submit().json()

    assert sandbox.client.put(submitted["cancel_url"]).status_code == 202
    assert sandbox.read_status(submitted)["status"] != "COMPLETED"


def image_url(sandbox: Sandbox) -> str:
    url: str = sandbox.complete(image_size={"width": 256, "height": 256}).json()["images"][0]["url"]
    return url


def test_a_file_can_be_gone(sandbox: Sandbox) -> None:
    sandbox.set_fault("file_gone_404")

    url = image_url(sandbox)

    assert sandbox.client.get(url).status_code == 404
    assert sandbox.client.get(url).status_code == 200


def test_a_file_can_be_cut_short(sandbox: Sandbox) -> None:
    sandbox.set_fault("file_truncated")

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        sandbox.client.get(image_url(sandbox))


@pytest.mark.parametrize(("kind", "start"), [("html", b"<!doctype html>"), ("executable", b"\x7fELF")])
def test_a_file_can_be_something_else(sandbox: Sandbox, kind: str, start: bytes) -> None:
    sandbox.set_fault("file_wrong_type", kind=kind)

    answer = sandbox.client.get(image_url(sandbox))

    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(start)


def test_a_file_can_be_endless_and_leaves_the_sandbox_well(sandbox: Sandbox) -> None:
    sandbox.set_fault("file_huge")
    received = 0

    with sandbox.client.stream("GET", image_url(sandbox)) as answer:
        assert answer.headers["content-length"] == "10000000000"
        for part in answer.iter_raw():
            received += len(part)
            if received > 5_000_000:
                break

    assert sandbox.complete(prompt="another").status_code == 200


def test_a_file_can_trickle(sandbox: Sandbox) -> None:
    sandbox.set_fault("file_slow", seconds=0.4)
    url = image_url(sandbox)
    started = time.monotonic()

    slow = sandbox.client.get(url).content

    assert time.monotonic() - started >= 0.3
    assert slow == sandbox.client.get(url).content


def test_a_file_can_point_into_the_cloud(sandbox: Sandbox) -> None:
    sandbox.set_fault("redirecting_file")

    answer = sandbox.client.get(image_url(sandbox))

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://169.254.169.254/")


def test_a_directive_strikes_every_time_or_as_often_as_it_says(sandbox: Sandbox) -> None:
    twice = "a fox [fault:rate_limited times=2]"

    assert [sandbox.submit(prompt=twice).status_code for _ in range(4)] == [429, 429, 200, 200]
    assert [sandbox.submit(prompt="[fault:locked]").status_code for _ in range(3)] == [403, 403, 403]
    assert sandbox.submit(prompt="[fault:unheard_of] [fault:").status_code == 200


def test_a_fault_strikes_only_what_it_matches(sandbox: Sandbox) -> None:
    sandbox.set_fault("locked_403", times=None, match={"endpoint": IMAGE, "prompt_contains": "bad"})

    assert sandbox.submit("fal-ai/flux/dev", prompt="bad").status_code == 200
    assert sandbox.submit(prompt="good").status_code == 200
    assert sandbox.submit(prompt="bad").status_code == 403
    assert sandbox.submit(prompt="bad").status_code == 403


def test_a_fault_can_pick_one_request(sandbox: Sandbox) -> None:
    first, second = sandbox.submit().json(), sandbox.submit().json()
    sandbox.set_fault("result_gone_404", match={"request_id": first["request_id"]})

    assert sandbox.wait_for_result(second).status_code == 200
    assert sandbox.wait_for_result(first).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "unheard_of"},
        {},
        {"fault": "nsfw", "times": 0},
        {"fault": "nsfw", "times": "x"},
        {"fault": "nsfw", "match": {"colour": "red"}},
        {"fault": "nsfw", "match": []},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert sandbox.client.post("/sandbox/faults", json=body).status_code == 400


def test_faults_are_listed_and_lifted(sandbox: Sandbox) -> None:
    sandbox.set_fault("nsfw", times=2)

    listed = sandbox.client.get("/sandbox/faults").json()["faults"]
    sandbox.client.delete("/sandbox/faults")

    assert [(rule["fault"], rule["times_left"]) for rule in listed] == [("nsfw", 2)]
    assert sandbox.client.get("/sandbox/faults").json() == {"faults": []}


def test_the_index_names_every_fault(sandbox: Sandbox) -> None:
    assert set(sandbox.client.get("/sandbox").json()["faults"]) == set(FAULT_KINDS)
