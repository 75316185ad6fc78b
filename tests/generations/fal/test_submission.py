"""One order, one POST: whatever happens on the wire, and each outcome named for what it proves."""

import json
import pickle

import pytest

from generations.fal.errors import FalProblem, NotSent, OutcomeUnknown, Refused
from generations.fal.port import JobOrder
from tests.generations.fal.conftest import QueueAt
from tests.support.wire import (
    Behaviour,
    answering,
    closed_port,
    dripping,
    hanging_up,
    http_answer,
    keeping_alive,
    staying_silent,
    wire_server,
)

NGINX = "<html><center>502 Bad Gateway</center><hr><center>nginx</center></html>"


def receipt(base: str, **changes: object) -> bytes:
    urls = {"status_url": f"{base}/s", "response_url": f"{base}/r", "cancel_url": f"{base}/c"}
    return http_answer(200, json.dumps({"request_id": "request-1", **urls, **changes}))


AMBIGUOUS: dict[str, Behaviour] = {
    "hangs up": hanging_up,
    "never answers": staying_silent,
    "drips for ever": dripping,
    "502 of nginx": answering(http_answer(502, NGINX)),
    "503 of nginx": answering(http_answer(503, NGINX)),
    "504 of nginx": answering(http_answer(504, NGINX)),
    "500 with a FAL id": answering(http_answer(500, "{}", x_fal_request_id="q")),
    "408": answering(http_answer(408, "{}")),
    "a redirect": answering(http_answer(307, "", location="http://127.0.0.1:9/")),
    "half a body": answering(http_answer(200, '{"request_id": "requ', content_length="200")),
    "a list": answering(http_answer(200, "[]")),
    "no request id": answering(http_answer(200, "{}")),
    "a request id that is a path": answering(receipt("http://x", request_id="../../admin")),
    "compressed": answering(http_answer(200, b"\x1f\x8b", content_encoding="gzip")),
    "nine megabytes": answering(http_answer(200, b" " * 9_000_000)),
    "not JSON": answering(http_answer(200, "<html>")),
    "ten thousand brackets": answering(http_answer(200, "[" * 10_000)),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_ambiguous_answer_leaves_the_outcome_unknown_and_is_never_sent_again(
    case: str, queue_at: QueueAt, order: JobOrder
) -> None:
    with wire_server(AMBIGUOUS[case]) as server, pytest.raises(OutcomeUnknown):
        queue_at(server.url).submit(order)
    assert (server.posts, server.connections) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "code", "is_retryable"),
    [
        (http_answer(401, '{"detail": "No user found for Key ID and Secret"}'), "provider_credentials", False),
        (http_answer(403, '{"detail": "User is locked. Reason: Exhausted balance."}'), "provider_balance", False),
        (http_answer(404, '{"error": "Error", "message": "Path /x not found"}'), "model_unavailable", False),
        (http_answer(409, "{}"), "provider_error", True),
        (http_answer(429, '{"detail": "Too many"}'), "provider_rate_limited", True),
        (http_answer(503, '{"error_type": "runner_x"}', x_fal_request_id="q"), "provider_unavailable", True),
        (http_answer(422, '{"detail": [{"type": "content_policy_violation"}]}'), "content_policy_violation", False),
        (http_answer(422, '{"detail": [{"type": "string_type", "msg": "not text"}]}'), "invalid_input", False),
        (http_answer(400, "garbage"), "invalid_input", False),
    ],
)
def test_a_clear_no_is_a_refusal_with_a_stable_code(
    answer: bytes, code: str, *, is_retryable: bool, queue_at: QueueAt, order: JobOrder
) -> None:
    with wire_server(answering(answer)) as server, pytest.raises(Refused) as refusal:
        queue_at(server.url).submit(order)
    assert (refusal.value.code, refusal.value.is_retryable) == (code, is_retryable)
    assert (server.posts, server.connections) == (1, 1)


def test_a_host_that_refuses_connections_got_nothing(queue_at: QueueAt, order: JobOrder) -> None:
    with pytest.raises(NotSent):
        queue_at(f"http://127.0.0.1:{closed_port()}").submit(order)


def test_a_host_without_an_address_got_nothing(queue_at: QueueAt, order: JobOrder) -> None:
    with pytest.raises(NotSent):
        queue_at("http://no-such-host.invalid").submit(order)


def test_a_failed_handshake_got_nothing(queue_at: QueueAt, order: JobOrder) -> None:
    with wire_server(staying_silent) as server, pytest.raises(NotSent):
        queue_at(server.url.replace("http:", "https:")).submit(order)


def test_every_submission_has_a_connection_of_its_own(queue_at: QueueAt, order: JobOrder) -> None:
    """A kept one may be half closed, and then nobody knows whether the order was read."""
    kept = receipt("https://queue.fal.run").replace(b"connection: close", b"connection: keep-alive")
    with wire_server(keeping_alive(kept, kept, kept)) as server:
        queue = queue_at(server.url)
        job = queue.submit(order)
        queue.result(job)
        queue.submit(order)
    assert (server.posts, server.connections) == (2, 3)


def test_the_order_arrives_with_webhook_tag_key_and_start_limit(queue_at: QueueAt, order: JobOrder) -> None:
    with wire_server(answering(receipt("https://queue.fal.run"))) as server:
        job = queue_at(server.url).submit(order)
    (line, headers, body), *_ = server.requests
    webhook = "https%3A%2F%2Fvelro.example%2Fwebhooks%2Ffal%2Fsecret"
    assert line == f"POST /fal-ai/flux/dev?fal_webhook={webhook} HTTP/1.1"
    assert json.loads(body) == order.input
    assert headers["x-fal-tags"] == "velro=attempt-1"
    assert headers["authorization"] == "Key key-id:key-secret"
    assert headers["x-fal-request-timeout"] == "60.0"
    assert "x-fal-store-io" not in headers
    assert job.status_url == "https://queue.fal.run/s"


def test_a_receipt_that_names_foreign_addresses_is_kept_without_them(queue_at: QueueAt, order: JobOrder) -> None:
    with wire_server(answering(receipt("https://thief.example"))) as server:
        job = queue_at(server.url).submit(order)
    assert job.request_id == "request-1"
    assert job.status_url == "https://queue.fal.run/fal-ai/flux/requests/request-1/status"


@pytest.mark.parametrize("tag", ["", "a,b=c", "a b", "x" * 257, "ü"])
def test_a_tag_that_breaks_the_header_is_a_mistake_of_the_caller(tag: str, queue_at: QueueAt, order: JobOrder) -> None:
    broken = JobOrder(order.endpoint, order.input, tag, order.webhook_url)
    with pytest.raises(ValueError, match="tag"):
        queue_at("http://127.0.0.1:9").submit(broken)


@pytest.mark.parametrize("problem", [NotSent("a", "b"), OutcomeUnknown("a", "b"), Refused("a", "b", is_retryable=True)])
def test_problems_survive_pickling(problem: FalProblem) -> None:
    copy = pickle.loads(pickle.dumps(problem))  # noqa: S301 - our own bytes
    assert (type(copy), vars(copy)) == (type(problem), vars(problem))


def test_the_refusal_repeats_the_reason_without_addresses_or_length(queue_at: QueueAt, order: JobOrder) -> None:
    words = "see https://fal.ai/secret?x=1 \n\x00 " + "long " * 500
    body = json.dumps({"detail": [{"loc": ["body", "prompt"], "msg": words, "type": "sequence_too_long"}]})
    with wire_server(answering(http_answer(422, body))) as server, pytest.raises(Refused) as refusal:
        queue_at(server.url).submit(order)
    assert "prompt: see …" in refusal.value.message
    assert "fal.ai" not in refusal.value.message
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 300
