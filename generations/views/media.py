"""Handing out stored files to whoever holds a fresh signed link."""

from typing import ClassVar

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from generations.stored_media import StoredMedia, open_linked_media
from generations.views.ranges import ByteRange, FilePart, requested_range
from velro.api.declarations import PUBLIC, Answer
from velro.api.headers import ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE
from velro.api.negotiation import OneRepresentation
from velro.api.views import ApiView

# A file that is opened as a page can run nothing and load nothing.
SANDBOXED = "default-src 'none'; sandbox"


class MediaView(ApiView):
    """Public, because the link itself is the permission: it was made for someone who may read, minutes ago."""

    authentication_classes = ()
    content_negotiation_class = OneRepresentation
    actions: ClassVar = {"get": PUBLIC}
    request_headers: ClassVar = {"get": (RANGE, IF_RANGE, IF_NONE_MATCH)}
    outputs: ClassVar = {
        "get": Answer(
            200,
            headers=(ETAG, ACCEPT_RANGES, CONTENT_RANGE),
            media_types=("image/*", "video/*", "audio/*"),
            variants=(206, 304),
        )
    }

    def get(self, request: Request, *, token: str) -> HttpResponseBase:
        """Hand out a stored file, whole or in part."""
        media = open_linked_media(token)
        try:
            part = part_for(request, media)
        except Exception:
            media.file.close()
            raise
        return response_for(request, media, part=part)

    head = get


def part_for(request: Request, media: StoredMedia) -> ByteRange | None:
    """The range that is asked for; none if it was meant for another version of the file."""
    if request.headers.get("If-Range", media.etag) != media.etag:
        return None
    return requested_range(request.headers.get("Range"), total=media.size)


def response_for(request: Request, media: StoredMedia, *, part: ByteRange | None) -> HttpResponseBase:
    """The answer with its headers; HEAD gets the headers alone."""
    response: HttpResponseBase
    if media.etag in request.headers.get("If-None-Match", ""):
        media.file.close()
        response = HttpResponse(status=304)
    elif request.method == "HEAD":
        media.file.close()
        response = HttpResponse(status=206 if part else 200)
    elif part:
        response = StreamingHttpResponse(FilePart(media.file, part), status=206)
    else:
        response = FileResponse(media.file)
    if part:
        response.headers["Content-Range"] = part.content_range
    response.headers["Content-Length"] = str(part.length if part else media.size)
    describe(response, media)
    return response


def describe(response: HttpResponseBase, media: StoredMedia) -> None:
    """What every answer with a stored file carries. The name is ours, never a prompt or what FAL called it."""
    headers = {
        "Content-Type": media.content_type,
        "Content-Disposition": f'inline; filename="{media.file_name}"',
        "Content-Security-Policy": SANDBOXED,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Accept-Ranges": "bytes",
        "ETag": media.etag,
        # A copy may be kept, but each use asks again: it lives no longer than the link and the generation.
        "Cache-Control": "private, no-cache",
    }
    for name, value in headers.items():
        response.headers[name] = value
