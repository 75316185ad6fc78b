"""What a model does with one request: check the input, fetch its pictures, render, publish, answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING

from pydantic import ValidationError

from generations.fal.sandbox.endpoints.image_sizes import MEGAPIXEL
from generations.fal.sandbox.endpoints.model import ModelInput, PublishedFile, Source, Work, to_data_uri
from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import FalRefusal, Outcome, model_error, model_errors, path_not_found
from generations.fal.sandbox.render.jobs import ImageJob, Rendered, RenderJob
from generations.fal.sandbox.render.pool import RenderPool, UnreadableSource

if TYPE_CHECKING:
    from generations.fal.sandbox.faults import Strike
    from generations.fal.sandbox.requests import QueuedRequest
    from generations.fal.sandbox.sources import SourceLoader
    from generations.fal.sandbox.store import SandboxStore

LARGEST_IMAGE = 36 * MEGAPIXEL
# The names fal documents for what pydantic calls otherwise.
ERROR_TYPES = {
    "literal_error": "one_of",
    "string_too_short": "sequence_too_short",
    "string_too_long": "sequence_too_long",
    "too_short": "sequence_too_short",
    "too_long": "sequence_too_long",
}


class Runner:
    """Runs requests against the catalogue and the render pool."""

    def __init__(self, *, store: SandboxStore, pool: RenderPool, sources: SourceLoader) -> None:
        self._store = store
        self._pool = pool
        self._sources = sources

    async def run(self, request: QueuedRequest, strike: Strike | None = None) -> Outcome:
        """The answer of the model: its output, or the error it would give."""
        endpoint = ENDPOINTS.get(request.submission.endpoint_id)
        if endpoint is None:
            return path_not_found(f"/{request.submission.endpoint_id}")
        if strike is not None and strike.kind.outcome is not None:
            return strike.kind.outcome
        try:
            model_input = endpoint.input_type.model_validate(request.submission.input)
            request.step_count = model_input.step_count
            return await self._produce(request, model_input, strike.name if strike is not None else "")
        except ValidationError as error:
            return explain_validation(error)
        except FalRefusal as refusal:
            return refusal.outcome

    async def _produce(self, request: QueuedRequest, model_input: ModelInput, fault: str) -> Outcome:
        work = Work(
            seed=_choose_seed(request, model_input),
            sources=await self._load_sources(model_input),
            is_flagged=fault == "nsfw",
        )
        jobs = model_input.plan(work)
        if any(isinstance(job, ImageJob) and job.width * job.height > LARGEST_IMAGE for job in jobs):
            message = "Image dimensions are too large"
            raise FalRefusal(
                model_error(422, "image_too_large", message, field="image_size", ctx={"max_pixels": LARGEST_IMAGE})
            )
        if fault == "partial_images":
            jobs = jobs[:-1]
        rendered = await self._render_all(jobs)
        files = [self._publish(request, item, is_inline=model_input.sync_mode) for item in rendered]
        headers = {
            "X-Fal-Billable-Units": f"{model_input.billable_units(files).normalize():f}",
            "X-Fal-Served-From": request.submission.endpoint_id,
        }
        return Outcome(200, model_input.describe(files, work), headers)

    async def _render_all(self, jobs: list[RenderJob]) -> list[Rendered]:
        try:
            return await asyncio.gather(*(self._pool.render(job) for job in jobs))
        except UnreadableSource as error:
            message = "Failed to load the image. Please ensure the image file is not corrupted."
            raise FalRefusal(model_error(422, "image_load_error", message, field="image_url")) from error

    async def _load_sources(self, model_input: ModelInput) -> dict[str, Source]:
        return {url: await self._sources.load(url, field=field) for field, url in model_input.source_urls()}

    def _publish(self, request: QueuedRequest, rendered: Rendered, *, is_inline: bool) -> PublishedFile:
        name = f"{secrets.token_hex(8)}{rendered.path.suffix}"
        if is_inline and rendered.content_type.startswith("image/"):
            return PublishedFile(rendered, to_data_uri(rendered), name)
        lifecycle = request.submission.lifecycle
        stored = self._store.add_file(
            rendered.path,
            name=name,
            content_type=rendered.content_type,
            request_id=request.id,
            expires_at=expiry_of(lifecycle),
            lifecycle=lifecycle,
        )
        return PublishedFile(rendered, f"{request.submission.base_url}/files/{stored.id}/{name}", name)


def explain_validation(error: ValidationError) -> Outcome:
    """Pydantic's findings in the list form, under the names fal documents."""
    items = [
        dict(item) | {"loc": ["body", *item["loc"]], "type": ERROR_TYPES.get(item["type"], item["type"])}
        for item in error.errors(include_url=False)
    ]
    return model_errors(422, items)


def expiry_of(lifecycle: str) -> float | None:
    """The moment a file expires by a lifecycle preference header; None is never, and so is an unreadable header."""
    try:
        seconds = json.loads(lifecycle)["expiration_duration_seconds"]
        return time.time() + float(seconds)
    except (ValueError, TypeError, KeyError):
        return None


def _choose_seed(request: QueuedRequest, model_input: ModelInput) -> int:
    """The seed asked for, or one that stays the same when the request is run again."""
    if model_input.seed is not None:
        return model_input.seed
    return int.from_bytes(hashlib.sha256(request.id.encode()).digest()[:4])
