"""rest.fal.ai and v3.fal.media: upload tokens, uploads as both official clients send them, public files."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from generations.fal.sandbox.errors import REQUEST_NOT_FOUND, FalRefusal, platform_error
from generations.fal.sandbox.faults import FaultBook, Point, Subject
from generations.fal.sandbox.file_faults import misbehave_with_file
from generations.fal.sandbox.responses import read_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from generations.fal.sandbox.access import AccessGuard
    from generations.fal.sandbox.queue import RequestQueue
    from generations.fal.sandbox.storage import UploadStorage
    from generations.fal.sandbox.store import SandboxStore, StoredFile

FILE_PATH = "/files/{file_id}/{name}"
PART_PATH = f"{FILE_PATH}/multipart/{{upload_id}}/{{number:int}}"
TOKEN_EXPIRY = "2099-01-01T00:00:00+00:00"  # noqa: S105 - a date


class StorageApi:
    """Handlers of the storage and file hosts."""

    def __init__(
        self,
        *,
        access: AccessGuard,
        storage: UploadStorage,
        store: SandboxStore,
        queue: RequestQueue,
        faults: FaultBook,
    ) -> None:
        self._access = access
        self._storage = storage
        self._store = store
        self._queue = queue
        self._faults = faults

    def routes(self) -> list[Route]:
        """Parts and their completion have the same paths for both clients."""
        return [
            Route("/storage/auth/token", self.issue_token, methods=["POST"]),
            Route("/storage/upload/initiate", self.initiate, methods=["POST"]),
            Route("/storage/upload/initiate-multipart", self.initiate_multipart, methods=["POST"]),
            Route("/files/upload", self.upload, methods=["POST"]),
            Route("/files/upload/multipart", self.begin_multipart, methods=["POST"]),
            Route(PART_PATH, self.upload_part, methods=["PUT"]),
            Route(f"{FILE_PATH}/multipart/{{upload_id}}/complete", self.complete, methods=["POST"]),
            Route(FILE_PATH, self.upload_announced, methods=["PUT"]),
            Route(FILE_PATH, self.download, methods=["GET"]),
        ]

    async def issue_token(self, request: Request) -> Response:
        """A token for uploads to the file host."""
        self._access.check_key(request)
        token = {"token": self._access.upload_token, "token_type": "Bearer"}
        return JSONResponse(token | {"base_url": self._access.base_url(request), "expires_at": TOKEN_EXPIRY})

    async def upload(self, request: Request) -> Response:
        """A whole file in the body."""
        self._access.check_upload_token(request)
        stored = self._announce_from_headers(request)
        await self._storage.receive(stored, request.stream())
        return JSONResponse({"access_url": self._url_of(request, stored)})

    async def begin_multipart(self, request: Request) -> Response:
        """The Python client's multipart upload."""
        self._access.check_upload_token(request)
        stored = self._announce_from_headers(request)
        return JSONResponse({"access_url": self._url_of(request, stored), "uploadId": stored.id})

    async def initiate(self, request: Request) -> Response:
        """The JavaScript client's upload: a URL to PUT to, and the one the file will have."""
        url = await self._announce_from_body(request)
        return JSONResponse({"upload_url": url, "file_url": url})

    async def initiate_multipart(self, request: Request) -> Response:
        """The same in parts: the client appends part number or `complete` to the path."""
        url = await self._announce_from_body(request)
        return JSONResponse({"upload_url": f"{url}/multipart/js", "file_url": url})

    async def upload_announced(self, request: Request) -> Response:
        """The content of an announced file; its unguessable URL is the permission."""
        await self._storage.receive(self._find_upload(request), request.stream())
        return Response()

    async def upload_part(self, request: Request) -> Response:
        """One part; the tag goes back in the header for Python and in the body for JavaScript."""
        number = int(request.path_params["number"])
        tag = await self._storage.receive_part(self._find_upload(request), number, request.stream())
        return JSONResponse({"partNumber": number, "etag": tag}, headers={"ETag": tag})

    async def complete(self, request: Request) -> Response:
        """Join the parts, which come in the order they were finished in."""
        stored = self._find_upload(request)
        self._storage.complete(stored, _read_parts(await read_object(request)))
        return JSONResponse({"access_url": self._url_of(request, stored)})

    async def download(self, request: Request) -> Response:
        """The file as it was asked to be, ranges included, unless a fault comes in between."""
        stored = self._store.find_file(request.path_params["file_id"])
        if stored is None or not stored.path.is_file():
            raise FalRefusal(REQUEST_NOT_FOUND)
        strike = self._faults.strike(Point.FILE, self._subject_of(stored))
        if strike is not None:
            return misbehave_with_file(strike, stored)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=3600"}
        if stored.lifecycle:
            headers["X-Fal-Object-Lifecycle-Preference"] = stored.lifecycle
        return FileResponse(stored.path, media_type=stored.content_type, headers=headers)

    def _subject_of(self, stored: StoredFile) -> Subject:
        queued = self._queue.find(stored.request_id)
        if queued is None:
            return Subject()
        return Subject(queued.submission.endpoint_id, queued.prompt, queued.id)

    def _announce_from_headers(self, request: Request) -> StoredFile:
        return self._storage.announce(
            name=request.headers.get("x-fal-file-name", ""),
            content_type=request.headers.get("content-type", ""),
            lifecycle=_lifecycle_of(request),
        )

    async def _announce_from_body(self, request: Request) -> str:
        self._access.check_key(request)
        body = await read_object(request)
        stored = self._storage.announce(
            name=str(body.get("file_name", "")),
            content_type=str(body.get("content_type", "")),
            lifecycle=_lifecycle_of(request),
        )
        return self._url_of(request, stored)

    def _find_upload(self, request: Request) -> StoredFile:
        return self._storage.find(request.path_params["file_id"])

    def _url_of(self, request: Request, stored: StoredFile) -> str:
        name = urllib.parse.quote(stored.name.strip(".").replace("/", "_"), safe="") or "file"
        return f"{self._access.base_url(request)}/files/{stored.id}/{name}"


def _lifecycle_of(request: Request) -> str:
    headers = request.headers
    return headers.get("x-fal-object-lifecycle-preference") or headers.get("x-fal-object-lifecycle") or ""


def _read_parts(body: dict[str, Any]) -> dict[int, str]:
    try:
        return {int(part["partNumber"]): str(part["etag"]) for part in body["parts"]}
    except (KeyError, TypeError, ValueError) as error:
        raise FalRefusal(platform_error(400, "bad_request", "parts must list partNumber and etag")) from error
