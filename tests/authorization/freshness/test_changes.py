"""An answer holds until something that it depends on is heard to have changed, and never longer."""

from authorization.freshness import changes
from authorization.freshness.changes import ChangeLog


def test_an_answer_holds_while_nothing_it_depends_on_changes() -> None:
    log = ChangeLog()
    asked_at = log.position
    log.note(["user:b"], transaction_id=1)
    assert log.holds(asked_at, ("user:a", "generation:a"))


def test_any_change_of_what_it_depends_on_ends_it() -> None:
    log = ChangeLog()
    asked_at = log.position
    log.note(["user:b", "generation:a"], transaction_id=1)
    assert not log.holds(asked_at, ("user:a", "generation:a"))


def test_what_was_asked_after_a_change_holds() -> None:
    log = ChangeLog()
    log.note(["user:a"], transaction_id=1)
    assert log.holds(log.position, ("user:a",))


def test_a_late_answer_carries_the_place_at_which_it_was_asked() -> None:
    log = ChangeLog()
    asked_at = log.position
    log.note(["user:a"], transaction_id=1)
    log.note(["user:b"], transaction_id=1)
    assert not log.holds(asked_at, ("user:a",))


def test_who_forgets_believes_nothing_from_before() -> None:
    log = ChangeLog()
    asked_at = log.position
    log.forget()
    assert not log.holds(asked_at, ())
    assert log.holds(log.position, ("user:a",))


def test_what_is_remembered_has_a_limit() -> None:
    log = ChangeLog()
    asked_at = log.position
    for number in range(changes.MOST_REMEMBERED + 1):
        log.note([f"user:{number}"], transaction_id=1)
    assert not log.holds(asked_at, ("user:another",))
    assert log.holds(log.position, ("user:0",))
