"""The parts of the sandbox, put together once: what is made at start, which path leads where, what ends at stop."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from generations.fal.sandbox.access import AccessGuard
from generations.fal.sandbox.control_api import ControlApi
from generations.fal.sandbox.errors import FalRefusal, Outcome, path_not_found
from generations.fal.sandbox.faults import FaultBook
from generations.fal.sandbox.gateway import Gateway
from generations.fal.sandbox.platform_api import PlatformApi
from generations.fal.sandbox.queue import RequestQueue
from generations.fal.sandbox.queue_api import QueueApi
from generations.fal.sandbox.render.pool import RenderPool
from generations.fal.sandbox.responses import answer_refusal, to_response
from generations.fal.sandbox.runner import Runner
from generations.fal.sandbox.signing import load_signer
from generations.fal.sandbox.sources import SourceLoader
from generations.fal.sandbox.storage import UploadStorage
from generations.fal.sandbox.storage_api import StorageApi
from generations.fal.sandbox.store import SandboxStore
from generations.fal.sandbox.sync_api import SyncApi
from generations.fal.sandbox.webhooks import WebhookSender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from generations.fal.sandbox.settings import SandboxSettings

NOT_FOUND = 404


def build_app(settings: SandboxSettings) -> Starlette:
    """The sandbox as an ASGI application; its state lies under `settings.state_dir`."""
    renders, sources, uploads = (settings.state_dir / name for name in ("renders", "sources", "uploads"))
    for directory in (renders, sources, uploads):
        directory.mkdir(parents=True, exist_ok=True)
    store = SandboxStore(settings.state_dir / "sandbox.sqlite3")
    signer = load_signer(settings.state_dir / "webhook-signing.key")
    access, faults = AccessGuard(settings), FaultBook()
    pool = RenderPool(directory=renders, workers=settings.renderers)
    runner = Runner(store=store, pool=pool, sources=SourceLoader(directory=sources, store=store))
    webhooks = WebhookSender(settings=settings, store=store, faults=faults, signer=signer)
    queue = RequestQueue(settings=settings, store=store, faults=faults, runner=runner, webhooks=webhooks)
    storage = UploadStorage(directory=uploads, store=store)

    @asynccontextmanager
    async def run_services(_app: Starlette) -> AsyncIterator[None]:
        queue.resume()
        yield
        queue.stop()
        await webhooks.stop()
        await pool.stop()
        store.close()

    return Starlette(
        routes=[
            *ControlApi(queue=queue, faults=faults).routes(),
            *PlatformApi(access=access, queue=queue, signer=signer).routes(),
            *StorageApi(access=access, storage=storage, store=store, queue=queue, faults=faults).routes(),
            *SyncApi(access=access, queue=queue, faults=faults).routes(),
            *QueueApi(access=access, queue=queue, faults=faults, webhooks=webhooks).routes(),
        ],
        middleware=[Middleware(Gateway, key=settings.key)],
        exception_handlers={FalRefusal: answer_refusal, HTTPException: _answer_http_exception},
        lifespan=run_services,
    )


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    """Paths and methods no handler takes, in the gateway's words."""
    status = error.status_code if isinstance(error, HTTPException) else NOT_FOUND
    if status == NOT_FOUND:
        return to_response(path_not_found(request.url.path))
    return to_response(Outcome(status, {"detail": str(error)}))
