"""The connection goes to a checked address, yet the certificate must be that of the host's name."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.test import override_settings

from generations.fal.catalogue import MediaKind
from generations.media import fetch, hosts
from generations.media.errors import OutputUnavailable
from generations.media.fetch import FetchedFile, fetch_output
from tests.generations.media.samples import picture_bytes
from tests.support.wire import WireServer, answering, http_answer, wire_server

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=36_500)


def certificate_for(name: str, folder: Path) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, SINCE, UNTIL)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


@contextmanager
def media_host(certificate: Path) -> Iterator[WireServer]:
    """A server of one picture that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain = answering(http_answer(200, picture_bytes()))

    def behave(connection: socket.socket, server: WireServer) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            plain(secured, server)

    with wire_server(behave) as server:
        yield server


@pytest.fixture
def every_name_leads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_resolve", lambda *_: ("127.0.0.1",))
    monkeypatch.setattr(hosts, "_is_public", lambda _: True)


def fetch_from(server: WireServer, folder: Path) -> FetchedFile:
    """Fetch from the server under the name of FAL's media host."""
    host = f"v3.fal.media:{server.port}"
    with override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update={"fal_media_hosts": (host,)})):
        return fetch_output(f"https://{host}/a.png", kind=MediaKind.IMAGE, folder=folder)


@pytest.mark.usefixtures("every_name_leads_here")
def test_the_certificate_of_the_named_host_is_believed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = certificate_for("v3.fal.media", tmp_path)
    monkeypatch.setattr(fetch, "tls_context", lambda: ssl.create_default_context(cafile=str(certificate)))
    with media_host(certificate) as server:
        assert fetch_from(server, tmp_path).content_type == "image/png"


@pytest.mark.usefixtures("every_name_leads_here")
def test_the_certificate_of_another_host_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = certificate_for("evil.example", tmp_path)
    monkeypatch.setattr(fetch, "tls_context", lambda: ssl.create_default_context(cafile=str(certificate)))
    with media_host(certificate) as server, pytest.raises(OutputUnavailable):
        fetch_from(server, tmp_path)
    assert server.requests == []
