"""The ring: one active key, published ahead, overlapping, and dead at once when retired."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import KeyState, Session, SigningKey
from accounts.services.signing_keys import active_signing_key, rotate_signing_keys
from tests.accounts.forgery import private_pem
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from velro.celery import app
from velro.encryption import UnreadableSecret, seal, unseal

pytestmark = pytest.mark.django_db

CONTENDERS = 4


def published() -> dict[str, dict[str, Any]]:
    keys = APIClient().get("/.well-known/jwks.json").json()["keys"]
    return {key["kid"]: key for key in keys}


def age_the_ring(**age: float) -> None:
    past = timezone.now() - timedelta(**age)
    SigningKey.objects.filter(state=KeyState.ACTIVE).update(activated_at=past, created_at=past)
    SigningKey.objects.filter(state=KeyState.NEXT).update(created_at=past)


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def run_command(*arguments: str) -> str:
    output = StringIO()
    call_command("rotate_signing_keys", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def empty_ring() -> None:
    SigningKey.objects.all().delete()


@pytest.mark.usefixtures("empty_ring")
def test_the_first_use_makes_the_first_key() -> None:
    access = sign_in(user_factory().email)["access"]
    assert SigningKey.objects.get(state=KeyState.ACTIVE).kid == kid_of(access)


@pytest.mark.usefixtures("empty_ring")
def test_the_published_set_is_never_empty() -> None:
    assert len(published()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("empty_ring")
def test_concurrent_first_uses_make_one_key() -> None:
    start = Barrier(CONTENDERS)

    def contend(_: int) -> str:
        start.wait()
        try:
            return active_signing_key().kid
        finally:
            connection.close()

    with ThreadPoolExecutor(CONTENDERS) as pool:
        kids = set(pool.map(contend, range(CONTENDERS)))
    assert kids == set(SigningKey.objects.values_list("kid", flat=True))
    assert len(kids) == 1


def test_anyone_can_verify_a_token_with_the_published_set() -> None:
    response = APIClient().get("/.well-known/jwks.json")
    assert response.headers["Cache-Control"] == "public, max-age=300"
    access = sign_in(user_factory().email)["access"]
    key = published()[kid_of(access)]
    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    verified = jwt.decode(access, jwt.PyJWK(key), algorithms=["RS256"], audience="velro-api", issuer="velro")
    assert verified["token_type"] == "access"
    assert jwt.PyJWK(key).key.key_size == 3072


def test_a_key_is_published_before_it_signs() -> None:
    rotate_signing_keys()
    successor = SigningKey.objects.get(state=KeyState.NEXT).kid
    assert successor in published()
    age_the_ring(days=91)
    assert rotate_signing_keys().activated == successor
    assert kid_of(sign_in(user_factory().email)["access"]) == successor


def test_nothing_rotates_before_its_time() -> None:
    rotate_signing_keys()
    before = set(published())
    age_the_ring(days=89)
    rotate_signing_keys()
    assert set(published()) == before


def test_a_key_that_was_just_published_does_not_sign_yet() -> None:
    rotate_signing_keys()
    age_the_ring(days=91)
    SigningKey.objects.filter(state=KeyState.NEXT).update(created_at=timezone.now() - timedelta(minutes=59))
    assert rotate_signing_keys().activated == ""


def test_old_tokens_outlive_a_rotation_and_their_key_stays_published() -> None:
    access = sign_in(user_factory().email)["access"]
    rotate_signing_keys(is_forced=True)
    assert bearer_client(access).get("/api/v1/users/profile").status_code == 200
    assert kid_of(access) in published()
    assert len(published()) == 3


def test_a_key_is_forgotten_when_its_last_token_has_expired() -> None:
    access = sign_in(user_factory().email)["access"]
    rotate_signing_keys(is_forced=True)
    retired = SigningKey.objects.get(kid=kid_of(access))
    assert retired.verifies_until is not None
    assert retired.verifies_until - timezone.now() > timedelta(days=13, hours=23)
    SigningKey.objects.filter(id=retired.id).update(verifies_until=timezone.now())
    assert retired.kid not in published()
    assert bearer_client(access).get("/api/v1/users/profile").json()["code"] == "token_invalid"


def test_retiring_a_key_kills_its_tokens_at_once() -> None:
    access = sign_in(user_factory().email)["access"]
    output = run_command(f"--retire={kid_of(access)}")
    assert f"retired    {kid_of(access)}: its tokens are invalid from now on" in output
    assert bearer_client(access).get("/api/v1/users/profile").json()["code"] == "token_invalid"
    assert kid_of(access) not in published()
    fresh = sign_in(user_factory().email)["access"]
    assert bearer_client(fresh).get("/api/v1/users/profile").status_code == 200


def test_retiring_the_next_key_publishes_another() -> None:
    rotate_signing_keys()
    kid = SigningKey.objects.get(state=KeyState.NEXT).kid
    run_command(f"--retire={kid}")
    assert kid not in published()
    assert SigningKey.objects.get(state=KeyState.NEXT).kid in published()


def test_a_key_that_retired_by_rotation_can_still_be_killed() -> None:
    access = sign_in(user_factory().email)["access"]
    rotate_signing_keys(is_forced=True)
    run_command(f"--retire={kid_of(access)}")
    assert bearer_client(access).get("/api/v1/users/profile").json()["code"] == "token_invalid"


def test_a_key_that_has_not_signed_verifies_nothing() -> None:
    rotate_signing_keys()
    access = sign_in(user_factory().email)["access"]
    successor = SigningKey.objects.get(state=KeyState.NEXT)
    claims = jwt.decode(access, options={"verify_signature": False})
    headers = {"kid": successor.kid, "typ": "at+jwt"}
    early = jwt.encode(claims, private_pem(successor), algorithm="RS256", headers=headers)
    assert bearer_client(early).get("/api/v1/users/profile").json()["code"] == "token_invalid"


def test_the_command_says_what_it_did() -> None:
    active = active_signing_key().kid
    forced = run_command("--now")
    assert f"retired    {active}: its tokens stay valid until they expire" in forced
    assert "activated  " in forced
    assert "published  " in forced
    assert run_command() == "Nothing is due: the active key is young enough.\n"
    with pytest.raises(CommandError, match="No signing key has the id 'unknown'"):
        run_command("--retire=unknown")


def test_beat_runs_the_rotation() -> None:
    app.loader.import_default_modules()
    app.tasks[app.conf.beat_schedule["rotate-signing-keys"]["task"]].apply(throw=True)
    assert SigningKey.objects.filter(state=KeyState.NEXT).exists()


def test_a_private_key_is_sealed_for_its_row_and_erased_when_it_retires() -> None:
    key = active_signing_key()
    assert "PRIVATE" not in key.private_key
    assert private_pem(key).startswith("-----BEGIN PRIVATE KEY-----")
    with pytest.raises(UnreadableSecret):
        unseal(key.private_key, context="accounts_signingkey.private_key:another-row")
    rotate_signing_keys(is_forced=True)
    key.refresh_from_db()
    assert (key.state, key.private_key) == (KeyState.RETIRED, "")


@pytest.fixture(params=["sealed elsewhere", "unknown:AAAA", "no separator", "{id}:not base64!", "{id}:", "{id}:AAAA"])
def unreadable_ring(request: pytest.FixtureRequest) -> None:
    text = request.param.format(id=next(iter(settings.ENCRYPTION_KEYS)))
    if text == "sealed elsewhere":
        text = seal(b"moved", context="another-row")
    SigningKey.objects.filter(id=active_signing_key().id).update(private_key=text)


def test_health_tells_that_tokens_can_be_signed() -> None:
    assert APIClient().get("/api/v1/auth/health").json() == {"status": "healthy"}


@pytest.mark.usefixtures("unreadable_ring")
def test_an_unreadable_key_makes_health_and_sign_in_unavailable_and_stores_nothing() -> None:
    credentials = {"email": user_factory().email, "password": PASSWORD}
    answers = [
        APIClient().get("/api/v1/auth/health"),
        APIClient().post("/api/v1/auth/login", credentials, format="json"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "service_unavailable")}
    assert not Session.objects.exists()
    assert not trail().filter(name="session.started").exists()


def test_an_unreadable_key_does_not_spend_the_refresh_token() -> None:
    tokens, key = sign_in(user_factory().email), active_signing_key()
    body = {"refresh": tokens["refresh"]}
    SigningKey.objects.filter(id=key.id).update(private_key="unreadable")
    assert APIClient().post("/api/v1/auth/refresh", body, format="json").status_code == 503
    SigningKey.objects.filter(id=key.id).update(private_key=key.private_key)
    assert APIClient().post("/api/v1/auth/refresh", body, format="json").status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"state": "next"}, {"private_key": ""}, {"algorithm": "none"}, {"state": "retired"}, {"activated_at": None}],
    ids=str,
)
def test_the_database_refuses_an_inconsistent_key(change: dict[str, Any]) -> None:
    key = active_signing_key()
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.filter(id=key.id).update(**change)


def test_the_database_refuses_a_second_active_key() -> None:
    rotate_signing_keys()
    successor = SigningKey.objects.filter(state=KeyState.NEXT)
    with pytest.raises(IntegrityError), transaction.atomic():
        successor.update(state=KeyState.ACTIVE, activated_at=timezone.now())


def test_a_rotation_leaves_a_record() -> None:
    activated = SigningKey.objects.get(kid=rotate_signing_keys(is_forced=True).activated)
    assert trail().get(name="signing_key.rotated").resource_id == activated.id
