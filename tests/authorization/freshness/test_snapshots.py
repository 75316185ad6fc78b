"""What a snapshot shows: worked out from the order in which transactions begin and end."""

from hypothesis import given
from hypothesis import strategies as st

from authorization.freshness.snapshots import Snapshot


class History:
    """Transactions that begin in the order of their numbers, and end in any."""

    def __init__(self) -> None:
        self.next_number = 3
        self.running: set[int] = set()
        self.ended: set[int] = {2}

    def step(self, place: int | None) -> None:
        """One begins, or one of those that run ends."""
        if place is None or not self.running:
            self.running.add(self.next_number)
            self.next_number += 1
        else:
            number = sorted(self.running)[place % len(self.running)]
            self.running.remove(number)
            self.ended.add(number)

    def look(self) -> tuple[Snapshot, frozenset[int]]:
        """As PostgreSQL takes a snapshot, and what had ended."""
        after = max(self.ended) + 1
        running = frozenset(number for number in self.running if number < after)
        return Snapshot(min(running, default=after), after, running), frozenset(self.ended)


steps = st.lists(st.none() | st.integers(0, 5), max_size=25)


@given(steps)
def test_it_saw_what_had_ended_and_nothing_else(history: list[int | None]) -> None:
    world = History()
    for step in history:
        world.step(step)
    snapshot, ended = world.look()

    for number in range(2, world.next_number + 2):
        assert snapshot.saw([number]) is (number in ended)


@given(steps, steps)
def test_a_later_one_is_as_late_and_an_earlier_one_only_where_nothing_has_ended_since(
    before: list[int | None], between: list[int | None]
) -> None:
    world = History()
    for step in before:
        world.step(step)
    earlier, ended_earlier = world.look()
    for step in between:
        world.step(step)
    later, ended_later = world.look()

    assert later.is_as_late_as(earlier)
    assert earlier.is_as_late_as(later) is (ended_earlier == ended_later)


def test_it_is_read_as_postgresql_writes_it() -> None:
    for text in ("10:20:10,14,15", "10:10:"):
        assert str(Snapshot.read(text)) == text
    assert Snapshot.read("10:20:10,14,15") == Snapshot(10, 20, frozenset({10, 14, 15}))
