"""The adapter, the catalogue and the media line together, against a FAL that renders real files."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from generations.fal.catalogue import (
    MediaKind,
    actual_cost,
    catalogue,
    estimate,
    model_named,
    outputs_of,
    validate_input,
)
from generations.fal.errors import InvalidWebhook, JobFailed, JobGone, OutcomeUnknown, Refused
from generations.fal.port import AcceptedJob, FalQueue, JobOrder, JobState
from generations.fal.queue import close_fal_queue, fal_queue
from generations.fal.webhook import verify_webhook
from generations.media.errors import OutputRejected, OutputUnavailable
from generations.media.fetch import fetch_output
from generations.media.probe import probe
from generations.media.thumbnails import thumbnail_of
from tests.generations.media.samples import picture_bytes
from tests.support.sandbox import COMPLETION_SECONDS, IMAGE, SMALL, Sandbox
from tests.support.webhook_receiver import WebhookReceiver

SECOND_SIZE = {"width": 128, "height": 64}
SOURCE = "data:image/png;base64," + base64.b64encode(picture_bytes((64, 64))).decode()
INPUTS: dict[str, dict[str, Any]] = {
    "fal-ai/flux/schnell": {"image_size": SECOND_SIZE, "num_images": 2},
    "fal-ai/flux/dev": {"image_size": SMALL, "output_format": "png"},
    "fal-ai/flux/dev/image-to-image": {"image_url": SOURCE},
    "fal-ai/flux-pro/v1.1": {"image_size": SMALL},
    "fal-ai/nano-banana-2": {"resolution": "0.5K", "output_format": "webp", "enable_web_search": True},
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": {"aspect_ratio": "9:16"},
    "fal-ai/veo3.1": {"duration": "4s"},
    "fal-ai/elevenlabs/tts/turbo-v2.5": {"text": "A heron stands in the shallow water."},
}


@pytest.fixture
def fal(sandbox: Sandbox) -> Iterator[FalQueue]:
    """The process's own queue, configured as a local copy is."""
    environment = settings.ENVIRONMENT.model_copy(
        update={
            "fal_queue_url": sandbox.base_url,
            "fal_api_url": f"{sandbox.base_url}/v1",
            "fal_jwks_url": f"{sandbox.base_url}/.well-known/jwks.json",
            "fal_submit_timeout": 2.0,
            "media_max_bytes": 4_000_000,
        }
    )
    with override_settings(ENVIRONMENT=environment):
        yield fal_queue()
        close_fal_queue()


def order_for(model_id: str = IMAGE, *, webhook_url: str = "http://127.0.0.1:9/hook", **wanted: Any) -> JobOrder:
    given = {"prompt": "a heron", "image_size": SMALL} if model_id == IMAGE else {}
    complete = validate_input(model_named(model_id), given | wanted)
    return JobOrder(model_id, complete, str(uuid4()), webhook_url)


def finish(sandbox: Sandbox, job: AcceptedJob) -> None:
    """Wait for the end on the sandbox's own stream; the receipt names the sandbox or, when located, the real host."""
    path = urlsplit(job.status_url).path
    sandbox.client.get(f"{path}/stream", timeout=COMPLETION_SECONDS).raise_for_status()


def outputs_from(fal: FalQueue, sandbox: Sandbox, **wanted: Any) -> tuple[str, ...]:
    job = fal.submit(order_for(**wanted))
    finish(sandbox, job)
    return outputs_of(model_named(IMAGE), fal.result(job).output)


@pytest.mark.parametrize("model_id", catalogue())
def test_every_model_ends_in_files_that_are_what_they_should_be(
    model_id: str, fal: FalQueue, sandbox: Sandbox, tmp_path: Path
) -> None:
    model = model_named(model_id)
    words = {} if "text" in INPUTS[model_id] else {"prompt": "a heron at dawn"}
    order = order_for(model_id, **words, **INPUTS[model_id])
    job = fal.submit(order)
    finish(sandbox, job)
    assert fal.status(job).state is JobState.FINISHED
    result = fal.result(job)
    outputs = outputs_of(model, result.output)
    assert len(outputs) == order.input.get("num_images", 1)
    for url in outputs:
        file = fetch_output(url, kind=model.kind, folder=tmp_path)
        facts = probe(file.path, kind=model.kind, content_type=file.content_type)
        assert (facts.width is None) == (model.kind is MediaKind.AUDIO)
        assert (facts.duration is None) == (model.kind is MediaKind.IMAGE)
        assert thumbnail_of(file.path, kind=model.kind, content_type=file.content_type)
    if "image_url" not in order.input:
        cost = actual_cost(model, order.input, billable_units=result.billable_units, outputs_count=len(outputs))
        assert cost == estimate(model, order.input)


def test_a_lost_answer_is_found_again_and_submitted_once(fal: FalQueue, sandbox: Sandbox) -> None:
    order, alike = order_for(), order_for()
    sandbox.set_fault("drop_after_accept")
    started = timezone.now() - timedelta(seconds=1)
    with pytest.raises(OutcomeUnknown):
        fal.submit(order)
    fal.submit(alike)
    assert len(sandbox.list_requests()) == 2
    job = fal.find(order, since=started, claimed_among=lambda _: ())
    assert job
    finish(sandbox, job)
    assert fal.result(job).output["images"]
    assert fal.find(order, since=started, claimed_among=lambda _: {job.request_id}) is None


def test_an_order_that_never_arrived_is_not_found(fal: FalQueue, sandbox: Sandbox) -> None:
    sandbox.set_fault("drop_before_accept")
    with pytest.raises(OutcomeUnknown):
        fal.submit(order := order_for())
    assert fal.find(order, since=timezone.now() - timedelta(minutes=1), claimed_among=lambda _: ()) is None
    assert sandbox.list_requests() == []


@pytest.mark.parametrize(
    ("fault", "problem", "code"),
    [
        ("unauthorized_401", Refused, "provider_credentials"),
        ("locked_403", Refused, "provider_balance"),
        ("rate_limited_429", Refused, "provider_rate_limited"),
        ("bad_gateway_502", OutcomeUnknown, "provider_unavailable"),
        ("gateway_timeout_504", OutcomeUnknown, "provider_unavailable"),
    ],
)
def test_a_refused_submission_registers_nothing(
    fault: str, problem: type[Exception], code: str, fal: FalQueue, sandbox: Sandbox
) -> None:
    sandbox.set_fault(fault)
    with pytest.raises(problem) as caught:
        fal.submit(order_for())
    assert vars(caught.value)["code"] == code
    assert sandbox.list_requests() == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("content_policy_422", "content_policy_violation"),
        ("validation_422", "invalid_input"),
        ("completed_with_error", "provider_error"),
    ],
)
def test_a_job_that_fails_says_why(fault: str, code: str, fal: FalQueue, sandbox: Sandbox) -> None:
    sandbox.set_fault(fault)
    job = fal.submit(order_for())
    finish(sandbox, job)
    with pytest.raises(JobFailed) as failure:
        fal.result(job)
    assert failure.value.code == code


def test_blackened_images_are_a_refusal_and_missing_ones_are_not(fal: FalQueue, sandbox: Sandbox) -> None:
    sandbox.set_fault("nsfw")
    with pytest.raises(JobFailed) as failure:
        outputs_from(fal, sandbox)
    assert failure.value.code == "content_policy_violation"
    sandbox.set_fault("partial_images")
    assert len(outputs_from(fal, sandbox, num_images=3)) == 2


def test_a_result_that_is_gone_is_gone(fal: FalQueue, sandbox: Sandbox) -> None:
    sandbox.set_fault("result_gone_404")
    job = fal.submit(order_for())
    finish(sandbox, job)
    with pytest.raises(JobGone):
        fal.result(job)


def test_a_cancelled_job_ends_as_cancelled_and_may_be_cancelled_again(fal: FalQueue, sandbox: Sandbox) -> None:
    sandbox.set_fault("never_complete")
    job = fal.submit(order_for())
    fal.cancel(job)
    finish(sandbox, job)
    fal.cancel(job)
    with pytest.raises(JobFailed) as failure:
        fal.result(job)
    assert failure.value.code == "cancelled"


def test_a_webhook_is_verified_and_a_located_job_has_the_result(
    fal: FalQueue, sandbox: Sandbox, webhook_receiver: WebhookReceiver
) -> None:
    job = fal.submit(order_for(webhook_url=webhook_receiver.url))
    call = webhook_receiver.next()
    headers = {name.title(): value for name, value in call.headers.items()}
    notice = verify_webhook(headers, call.raw)
    assert (notice.request_id, notice.is_ok) == (job.request_id, True)
    located = fal.locate(IMAGE, request_id=notice.request_id)
    assert fal.result(located).output == notice.payload
    with pytest.raises(InvalidWebhook):
        verify_webhook(headers, call.raw + b" ")
    sandbox.set_fault("webhook_forged")
    fal.submit(order_for(webhook_url=webhook_receiver.url))
    forged = webhook_receiver.next()
    with pytest.raises(InvalidWebhook):
        verify_webhook({name.title(): value for name, value in forged.headers.items()}, forged.raw)


@pytest.mark.parametrize(
    ("fault", "problem", "code"),
    [
        ("file_gone_404", OutputUnavailable, "output_unreachable"),
        ("file_truncated", OutputUnavailable, "output_incomplete"),
        ("file_wrong_type", OutputRejected, "output_wrong_type"),
        ("file_huge", OutputRejected, "output_too_large"),
        ("redirecting_file", OutputRejected, "output_host_refused"),
    ],
)
def test_a_bad_file_is_named(
    fault: str, problem: type[Exception], code: str, fal: FalQueue, sandbox: Sandbox, tmp_path: Path
) -> None:
    url, *_ = outputs_from(fal, sandbox)
    sandbox.set_fault(fault)
    with pytest.raises(problem) as caught:
        fetch_output(url, kind=MediaKind.IMAGE, folder=tmp_path)
    assert vars(caught.value)["code"] == code
    assert list(tmp_path.iterdir()) == []


def test_each_process_and_configuration_has_a_queue_of_its_own(fal: FalQueue) -> None:
    assert fal_queue() is fal
    with override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update={"fal_queue_url": "http://127.0.0.1:9"})):
        assert fal_queue() is not fal
        close_fal_queue()
