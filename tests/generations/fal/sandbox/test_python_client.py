"""The official Python client, unmodified, against the sandbox: only the hosts it knows are pointed elsewhere."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import fal_client
import fal_client.client
import httpx
import pytest

from tests.support.sandbox import IMAGE, KEY, SMALL, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

INPUT: dict[str, Any] = {"prompt": "a fox", "image_size": SMALL, "seed": 7}


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    for name, url in {
        "RUN_URL_FORMAT": f"{sandbox.base_url}/sync/",
        "QUEUE_URL_FORMAT": f"{sandbox.base_url}/",
        "REST_URL": sandbox.base_url,
        "CDN_URL": sandbox.base_url,
    }.items():
        monkeypatch.setattr(fal_client.client, name, url)
    with ExitStack() as stack:
        made = fal_client.SyncClient(key=KEY)
        open_for_upload = fal_client.SyncClient._get_cdn_client
        stack.enter_context(closing(made._client))

        def open_until_the_end(client: fal_client.SyncClient) -> httpx.Client:
            """The package never closes what it opens for uploads."""
            return stack.enter_context(closing(open_for_upload(client)))

        monkeypatch.setattr(fal_client.SyncClient, "_get_cdn_client", open_until_the_end)
        yield made


def test_submit_status_and_result(client: fal_client.SyncClient) -> None:
    handle = client.submit(IMAGE, INPUT, priority="low", hint="h1", headers={"X-Fal-Store-IO": "0"})

    result = handle.get()
    status = handle.status(with_logs=True)

    assert isinstance(status, fal_client.Completed)
    assert [line["message"] for line in status.logs or []] == ["step 1/4", "step 2/4", "step 3/4", "step 4/4"]
    assert status.metrics["inference_time"] > 0
    assert result["seed"] == 7
    assert client.result(IMAGE, handle.request_id) == result
    assert isinstance(client.status(IMAGE, handle.request_id), fal_client.Completed)


def test_iter_events_ends_with_completed(client: fal_client.SyncClient) -> None:
    events = list(client.submit(IMAGE, INPUT).iter_events(with_logs=True, interval=0.01))

    assert isinstance(events[-1], fal_client.Completed)


def test_subscribe_reports_progress(client: fal_client.SyncClient) -> None:
    seen: list[fal_client.Status] = []

    result = client.subscribe(IMAGE, INPUT, with_logs=True, interval=0.01, on_queue_update=seen.append)

    assert result["images"][0]["width"] == 64
    assert isinstance(seen[-1], fal_client.Completed)


def test_cancel_stops_a_running_request(client: fal_client.SyncClient, sandbox: Sandbox) -> None:
    sandbox.set_fault("never_complete")
    handle = client.submit(IMAGE, INPUT)

    handle.cancel()

    status = handle.status()
    assert isinstance(status, fal_client.Completed)
    assert status.error_type == "client_cancelled"
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == 499


def test_cancel_after_completion_is_refused(client: fal_client.SyncClient) -> None:
    handle = client.submit(IMAGE, INPUT)
    handle.get()

    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        handle.cancel()

    assert caught.value.status_code == 400


def test_a_refused_input_raises_with_its_findings(client: fal_client.SyncClient) -> None:
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        client.submit(IMAGE, {"image_size": SMALL}).get()

    findings: Any = caught.value.message
    assert caught.value.status_code == 422
    assert findings[0]["loc"] == ["body", "prompt"]
    assert findings[0]["type"] == "missing"


def test_run_and_stream_on_the_synchronous_host(client: fal_client.SyncClient) -> None:
    result = client.run(IMAGE, INPUT)
    events = list(client.stream(IMAGE, INPUT))

    assert result["seed"] == 7
    assert events[0]["progress"] == 0.25
    assert events[-1]["images"][0]["content_type"] == "image/jpeg"


def test_upload_in_one_piece(client: fal_client.SyncClient) -> None:
    url = client.upload(b"small", "text/plain", "notes é.txt")

    answer = httpx.get(url, trust_env=False)
    assert (answer.content, answer.headers["content-type"]) == (b"small", "text/plain; charset=utf-8")


def test_upload_in_parts(client: fal_client.SyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fal_client.client, "MULTIPART_THRESHOLD", 10)
    monkeypatch.setattr(fal_client.client, "MULTIPART_CHUNK_SIZE", 1000)
    content = b"".join(number.to_bytes(4) for number in range(1000))

    url = client.upload(content, "application/octet-stream", "big.bin")

    assert httpx.get(url, trust_env=False).content == content


def test_an_uploaded_picture_is_repainted(client: fal_client.SyncClient) -> None:
    first = client.run(IMAGE, INPUT | {"image_size": {"width": 96, "height": 64}, "output_format": "png"})
    picture = httpx.get(first["images"][0]["url"], trust_env=False).content
    url = client.upload(picture, "image/png", "first.png")

    result = client.run("fal-ai/flux/dev/image-to-image", {"prompt": "at dusk", "image_url": url})

    assert (result["images"][0]["width"], result["images"][0]["height"]) == (96, 64)


def test_a_wrong_key_is_unauthorized(client: fal_client.SyncClient, sandbox: Sandbox) -> None:
    sandbox.set_fault("unauthorized_401")

    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        client.submit(IMAGE, INPUT)

    assert caught.value.status_code == 401
    assert caught.value.message == "No user found for Key ID and Secret"


def test_a_dropped_connection_makes_the_client_submit_twice(client: fal_client.SyncClient, sandbox: Sandbox) -> None:
    """The reason Velro submits by itself: the official client resends a submit that may have arrived."""
    sandbox.set_fault("drop_after_accept")

    client.submit(IMAGE, INPUT, headers={"X-Fal-Tags": "job=1"})

    assert [row["registered_with_same_tags"] for row in sandbox.list_requests(tag="job=1")] == [2, 2]
