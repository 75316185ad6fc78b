"""Downloads from a stranger's address: only from where we allow, only as much as we allow, only what we asked for."""

import base64
import hashlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from generations.fal.catalogue import MediaKind
from generations.media import fetch
from generations.media.errors import OutputProblem, OutputRejected, OutputUnavailable
from generations.media.fetch import fetch_output
from generations.media.hosts import checked_target
from tests.generations.media.samples import picture_bytes
from tests.support.wire import (
    Behaviour,
    answering,
    closed_port,
    dripping,
    hanging_up,
    http_answer,
    staying_silent,
    wire_server,
)

PNG = picture_bytes()
Configure = Callable[..., None]


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Change settings of the environment for one test."""
    overrides = []

    def change(**values: Any) -> None:
        override = override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update=values))
        override.enable()
        overrides.append(override)

    yield change
    for override in reversed(overrides):
        override.disable()


def code_of(url: str, folder: Path) -> tuple[type[OutputProblem], str]:
    with pytest.raises(OutputProblem) as problem:
        fetch_output(url, kind=MediaKind.IMAGE, folder=folder)
    assert list(folder.iterdir()) == []
    return type(problem.value), problem.value.code


def test_a_file_arrives_with_its_measures_and_its_own_type(configure: Configure, tmp_path: Path) -> None:
    with wire_server(answering(http_answer(200, PNG, content_type="text/html"))) as server:
        configure(fal_queue_url=server.url)
        file = fetch_output(f"{server.url}/files/a.txt", kind=MediaKind.IMAGE, folder=tmp_path)
    assert file.path.parent == tmp_path
    assert file.path.read_bytes() == PNG
    assert (file.content_type, file.bytes, file.sha256) == ("image/png", len(PNG), hashlib.sha256(PNG).hexdigest())
    (line, headers, _), *_ = server.requests
    assert line == "GET /files/a.txt HTTP/1.1"
    assert "authorization" not in headers
    assert headers["accept-encoding"] == "identity"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWERS: dict[str, tuple[Behaviour, type[OutputProblem], str]] = {
    "not there": (answering(http_answer(404, "")), OutputUnavailable, "output_unreachable"),
    "server error": (answering(http_answer(500, "")), OutputUnavailable, "output_unreachable"),
    "partial": (answering(http_answer(206, PNG)), OutputUnavailable, "output_unreachable"),
    "shorter than declared": (
        answering(http_answer(200, PNG, content_length="4000")),
        OutputUnavailable,
        "output_incomplete",
    ),
    "chunks cut off": (answering(CHUNKED + b"8\r\n\x89PNG\r\n\x1a\n\r\n"), OutputUnavailable, "output_incomplete"),
    "empty": (answering(http_answer(200, b"")), OutputUnavailable, "output_incomplete"),
    "hangs up": (hanging_up, OutputUnavailable, "output_incomplete"),
    "silent": (staying_silent, OutputUnavailable, "output_incomplete"),
    "drips for ever": (dripping, OutputUnavailable, "output_incomplete"),
    "too large by header": (
        answering(http_answer(200, b"", content_length="10000000000")),
        OutputRejected,
        "output_too_large",
    ),
    "too large by count": (
        answering(CHUNKED + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 3 + b"0\r\n\r\n"),
        OutputRejected,
        "output_too_large",
    ),
    "a page": (answering(http_answer(200, "<html>", content_type="image/png")), OutputRejected, "output_wrong_type"),
    "compressed": (answering(http_answer(200, PNG, content_encoding="gzip")), OutputRejected, "output_wrong_type"),
    "redirect": (
        answering(http_answer(302, "", location="http://169.254.169.254/")),
        OutputRejected,
        "output_host_refused",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_bad_download_is_named_and_leaves_nothing_behind(
    case: str, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    behave, problem, code = ANSWERS[case]
    monkeypatch.setattr(fetch, "DOWNLOAD_SECONDS", 0.5)
    with wire_server(behave) as server:
        configure(fal_queue_url=server.url, media_max_bytes=8192)
        assert code_of(f"{server.url}/a", tmp_path) == (problem, code)
        assert server.connections == 1


def test_without_time_nothing_is_asked(configure: Configure, tmp_path: Path) -> None:
    with wire_server(answering(http_answer(200, PNG))) as server:
        configure(fal_queue_url=server.url)
        with pytest.raises(OutputUnavailable):
            fetch_output(f"{server.url}/a", kind=MediaKind.IMAGE, folder=tmp_path, seconds=0)
    assert server.connections == 0


def test_less_time_than_usual_is_kept_to(configure: Configure, tmp_path: Path) -> None:
    with wire_server(dripping) as server:
        configure(fal_queue_url=server.url)
        with pytest.raises(OutputUnavailable):
            fetch_output(f"{server.url}/a", kind=MediaKind.IMAGE, folder=tmp_path, seconds=0.2)


def test_a_sandbox_that_is_down_is_unavailable(configure: Configure, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    configure(fal_queue_url=url)
    assert code_of(f"{url}/a", tmp_path) == (OutputUnavailable, "output_unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "http://v3.fal.media/a.png",
        "https://evil.example/a.png",
        "https://v3.fal.media.evil.example/a.png",
        "https://v3.fal.media:8443/a.png",
        "https://user@v3.fal.media/a.png",
        "https://evil.example\\@v3.fal.media/a.png",
        "https://127.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8790/a.png",
        "http://localhost:5432/",
        "ftp://v3.fal.media/a.png",
        "file:///etc/passwd",
        "gopher://v3.fal.media",
        "//v3.fal.media/a.png",
        "v3.fal.media/a.png",
        "https://[::1/a",
        "https://v3.fal.media\x00.evil.example/",
        "",
    ],
)
def test_only_allowed_hosts_are_asked(url: str, configure: Configure, tmp_path: Path) -> None:
    configure(fal_queue_url="https://queue.fal.run")
    assert code_of(url, tmp_path) == (OutputRejected, "output_host_refused")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:10.0.0.1"],  # noqa: S104 - an address to refuse
)
def test_an_allowed_name_that_leads_inside_is_refused(
    address: str, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    configure(fal_queue_url="https://queue.fal.run")
    assert code_of("https://v3.fal.media/a.png", tmp_path) == (OutputRejected, "output_host_refused")


def test_the_connection_goes_to_the_address_that_was_checked(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The name is looked up once; were it looked up again, the second answer would lead elsewhere."""
    with wire_server(answering(http_answer(200, PNG))) as server, wire_server(hanging_up) as rebound:
        base = f"http://localhost:{server.port}"
        configure(fal_queue_url=base)
        assert "127.0.0.1" in checked_target(f"{base}/a").addresses
        real = socket.getaddrinfo
        ports = iter([server.port])

        def rebind(host: str, port: int, *args: Any, **named: Any) -> Any:
            leads_to = next(ports, rebound.port) if host == "localhost" else port
            return real("127.0.0.1", leads_to, *args, **named)

        monkeypatch.setattr(socket, "getaddrinfo", rebind)
        fetch_output(f"{base}/a", kind=MediaKind.IMAGE, folder=tmp_path)
    assert server.requests[0][1]["host"] == base.removeprefix("http://")
    assert rebound.connections == 0


def test_a_name_that_does_not_resolve_is_unavailable(configure: Configure, tmp_path: Path) -> None:
    configure(fal_media_hosts=("no-such-host.invalid",))
    assert code_of("https://no-such-host.invalid/a", tmp_path) == (OutputUnavailable, "output_unreachable")


def test_a_file_inside_the_answer_is_taken(tmp_path: Path) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert fetch_output(url, kind=MediaKind.IMAGE, folder=tmp_path).path.read_bytes() == PNG


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("data:,hello", "output_wrong_type"),
        ("data:image/png;base64,A", "output_wrong_type"),
        ("data:image/png;base64,AAAA", "output_wrong_type"),
        pytest.param("data:image/png;base64," + "A" * 14 * 1024 * 1024, "output_too_large", id="large"),
    ],
)
def test_a_bad_file_inside_the_answer_is_rejected(url: str, code: str, tmp_path: Path) -> None:
    assert code_of(url, tmp_path) == (OutputRejected, code)
