"""Nobody waits again and again for a server that is away, and it is noticed when it is back."""

from velro.caching.breaker import Breaker, BreakerState


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, pause=5, clock=clock)
    assert [breaker.fail() for _ in range(3)] == [False, False, True]
    return breaker


def test_a_few_failures_keep_nobody_away() -> None:
    breaker = Breaker(failures=3)
    for report in (breaker.fail, breaker.fail, breaker.succeed, breaker.fail, breaker.fail):
        report()

    assert breaker.state is BreakerState.CLOSED
    assert breaker.lets_through()


def test_more_of_them_in_a_row_keep_everybody_away_for_a_while() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 4.9

    assert not breaker.lets_through()
    assert (breaker.state, breaker.times_opened) == (BreakerState.OPEN, 1)


def test_then_one_may_try_and_the_others_wait_for_the_outcome() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 5

    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_try_that_goes_well_lets_all_through() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 5
    breaker.lets_through()
    breaker.succeed()

    assert [breaker.lets_through() for _ in range(3)] == [True, True, True]
    assert [breaker.fail() for _ in range(3)] == [False, False, True]
    assert breaker.times_opened == 2


def test_a_try_that_fails_begins_another_pause() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 5
    breaker.lets_through()

    assert not breaker.fail()
    clock.now += 4.9
    assert not breaker.lets_through()
    clock.now += 0.1
    assert breaker.lets_through()


def test_whoever_tries_and_never_says_how_it_went_holds_up_nobody_for_long() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 5
    assert breaker.lets_through()
    clock.now += 5

    assert breaker.lets_through()
