"""Keys that are issued in the same moment: the limit holds."""

import pytest

from accounts.errors import TooManyApiKeys
from accounts.models import ApiKey
from tests.generations.test_concurrency import all_at_once
from tests.support.api_keys import key_of
from tests.support.factories import user_factory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_limit_holds_for_requests_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.services.api_keys.MOST_LIVE_KEYS", 2)
    owner = user_factory()

    def issue() -> bool:
        try:
            return bool(key_of(owner))
        except TooManyApiKeys:
            return False

    assert sorted(all_at_once(*[issue] * 6)) == [False] * 4 + [True] * 2
    assert ApiKey.objects.filter(user=owner).count() == 2
