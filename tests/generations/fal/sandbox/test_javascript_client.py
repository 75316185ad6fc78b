"""The official JavaScript client, unmodified, against the sandbox: through its middleware and its proxy mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.node import DIRECTORY, run_script

if TYPE_CHECKING:
    from tests.support.sandbox import Sandbox

Answers = dict[str, Any]


@pytest.fixture(scope="module")
def all_answers(sandbox_process: Sandbox) -> dict[str, Answers]:
    sandbox_process.reset()
    answers: dict[str, Answers] = run_script("client_calls.mjs", sandbox_process.base_url)
    return answers


@pytest.fixture(params=["direct", "proxied"])
def answers(request: pytest.FixtureRequest, all_answers: dict[str, Answers]) -> Answers:
    return all_answers[request.param]


def test_submit_answers_with_links(answers: Answers) -> None:
    submitted = answers["submitted"]

    assert submitted["status"] == "IN_QUEUE"
    assert submitted["status_url"] == f"{submitted['response_url']}/status"


def test_the_status_stream_ends_with_completed(answers: Answers) -> None:
    assert answers["statusEvents"][-1]["status"] == "COMPLETED"
    assert len(answers["statusEvents"][-1]["logs"]) == 4


def test_status_and_result_agree(answers: Answers) -> None:
    assert answers["status"]["status"] == "COMPLETED"
    assert answers["result"]["data"]["seed"] == 7
    assert answers["result"]["requestId"] == answers["submitted"]["request_id"]


def test_subscribe_works_in_both_modes(answers: Answers) -> None:
    assert answers["polledUpdates"][-1] == "COMPLETED"
    assert answers["polled"]["data"]["seed"] == answers["streamed"]["data"]["seed"] == 7


def test_run_and_stream_on_the_synchronous_host(answers: Answers) -> None:
    assert answers["ran"]["data"]["images"][0]["width"] == 64
    assert answers["streamEvents"][0]["progress"] == 0.25
    assert answers["streamDone"]["seed"] == 7


def test_cancel_completes_a_running_request(answers: Answers) -> None:
    assert answers["cancelled"]["error_type"] == "client_cancelled"


def test_cancel_after_completion_is_refused(answers: Answers) -> None:
    assert answers["lateCancel"]["status"] == 400
    assert answers["lateCancel"]["body"] == {"status": "ALREADY_COMPLETED"}


def test_a_refused_input_is_a_validation_error(answers: Answers) -> None:
    assert answers["refused"]["name"] == "ValidationError"
    assert answers["refused"]["body"]["detail"][0]["loc"] == ["body", "num_images"]


def test_upload_is_served_back(answers: Answers) -> None:
    answer = httpx.get(answers["uploadUrl"], trust_env=False)

    assert answer.text == "hello"
    assert answer.headers["content-type"].startswith("text/plain")


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in (DIRECTORY / "package-lock.json").read_text()
