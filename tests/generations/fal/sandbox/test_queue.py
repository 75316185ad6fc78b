"""The queue protocol: states, positions, cancellation, deadlines, priorities, and who may ask."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from tests.support.sandbox import IMAGE, SMALL, Sandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.webhook_receiver import WebhookReceiver

DEV = "fal-ai/flux/dev"


@pytest.fixture(scope="module")
def slow_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One place, and every request takes ten seconds: whoever comes second waits."""
    with running_sandbox(tmp_path_factory.mktemp("slow"), "--pace", "10", "--concurrency", "1") as sandbox:
        yield sandbox


def test_a_submission_is_answered_with_every_key_of_the_live_service(sandbox: Sandbox) -> None:
    answer = sandbox.submit(DEV)

    body = answer.json()
    address = f"{sandbox.base_url}/fal-ai/flux/requests/{body['request_id']}"
    assert answer.status_code == 200
    assert answer.headers["x-fal-request-id"] == body["request_id"]
    assert body == {
        "status": "IN_QUEUE",
        "request_id": body["request_id"],
        "response_url": address,
        "status_url": f"{address}/status",
        "cancel_url": f"{address}/cancel",
        "logs": None,
        "metrics": {},
        "queue_position": 0,
    }


def test_a_completed_request_carries_its_cost_and_time(sandbox: Sandbox) -> None:
    submitted = sandbox.submit(DEV, image_size="square_hd", num_images=2).json()

    result = sandbox.wait_for_result(submitted)

    status = sandbox.read_status(submitted)
    assert result.headers["x-fal-billable-units"] == "4"
    assert result.headers["x-fal-request-id"] == submitted["request_id"]
    assert status["metrics"]["inference_time"] > 0
    assert status["logs"] is None
    assert sandbox.client.get(f"{submitted['response_url']}/response").json() == result.json()


@pytest.mark.parametrize(
    ("endpoint", "asked", "units"),
    [
        ("fal-ai/nano-banana-2", {"resolution": "0.5K", "num_images": 2}, "1.5"),
        ("fal-ai/nano-banana-2", {"resolution": "0.5K", "enable_web_search": True}, "0.9375"),
        ("fal-ai/elevenlabs/tts/turbo-v2.5", {"text": "x" * 250}, "0.25"),
        ("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", {}, "5"),
        ("fal-ai/veo3.1", {"duration": "4s"}, "8"),
        ("fal-ai/veo3.1", {"duration": "4s", "generate_audio": False}, "4"),
    ],
)
def test_every_pricing_unit_is_counted(sandbox: Sandbox, endpoint: str, asked: dict[str, Any], units: str) -> None:
    assert sandbox.complete(endpoint, **asked).headers["x-fal-billable-units"] == units


def test_a_line_counts_down_and_logs_grow(slow_sandbox: Sandbox) -> None:
    slow_sandbox.reset()
    first = slow_sandbox.submit().json()
    second = slow_sandbox.submit().json()

    assert slow_sandbox.read_status(first)["queue_position"] == 2
    assert slow_sandbox.read_status(second)["status"] == "IN_QUEUE"
    assert slow_sandbox.client.get(second["status_url"]).status_code == 202
    assert slow_sandbox.client.get(second["response_url"]).json() == {"detail": "Request is still in progress"}


def test_whoever_comes_last_stands_last(slow_sandbox: Sandbox) -> None:
    slow_sandbox.reset()

    submitted = [slow_sandbox.submit().json() for _ in range(5)]

    assert [each["queue_position"] for each in submitted] == [2, 2, 2, 3, 4]
    assert slow_sandbox.read_status(submitted[3])["queue_position"] == 3


def test_a_waiting_request_is_taken_out_of_the_line(slow_sandbox: Sandbox) -> None:
    slow_sandbox.reset()
    submitted = slow_sandbox.submit().json()

    answer = slow_sandbox.client.put(submitted["cancel_url"])

    assert (answer.status_code, answer.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    assert slow_sandbox.read_status(submitted)["error_type"] == "client_cancelled"
    assert slow_sandbox.client.get(submitted["response_url"]).status_code == 499


def test_low_priority_waits_behind_normal(slow_sandbox: Sandbox) -> None:
    slow_sandbox.reset()
    low = slow_sandbox.client.post(f"/{IMAGE}", json={"prompt": "a"}, headers={"X-Fal-Queue-Priority": "low"}).json()
    for _ in range(4):
        slow_sandbox.submit()

    assert slow_sandbox.read_status(low)["queue_position"] == 4


@pytest.mark.parametrize("header", ["X-Fal-Request-Timeout", "X-Fal-Request-Start-Timeout"])
def test_a_request_that_does_not_start_in_time_fails_for_good(slow_sandbox: Sandbox, header: str) -> None:
    slow_sandbox.reset()
    submitted = slow_sandbox.client.post(f"/{IMAGE}", json={"prompt": "a"}, headers={header: "0.2"}).json()

    result = slow_sandbox.wait_for_result(submitted)

    assert result.status_code == 504
    assert result.headers["x-fal-request-timeout-type"] == "user"
    assert result.json()["error_type"] == "startup_timeout"


def test_a_full_queue_turns_callers_away_who_asked_for_it(slow_sandbox: Sandbox) -> None:
    slow_sandbox.reset()
    slow_sandbox.submit()

    refused = slow_sandbox.client.post(f"/{IMAGE}", json={"prompt": "a"}, params={"fal_max_queue_length": "0"})

    assert refused.status_code == 429


def test_a_path_longer_than_owner_and_application_is_405(sandbox: Sandbox) -> None:
    submitted = sandbox.submit(DEV).json()

    assert sandbox.client.get(f"/{DEV}/requests/{submitted['request_id']}/status").status_code == 405


def test_strangers_are_not_found(sandbox: Sandbox) -> None:
    submitted = sandbox.submit().json()

    assert sandbox.client.get("/fal-ai/flux/requests/none/status").json() == {"status": "NOT_FOUND"}
    assert sandbox.client.get(f"/fal-ai/veo3.1/requests/{submitted['request_id']}").status_code == 404
    assert sandbox.client.put("/fal-ai/flux/requests/none/cancel").status_code == 404
    unknown = sandbox.client.post("/nobody/nothing", json={})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "Error")


@pytest.fixture(scope="module")
def keyed_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    options = ("--key", "id:right", "--concurrency", "1")
    with running_sandbox(tmp_path_factory.mktemp("keyed"), *options, key="id:right") as sandbox:
        yield sandbox


def test_no_more_requests_run_at_once_than_allowed(keyed_sandbox: Sandbox) -> None:
    keyed_sandbox.reset()
    submitted = [keyed_sandbox.submit(prompt=f"fox {number}", image_size="square").json() for number in range(4)]

    for each in submitted:
        keyed_sandbox.wait_for_result(each)

    items = keyed_sandbox.client.get("/v1/models/requests/by-endpoint", params={"endpoint_id": IMAGE}).json()["items"]
    for later, earlier in pairwise(items):
        assert later["started_at"] >= earlier["ended_at"]


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("", "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."),
        ("Key without-colon", "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."),
        ("Key id:wrong", "No user found for Key ID and Secret"),
    ],
)
def test_a_sandbox_with_a_key_accepts_no_other(keyed_sandbox: Sandbox, authorization: str, detail: str) -> None:
    assert keyed_sandbox.submit().status_code == 200

    headers = {"Authorization": authorization}
    answer = httpx.post(f"{keyed_sandbox.base_url}/{IMAGE}", json={}, headers=headers, trust_env=False)

    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["x-fal-request-id"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_a_bad_request(sandbox: Sandbox, content: bytes) -> None:
    answer = sandbox.client.post(f"/{IMAGE}", content=content)

    assert (answer.status_code, answer.json()["error_type"]) == (400, "bad_request")


def test_every_finding_about_an_input_is_listed(sandbox: Sandbox) -> None:
    answer = sandbox.complete(prompt=None, num_images=9, output_format="gif", image_size={"width": 0, "height": 1})

    found = {(tuple(item["loc"][:2]), item["type"]) for item in answer.json()["detail"]}
    assert answer.headers["x-fal-retryable"] == "false"
    assert {
        (("body", "prompt"), "string_type"),
        (("body", "num_images"), "less_than_equal"),
        (("body", "output_format"), "one_of"),
        (("body", "image_size"), "greater_than"),
    } <= found


def test_the_host_names_of_fal_are_told_apart(sandbox: Sandbox) -> None:
    queued = sandbox.client.post(f"/{IMAGE}", json={"prompt": "a"}, headers={"Host": "queue.fal.run"}).json()
    ran = sandbox.client.post(f"/{IMAGE}", json={"prompt": "a", "image_size": SMALL}, headers={"Host": "fal.run"})

    assert queued["status_url"].startswith("http://queue.fal.run/")
    assert ran.json()["images"][0]["width"] == 64


def test_requests_survive_a_killed_sandbox(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    with running_sandbox(tmp_path) as sandbox:
        finished = sandbox.client.post(f"/sync/{IMAGE}", json={"prompt": "a", "image_size": SMALL})
        sandbox.set_fault("never_complete")
        unfinished = sandbox.submit(webhook=webhook_receiver.url).json()
        sandbox.process.kill()
    with running_sandbox(tmp_path) as sandbox:
        webhook = webhook_receiver.next()
        replayed = sandbox.client.get(f"/fal-ai/flux/requests/{finished.headers['x-fal-request-id']}")
        image = sandbox.client.get(httpx.URL(replayed.json()["images"][0]["url"]).path)

    assert (webhook.body["request_id"], webhook.body["status"]) == (unfinished["request_id"], "OK")
    assert replayed.json() == finished.json()
    assert image.headers["content-type"] == "image/jpeg"


def test_a_sandbox_leaves_no_process_behind(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        sandbox.complete()
        family = psutil.Process(sandbox.process.pid).children(recursive=True)
        sandbox.process.kill()

    assert family
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
