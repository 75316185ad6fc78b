"""Brings one output file from FAL's media hosts into a local file, trusting neither its address, size nor type."""

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

import httpx
from django.conf import settings

from generations.fal.access import CONNECT_TIMEOUT, tls_context
from generations.fal.catalogue import MediaKind
from generations.fal.deadline import Deadline
from generations.media.content_types import sniffed_type
from generations.media.errors import OutputProblem, OutputRejected, OutputUnavailable
from generations.media.hosts import CheckedTarget, checked_target

DATA_URI: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,")
MAX_INLINE_CHARACTERS: Final = 14 * 1024 * 1024
DOWNLOAD_SECONDS: Final = 240.0
READ_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file on our disk. `content_type` comes from the content; `sha256` is hexadecimal."""

    path: Path
    content_type: str
    bytes: int
    sha256: str


def fetch_output(url: str, *, kind: MediaKind, folder: Path, seconds: float = DOWNLOAD_SECONDS) -> FetchedFile:
    """Fetch into a new file in `folder`, which the caller removes; on failure nothing stays behind.

    It takes at most `seconds`, and never longer than DOWNLOAD_SECONDS.

    Raises OutputUnavailable (`output_unreachable`, `output_incomplete`; worth retrying) or OutputRejected
    (`output_host_refused`, `output_too_large`, `output_wrong_type`).
    """
    if url.startswith("data:"):
        return _saved([_inline_bytes(url)], kind=kind, folder=folder)
    if seconds <= 0:
        raise _too_slow()
    target = checked_target(url)
    ends_at = time.monotonic() + min(DOWNLOAD_SECONDS, seconds)
    problem: OutputProblem = _unreachable()
    for address in target.addresses:
        try:
            with _opened(target, address, ends_at=ends_at) as chunks:
                return _saved(chunks, kind=kind, folder=folder)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
        except httpx.HTTPError as error:
            problem = OutputUnavailable("output_incomplete", "The file did not arrive whole.")
            raise problem from error
    raise problem


@contextmanager
def _opened(target: CheckedTarget, address: str, *, ends_at: float) -> Iterator[Iterable[bytes]]:
    """The body in chunks, from exactly this address, within the limits of time and size; redirects are refused."""
    host = target.url.netloc.decode("ascii")
    extensions = {"sni_hostname": target.url.host}
    headers = {"Host": host, "Accept-Encoding": "identity"}
    timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    with (
        Deadline(ends_at - time.monotonic()) as deadline,
        httpx.Client(verify=tls_context(), trust_env=False, follow_redirects=False, timeout=timeout) as http,
        http.stream(
            "GET",
            target.url.copy_with(host=address),
            headers=headers,
            extensions={**extensions, "trace": deadline.watch},
        ) as response,
    ):
        _check_head(response)
        yield _limited(response, ends_at=ends_at)


def _check_head(response: httpx.Response) -> None:
    if response.is_redirect:
        raise OutputRejected("output_host_refused", "The provider redirected the file to another address.")
    if response.status_code != HTTPStatus.OK:
        raise _unreachable()
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutputRejected("output_wrong_type", "The file came in a form that was not asked for.")
    declared = response.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > settings.ENVIRONMENT.media_max_bytes:
        raise _too_large()


def _limited(response: httpx.Response, *, ends_at: float) -> Iterator[bytes]:
    for chunk in response.iter_raw():
        if time.monotonic() > ends_at:
            raise _too_slow()
        yield chunk


def _inline_bytes(url: str) -> bytes:
    if len(url) > MAX_INLINE_CHARACTERS:
        raise _too_large()
    prefix = DATA_URI.match(url)
    if prefix is None:
        raise OutputRejected("output_wrong_type", "The file inside the answer cannot be read.")
    try:
        return base64.b64decode(url[prefix.end() :], validate=True)
    except binascii.Error:
        raise OutputRejected("output_wrong_type", "The file inside the answer cannot be read.") from None


def _saved(chunks: Iterable[bytes], *, kind: MediaKind, folder: Path) -> FetchedFile:
    with NamedTemporaryFile(dir=folder, prefix="output-", delete=False) as file:
        path = Path(file.name)
        try:
            size, sha256 = _written(chunks, file)
            return FetchedFile(path, sniffed_type(path, kind=kind), size, sha256)
        except BaseException:
            path.unlink()
            raise


def _written(chunks: Iterable[bytes], file: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.ENVIRONMENT.media_max_bytes:
            raise _too_large()
        digest.update(chunk)
        file.write(chunk)
    file.flush()
    if size == 0:
        raise OutputUnavailable("output_incomplete", "The file is empty.")
    return size, digest.hexdigest()


def _unreachable() -> OutputUnavailable:
    return OutputUnavailable("output_unreachable", "The provider does not hand out the file at the moment.")


def _too_slow() -> OutputUnavailable:
    return OutputUnavailable("output_incomplete", "The file took too long to arrive.")


def _too_large() -> OutputRejected:
    return OutputRejected("output_too_large", "The file is larger than Velro stores.")
