"""The environment is typed and, where people depend on it, safe."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from velro.settings.environment import Environment, parse_key_ring

KEY = base64.b64encode(b"k" * 32).decode()
COMPLETE: dict[str, Any] = {
    "secret_key": "s" * 50,
    "encryption_key": f"k1:{KEY}",
    "database_url": "postgresql:///velro",
    "redis_url": "redis://cache",
    "celery_broker_url": "redis://broker",
}
DEPLOYED = COMPLETE | {
    "velro_env": "production",
    "public_url": "https://velro.example",
    "fal_key": "id:secret",
    "fal_queue_url": "https://queue.fal.run",
    "fal_api_url": "https://api.fal.ai/v1",
    "fal_jwks_url": "https://rest.fal.ai/.well-known/jwks.json",
    "allowed_hosts": "velro.example",
    "smtp_host": "mail.velro.example",
    "mail_from": "Velro <hello@velro.example>",
}


def test_a_safe_production_environment_is_accepted() -> None:
    assert Environment(**DEPLOYED).is_deployed


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("secret_key", "short", "SECRET_KEY"),
        ("public_url", "http://velro.example", "PUBLIC_URL"),
        ("allowed_hosts", "*", "ALLOWED_HOSTS"),
        ("smtp_host", "", "SMTP_HOST"),
        ("mail_from", "Velro <no-reply@localhost>", "MAIL_FROM"),
        ("fal_key", "", "FAL_KEY"),
        ("fal_queue_url", "http://queue.fal.run", "FAL_QUEUE_URL"),
    ],
)
@pytest.mark.parametrize("deployment", ["production", "staging"])
def test_an_unsafe_value_is_refused_where_people_depend_on_it(
    name: str, value: str, word: str, deployment: str
) -> None:
    with pytest.raises(ValidationError, match=word):
        Environment(**DEPLOYED | {"velro_env": deployment, name: value})


def test_development_may_use_the_sandbox() -> None:
    assert Environment(**COMPLETE | {"public_url": "http://127.0.0.1:8000"}).fal_key is None


@pytest.mark.parametrize("address", ["velro.example", "ftp://velro.example", "https://velro.example/path", "https://"])
def test_the_public_address_is_a_scheme_and_a_host(address: str) -> None:
    with pytest.raises(ValidationError, match="must be a scheme and a host"):
        Environment(**COMPLETE | {"public_url": address})


def test_the_public_address_loses_its_slash() -> None:
    assert Environment(**COMPLETE | {"public_url": "https://velro.example/"}).public_url == "https://velro.example"


def test_lists_are_separated_by_commas() -> None:
    assert Environment(**COMPLETE | {"allowed_hosts": "a.example, b.example,"}).allowed_hosts == (
        "a.example",
        "b.example",
    )


@pytest.mark.parametrize("name", ["trusted_proxies", "denied_networks"])
def test_networks_are_checked(name: str) -> None:
    with pytest.raises(ValidationError, match="does not appear to be"):
        Environment(**COMPLETE | {name: "10.0.0.0/8,nonsense"})


def test_the_first_key_of_the_ring_comes_first() -> None:
    assert list(parse_key_ring(f"new:{KEY},old:{KEY}")) == ["new", "old"]


@pytest.mark.parametrize("text", ["", "k1", "k1:", "k1:!!!!", "k1:" + base64.b64encode(b"short").decode(), KEY])
def test_a_broken_key_ring_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="ENCRYPTION_KEY") as error:
        parse_key_ring(text)
    assert KEY not in str(error.value)


def test_errors_never_show_secrets() -> None:
    with pytest.raises(ValidationError) as error:
        Environment(**DEPLOYED | {"secret_key": "hunter2", "encryption_key": "k1:hunter2"})
    assert "hunter2" not in str(error.value)
