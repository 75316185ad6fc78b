"""The raw statement of the hot path says what the models say."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.key_material import generate_key_pair
from accounts.models import KeyState, Session, SigningKey
from accounts.selectors import identity_facts, verifying_key
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import active_signing_key
from accounts.tokens import Claimed
from tests.support.factories import user_factory
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

NOW, SOON = timedelta(0), timedelta(hours=1)
PAIR = generate_key_pair()


def key_in(state: KeyState, *, verifies_for: timedelta = NOW) -> SigningKey:
    """The only key of the ring, in this state."""
    SigningKey.objects.all().delete()
    now = timezone.now()
    attributes: dict[KeyState, dict[str, Any]] = {
        KeyState.NEXT: {"private_key": "sealed"},
        KeyState.ACTIVE: {"private_key": "sealed", "activated_at": now},
        KeyState.RETIRED: {"retired_at": now, "verifies_until": now + verifies_for},
    }
    return SigningKey.objects.create(
        kid=PAIR.kid, public_key=PAIR.public_key, state=state, created_at=now, **attributes[state]
    )


@pytest.mark.parametrize("verifies_for", [-SOON, NOW, SOON], ids=["past", "now", "future"])
@pytest.mark.parametrize("state", KeyState)
def test_both_forms_of_the_rule_agree_on_every_state_of_a_key(state: KeyState, verifies_for: timedelta) -> None:
    kid = key_in(state, verifies_for=verifies_for).kid
    facts, expected = identity_facts(Claimed(kid, uuid4())), verifying_key(kid)
    assert (facts.key if facts else None) == expected
    assert (expected is not None) == (state == KeyState.ACTIVE or (state == KeyState.RETIRED and verifies_for > NOW))


@pytest.mark.parametrize(("resolution", "is_stale"), [(timedelta(seconds=59), True), (timedelta(seconds=99), False)])
def test_a_session_is_stale_after_the_resolution_of_its_model(
    monkeypatch: pytest.MonkeyPatch, resolution: timedelta, *, is_stale: bool
) -> None:
    session = open_session(user_factory(), device=Device("127.0.0.1", ""))
    Session.objects.update(last_seen_at=timezone.now() - timedelta(seconds=70))
    monkeypatch.setattr("accounts.selectors.LAST_SEEN_RESOLUTION", resolution)
    facts = identity_facts(Claimed(active_signing_key().kid, session.id))
    assert facts
    assert facts.is_last_seen_stale is is_stale


def test_what_is_known_of_a_session_holds_until_its_end_or_as_long_as_nobody_can_have_travelled(
    settings: Settings,
) -> None:
    session = open_session(user_factory(), device=Device("127.0.0.1", ""))
    claimed = Claimed(active_signing_key().kid, session.id)

    def seconds_known() -> float:
        facts = identity_facts(claimed)
        assert facts
        return facts.changes_at - database_now().timestamp()

    minutes = settings.ENVIRONMENT.impossible_travel_minutes
    assert seconds_known() == pytest.approx(minutes * 60, abs=10)
    Session.objects.update(idle_expires_at=database_now() + timedelta(seconds=300))
    assert seconds_known() == pytest.approx(300, abs=10)
