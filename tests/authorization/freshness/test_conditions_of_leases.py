"""A process has a lease only while all triggers are as the code has them, and its connection hears."""

from typing import Final

import pytest

from authorization.freshness import announcements
from authorization.freshness import listener as listening
from authorization.freshness.announcements import install_announcements
from authorization.freshness.listener import Listener
from tests.authorization.freshness.announced_changes import run
from tests.authorization.freshness.conftest import cut_listeners, eventually, has_lease

SABOTAGE: Final[dict[str, str]] = {
    "off": "ALTER TABLE generations_share DISABLE TRIGGER announce_shares_insert",
    "for replication alone": "ALTER TABLE generations_share ENABLE REPLICA TRIGGER announce_shares_insert",
    "not for replication": "ALTER TABLE generations_share ENABLE TRIGGER announce_shares_insert",
    "gone": "DROP TRIGGER announce_shares_insert ON generations_share",
    "of another version": "CREATE OR REPLACE FUNCTION announce_shares_insert() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'",
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_without_one_trigger_nothing_is_answered_from_memory(listener: Listener, name: str) -> None:
    run(SABOTAGE[name])
    try:
        assert eventually(lambda: not has_lease(listener))
        assert not eventually(lambda: has_lease(listener), seconds=1)
    finally:
        install_announcements(using="default")
    assert eventually(lambda: has_lease(listener))


def test_nothing_is_answered_from_memory_before_the_apps_have_said_what_they_announce(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(announcements, "ANNOUNCEMENTS", [])
        assert eventually(lambda: not has_lease(listener))
    assert eventually(lambda: has_lease(listener))


def test_a_connection_that_does_not_listen_gives_no_lease(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that a pooler shares would not: its heartbeats are answered, and nothing is heard on it."""
    with monkeypatch.context() as patch:
        patch.setattr(listening, "LISTEN", "SELECT 1")
        cut_listeners()
        assert eventually(lambda: not has_lease(listener))
        assert not eventually(lambda: has_lease(listener), seconds=2)
    assert eventually(lambda: has_lease(listener))
