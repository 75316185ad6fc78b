"""A session that turns up elsewhere is noticed, recorded once, and ended where operators want that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts.models import Session
from accounts.session_context import SessionContext, Surprise, surprising_change
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

PROFILE, REFRESH, SESSIONS = "/api/v1/users/profile", "/api/v1/auth/refresh", "/api/v1/users/sessions"
BRITISH, AMERICAN, PRIVATE = "81.2.69.142", "8.8.8.8", "10.0.0.1"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/1"
KNOWN = SessionContext("GB", "a")
Change = Callable[..., None]


@pytest.fixture
def set_rules(settings: Settings) -> Change:
    def change(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return change


class Visitor:
    """Somebody who signed in with Chrome in Great Britain."""

    def __init__(self) -> None:
        user = user_factory()
        client = bearer_client("")
        client.credentials()
        answer = client.post(
            "/api/v1/auth/login",
            {"email": user.email, "password": "a long enough test password"},
            headers={"User-Agent": CHROME.format(140), "Accept-Language": "en"},
            REMOTE_ADDR=BRITISH,
        )
        self.tokens: dict[str, Any] = answer.json()

    @property
    def session(self) -> Session:
        return Session.objects.get(id=self.tokens["session_id"])

    def asks(self, *, address: str = BRITISH, user_agent: str = CHROME.format(140), language: str = "en") -> Any:
        headers = {"User-Agent": user_agent, "Accept-Language": language}
        return bearer_client(self.tokens["access"]).get(PROFILE, headers=headers, REMOTE_ADDR=address)

    def refreshes(self, *, address: str = BRITISH, user_agent: str = CHROME.format(140)) -> Any:
        headers = {"User-Agent": user_agent, "Accept-Language": "en"}
        return bearer_client("").post(
            REFRESH, {"refresh": self.tokens["refresh"]}, headers=headers, REMOTE_ADDR=address
        )


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def incidents() -> list[tuple[str, str]]:
    return list(trail().filter(name="session.context_changed").values_list("reason", "outcome"))


@pytest.mark.parametrize(
    ("shown", "was_seen_lately", "surprise"),
    [
        (KNOWN, True, None),
        (SessionContext("US", "a"), True, Surprise.IMPOSSIBLE_TRAVEL),
        (SessionContext("US", "a"), False, None),
        (SessionContext("GB", "b"), True, Surprise.DEVICE_CHANGED),
        (SessionContext("GB", "b"), False, Surprise.DEVICE_CHANGED),
        (SessionContext("US", "b"), True, Surprise.IMPOSSIBLE_TRAVEL),
        (SessionContext("", ""), True, None),
    ],
)
def test_what_is_surprising(shown: SessionContext, was_seen_lately: bool, surprise: Surprise | None) -> None:  # noqa: FBT001 - a row of the table
    change = surprising_change(KNOWN, shown, was_seen_lately=was_seen_lately)

    assert (change.surprise if change else None) is surprise


def test_what_was_never_known_surprises_nobody() -> None:
    assert surprising_change(SessionContext("", ""), KNOWN, was_seen_lately=True) is None


def test_a_session_remembers_where_it_began(visitor: Visitor) -> None:
    session = visitor.session

    assert (session.country, session.last_country) == ("GB", "GB")
    assert session.fingerprint == session.last_fingerprint != ""


def test_people_see_the_country(visitor: Visitor) -> None:
    row = bearer_client(visitor.tokens["access"]).get(SESSIONS).json()["results"][0]

    assert (row["address"], row["country"]) == (BRITISH, "GB")


class TestObserving:
    """The default."""

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"address": AMERICAN}, "impossible_travel"),
            ({"user_agent": "curl/8.5.0"}, "device_changed"),
            ({"language": "ru"}, "device_changed"),
        ],
    )
    def test_a_surprise_is_recorded_once_and_stops_nothing(
        self, visitor: Visitor, change: dict[str, str], reason: str
    ) -> None:
        assert [visitor.asks(**change).status_code for _ in range(3)] == [200] * 3

        assert incidents() == [(reason, "allowed")]

    def test_the_record_tells_what_changed(self, visitor: Visitor) -> None:
        visitor.asks(address=AMERICAN)

        event, session = trail().get(name="session.context_changed"), visitor.session
        assert (event.actor_id, event.session_id, event.resource_id) == (session.user_id, session.id, session.id)
        assert event.details == {"countries": ["GB", "US"], "is_other_device": False}
        assert event.client_address == AMERICAN

    def test_going_to_and_fro_does_not_fill_the_trail(self, visitor: Visitor) -> None:
        for address in (AMERICAN, BRITISH) * 5:
            assert visitor.asks(address=address).status_code == 200

        assert len(incidents()) == 1

    def test_a_later_change_is_recorded_again(self, visitor: Visitor) -> None:
        visitor.asks(address=AMERICAN)
        Session.objects.update(context_changed_at=timezone.now() - timedelta(seconds=61))
        visitor.asks(address=BRITISH)

        assert incidents() == [("impossible_travel", "allowed")] * 2

    def test_an_update_of_the_browser_is_no_surprise(self, visitor: Visitor) -> None:
        assert visitor.asks(user_agent=CHROME.format(141), language="en-GB,en;q=0.5").status_code == 200
        assert incidents() == []

    def test_an_address_without_a_country_is_no_surprise(self, visitor: Visitor) -> None:
        visitor.asks(address=PRIVATE)

        assert (incidents(), visitor.session.last_country) == ([], "GB")

    def test_with_enough_time_people_travel(self, visitor: Visitor) -> None:
        Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=121))
        visitor.asks(address=AMERICAN)

        assert (incidents(), visitor.session.last_country, visitor.session.country) == ([], "US", "GB")

    def test_sessions_from_before_this_was_kept_are_filled_in(self, visitor: Visitor) -> None:
        Session.objects.update(
            last_country="", last_fingerprint="", last_seen_at=timezone.now() - timedelta(seconds=61)
        )
        visitor.asks(address=AMERICAN)

        assert (incidents(), visitor.session.last_country) == ([], "US")
        assert visitor.session.last_fingerprint

    def test_it_costs_an_ordinary_request_no_statement(
        self, visitor: Visitor, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(2):
            visitor.asks()

    def test_a_refresh_elsewhere_is_recorded_too(self, visitor: Visitor) -> None:
        assert visitor.refreshes(address=AMERICAN).status_code == 200

        assert incidents() == [("impossible_travel", "allowed")]
        assert visitor.session.last_country == "US"


class TestEnforcing:
    @pytest.fixture(autouse=True)
    def _enforce(self, set_rules: Change) -> None:
        set_rules(session_binding="enforce")

    @pytest.mark.parametrize("change", [{"address": AMERICAN}, {"user_agent": "curl/8.5.0"}, {"language": "ru"}])
    def test_a_session_that_moved_is_over_for_both(self, visitor: Visitor, change: dict[str, str]) -> None:
        refused = visitor.asks(**change)

        assert (refused.status_code, refused.json()["code"]) == (401, "session_revoked")
        assert visitor.asks().json()["code"] == "session_revoked"
        assert visitor.session.revoked_reason == "context_changed"
        assert [outcome for _, outcome in incidents()] == ["denied"]
        assert trail().get(name="session.ended").reason == "context_changed"

    @pytest.mark.parametrize("change", [{"address": AMERICAN}, {"user_agent": "curl/8.5.0"}])
    def test_a_refresh_token_is_no_way_around(self, visitor: Visitor, change: dict[str, str]) -> None:
        refused = visitor.refreshes(**change)

        assert (refused.status_code, refused.json()["code"]) == (401, "session_revoked")
        assert visitor.asks().json()["code"] == "session_revoked"
        assert visitor.refreshes().json()["code"] == "session_revoked"

    def test_who_stays_where_they_are_notices_nothing(self, visitor: Visitor) -> None:
        assert visitor.asks().status_code == 200
        assert visitor.refreshes().status_code == 200
        assert incidents() == []

    def test_the_time_to_travel_can_be_set(self, visitor: Visitor, set_rules: Change) -> None:
        Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=10))
        set_rules(impossible_travel_minutes=5)

        assert visitor.asks(address=AMERICAN).status_code == 200


def test_other_sessions_of_the_same_person_are_not_touched(set_rules: Change) -> None:
    set_rules(session_binding="enforce")
    user = user_factory()
    first, second = sign_in(user.email, **{"User-Agent": "a/1"}), sign_in(user.email, **{"User-Agent": "b/1"})
    bearer_client(first["access"]).get(PROFILE, headers={"User-Agent": "c/1"})

    answer = bearer_client(second["access"]).get(PROFILE, headers={"User-Agent": "b/2"})
    assert answer.status_code == 200
