"""Access tokens: what is believed, and every forgery that is not."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest

from accounts.key_material import generate_key_pair, public_parameters
from accounts.models import Session, User
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import active_signing_key
from tests.accounts.forgery import claims_of, forge
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory

pytestmark = pytest.mark.django_db

FOREIGN = generate_key_pair()
HOUR = 3600
FAR_FUTURE = 4_102_444_800
ENTITLED = {"alg": "RS256", "kid": "x" * 43, "typ": "at+jwt"}


def code_for(token: str) -> str:
    """`accepted`, or the code of the refusal."""
    response = bearer_client(token).get("/api/v1/users/profile")
    if response.status_code == 200:
        return "accepted"
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    return str(response.json()["code"])


@pytest.fixture
def session() -> Session:
    return open_session(user_factory(), device=Device("127.0.0.1", ""))


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assemble(header: Any, claims: Any, signature: bytes = b"") -> str:
    return f"{encoded(header)}.{encoded(claims)}.{encoded(signature)}"


def test_an_honest_token_is_accepted(session: Session) -> None:
    assert code_for(forge(claims_of(session))) == "accepted"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "sid", "auth_time", "token_type"])
def test_a_token_without_a_claim_is_invalid(session: Session, claim: str) -> None:
    assert code_for(forge(claims_of(session, **{claim: None}))) == "token_invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody-else"},
        {"aud": "another-api"},
        {"nbf": FAR_FUTURE},
        {"iat": FAR_FUTURE},
        {"token_type": "refresh"},
        {"token_type": "untyped"},
        {"sid": "not-an-id"},
        {"sid": 7},
        {"sub": "not-an-id"},
        {"jti": "not-an-id"},
        {"exp": "soon"},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_invalid(session: Session, change: dict[str, Any]) -> None:
    assert code_for(forge(claims_of(session, **change))) == "token_invalid"


def test_an_expired_token_is_named_as_such(session: Session) -> None:
    past = int(time.time()) - HOUR
    assert code_for(forge(claims_of(session, iat=past, nbf=past, exp=past + 600))) == "token_expired"


def test_an_expired_token_with_a_bad_signature_is_only_invalid(session: Session) -> None:
    token = forge(claims_of(session, exp=int(time.time()) - HOUR))
    assert code_for(token[:-8] + "AAAAAAAA") == "token_invalid"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_invalid(session: Session, algorithm: str) -> None:
    header = {"alg": algorithm, "kid": active_signing_key().kid, "typ": "at+jwt"}
    assert code_for(assemble(header, claims_of(session))) == "token_invalid"


def test_the_public_key_is_no_shared_secret(session: Session) -> None:
    key = active_signing_key()
    header = {"alg": "HS256", "kid": key.kid, "typ": "at+jwt"}
    signed = f"{encoded(header)}.{encoded(claims_of(session))}"
    signature = hmac.new(key.public_key.encode(), signed.encode(), hashlib.sha256).digest()
    assert code_for(f"{signed}.{encoded(signature)}") == "token_invalid"


def test_another_algorithm_of_the_same_key_is_invalid(session: Session) -> None:
    assert code_for(forge(claims_of(session), alg="RS512")) == "token_invalid"


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"jwk": public_parameters(FOREIGN.public_key)},
        {"crit": ["exp"]},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_a_token_cannot_bring_its_own_key(session: Session, extra: dict[str, Any]) -> None:
    assert code_for(forge(claims_of(session), **extra)) == "token_invalid"
    header = {"kid": FOREIGN.kid, "typ": "at+jwt"} | extra
    foreign = jwt.encode(claims_of(session), FOREIGN.private_key, algorithm="RS256", headers=header)
    assert code_for(foreign) == "token_invalid"


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "' OR state = 'active' --",
        "x" * 43,
        "",
        "a" * 2000,
        "\u0000" * 43,
        None,
        7,
        ["a"],
        {"a": 1},
    ],
    ids=lambda kid: repr(kid)[:24],
)
def test_a_key_id_is_looked_up_and_nothing_else(session: Session, kid: Any) -> None:
    header = {"alg": "RS256", "kid": kid, "typ": "at+jwt"}
    assert code_for(assemble(header, claims_of(session), b"signature")) == "token_invalid"


@pytest.mark.parametrize("media_type", ["JWT", "jwt", "AT+JWT", "application/at+jwt", "", None, 7])
def test_a_token_of_another_media_type_is_invalid(session: Session, media_type: Any) -> None:
    assert code_for(forge(claims_of(session), typ=media_type)) == "token_invalid"


def test_a_claim_that_is_said_twice_is_not_believed(session: Session) -> None:
    own, other = claims_of(session), open_session(user_factory(), device=Device("127.0.0.1", ""))
    twice = json.dumps(own)[:-1] + f', "sid": "{other.id}", "sub": "{other.user_id}"}}'
    key = active_signing_key()
    signed = f"{encoded({'alg': 'RS256', 'kid': key.kid, 'typ': 'at+jwt'})}.{encoded(twice.encode())}"
    assert code_for(f"{signed}.{encoded(b'signature')}") == "token_invalid"


@pytest.mark.parametrize("length", [5_000, 100_000])
def test_a_huge_token_is_refused_before_it_is_read(session: Session, length: int) -> None:
    assert code_for(forge(claims_of(session, padding="a" * length))) == "token_invalid"


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_no_clock_is_given_more_than_it_shows(session: Session, claim: str) -> None:
    assert code_for(forge(claims_of(session, **{claim: int(time.time()) + 30}))) == "token_invalid"


def test_a_token_has_expired_at_its_last_second(session: Session) -> None:
    now = int(time.time())
    assert code_for(forge(claims_of(session, iat=now - 9, nbf=now - 9, exp=now))) == "token_expired"


def test_a_token_from_before_a_change_of_password_elsewhere_is_dead() -> None:
    user = user_factory()
    stolen, own = sign_in(user.email)["access"], sign_in(user.email)["access"]
    change = {"current_password": PASSWORD, "new_password": "a quite different and long password"}
    assert bearer_client(own).post("/api/v1/auth/password/change", change).status_code == 204
    assert (code_for(stolen), code_for(own)) == ("session_revoked", "accepted")


def test_a_foreign_key_under_our_key_id_is_invalid(session: Session) -> None:
    header = {"kid": active_signing_key().kid, "typ": "at+jwt"}
    token = jwt.encode(claims_of(session), FOREIGN.private_key, algorithm="RS256", headers=header)
    assert code_for(token) == "token_invalid"


@pytest.mark.parametrize(
    "token",
    [
        "a",
        "a.b",
        "a.b.c",
        "....",
        assemble([], {}),
        assemble(ENTITLED, ["sid"]),
        assemble(b"[" * 1500, {}),
        assemble(ENTITLED, b"[" * 1500),
        assemble(ENTITLED, b'{"sid": ' + b"9" * 2500 + b"}"),
        assemble(ENTITLED, b"\xff\xfe"),
    ],
    ids=lambda token: token[:12],
)
def test_what_is_no_token_is_invalid(token: str) -> None:
    assert code_for(token) == "token_invalid"


def test_a_refresh_token_opens_nothing() -> None:
    assert code_for(sign_in(user_factory().email)["refresh"]) == "token_invalid"


def test_a_token_of_one_person_does_not_open_the_session_of_another(session: Session) -> None:
    assert code_for(forge(claims_of(session, sub=str(user_factory().id)))) == "session_revoked"


def test_a_token_of_a_session_that_is_gone_is_refused(session: Session) -> None:
    token = forge(claims_of(session))
    session.delete()
    assert code_for(token) == "session_revoked"


@pytest.mark.parametrize("status", ["suspended", "deactivated"])
def test_a_closed_account_has_nothing_at_once(session: Session, status: str) -> None:
    token = forge(claims_of(session))
    User.objects.filter(id=session.user_id).update(status=status)
    assert code_for(token) == "account_unavailable"


@pytest.mark.parametrize("deadline", ["expires_at", "idle_expires_at"])
def test_a_session_past_its_deadline_has_nothing(session: Session, deadline: str) -> None:
    token = forge(claims_of(session))
    past = {"created_at": "2020-01-01T00:00Z", "idle_expires_at": "2020-01-02T00:00Z", deadline: "2020-01-02T00:00Z"}
    Session.objects.filter(id=session.id).update(**past)
    assert code_for(token) == "session_revoked"


def test_no_token_at_all_asks_to_sign_in() -> None:
    assert bearer_client("").get("/api/v1/users/profile").status_code == 401
