"""What many ask for at the same time is looked up once, and nobody waits for it for long."""

from threading import Barrier, Event, Thread

from authorization.caching.flights import Flight, Flights


def test_who_comes_first_looks_it_up() -> None:
    flights: Flights[str] = Flights()
    flight = flights.board(["a", "b"])

    assert flight is not None
    assert flight.keys == ["a", "b"]


def test_others_wait_until_it_has_landed() -> None:
    flights: Flights[str] = Flights(patience=30)
    leader = flights.board(["a", "b"])
    assert leader
    found: list[str] = []
    seen: list[list[str]] = []

    def follow() -> None:
        assert flights.board(["a"]) is None
        seen.append(list(found))

    followers = [Thread(target=follow) for _ in range(4)]
    for follower in followers:
        follower.start()
    found.append("what a is")
    leader.land()
    for follower in followers:
        follower.join()
    assert seen == [["what a is"]] * 4


def test_nobody_waits_longer_than_patience_lasts() -> None:
    flights: Flights[str] = Flights(patience=0.01)
    assert flights.board(["a"])

    assert flights.board(["a"]) is None


def test_who_finds_one_thing_that_nobody_looks_up_waits_for_none() -> None:
    flights: Flights[str] = Flights(patience=30)
    flights.board(["a", "b"])
    second = flights.board(["b", "c"])

    assert second is not None
    assert second.keys == ["c"]
    second.land()


def test_after_it_has_landed_the_next_one_looks_again() -> None:
    flights: Flights[str] = Flights()
    for _ in range(2):
        flight = flights.board(["a"])
        assert flight
        flight.land()


def test_of_many_at_once_one_leads() -> None:
    flights: Flights[str] = Flights(patience=30)
    start, may_land = Barrier(8), Event()
    boarded: list[Flight[str] | None] = []

    def ask() -> None:
        start.wait()
        flight = flights.board(["a"])
        boarded.append(flight)
        if flight:
            may_land.wait()
            flight.land()

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    may_land.set()
    for thread in threads:
        thread.join()
    assert len(boarded) == 8
    assert any(boarded)
