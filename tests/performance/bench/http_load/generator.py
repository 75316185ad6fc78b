"""Generates a load in one thread, on one core, and takes down what came of it."""

import gc
import selectors
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Final

from tests.performance.bench.http_load.answers import Answer, AnswerMalformed
from tests.performance.bench.http_load.connections import Connection
from tests.performance.bench.http_load.loads import GENERATOR, Load, Outcome
from tests.performance.bench.http_load.processor_time import processor_seconds
from tests.performance.bench.http_load.tally import Tally

LONGEST_WAIT: Final = 0.1
LAST_ANSWERS_SECONDS: Final = 10.0
CLOSED: Final = "closed"
clock: Final = time.perf_counter


def generate(load: Load) -> Outcome:
    """Warm up, measure, and wait for the last answers. Raises OSError when the server goes away meanwhile."""
    gc.disable()  # a pause of ours would be taken for one of the server's
    loop: Loop = ClosedLoop(load) if load.rate is None else OpenLoop(load, rate=load.rate)
    try:
        return loop.measure()
    finally:
        loop.close()
        gc.enable()


class Loop(ABC):
    """What closed and open loops have in common."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.tally = Tally()
        self.is_over = False
        self._feed = _requests(load)
        self._selector = selectors.DefaultSelector()
        self.connections: list[Connection] = []

    @abstractmethod
    def begin(self) -> None:
        """The first requests may be sent."""

    @abstractmethod
    def send_due(self, now: float) -> float:
        """Send what is due by now. Returns for how many seconds nothing else will be."""

    @abstractmethod
    def go_on(self, connection: Connection, *, now: float) -> None:
        """The connection is free again."""

    def measure(self) -> Outcome:
        """The whole load, or nothing but errors where not all connections can be opened."""
        try:
            self.open_connections()
        except OSError:
            errors = {"not opened": self.load.connections - len(self.connections)}
            return Outcome(self.load.seconds, 0, 0, errors, self.tally.percentiles(), dict.fromkeys(self._spent(), 0))
        self.begin()
        self._run(clock() + self.load.warm_up_seconds)
        spent, self.tally, started = self._spent(), Tally(), clock()
        self._run(started + self.load.seconds)
        seconds, answers, counted = clock() - started, self.tally.answers, self.tally.counted
        processor_time = {name: after - spent[name] for name, after in self._spent().items()}
        self._await_last_answers()
        errors, milliseconds = dict(self.tally.errors), self.tally.percentiles()
        return Outcome(seconds, answers, counted, errors, milliseconds, processor_time)

    def open_connections(self) -> None:
        """All of them. Raises OSError."""
        for position in range(self.load.connections):
            self.connections.append(self._opened(position))

    def ask_next(self, connection: Connection, *, due: float) -> None:
        """Send the next request, if there is one."""
        request = next(self._feed, None)
        if request is not None:
            try:
                connection.ask(request, due=due)
            except OSError:
                self._replace(connection, fault=CLOSED)

    def close(self) -> None:
        """All connections."""
        self._selector.close()
        for connection in self.connections:
            connection.close()

    def _opened(self, position: int) -> Connection:
        connection = Connection(self.load.port, position=position)
        self._selector.register(connection, selectors.EVENT_READ, connection)
        return connection

    def _run(self, until: float) -> None:
        while (now := clock()) < until and not self._is_through():
            self._receive_within(min(self.send_due(now), until - now))

    def _is_through(self) -> bool:
        return self.load.is_once and not any(connection.is_waiting for connection in self.connections)

    def _receive_within(self, seconds: float) -> None:
        for key, _ in self._selector.select(max(seconds, 0)):
            self._receive(key.data)

    def _receive(self, connection: Connection) -> None:
        try:
            answer = connection.receive()
        except AnswerMalformed as error:
            self._replace(connection, fault=f"malformed: {error}")
        except OSError:
            self._replace(connection, fault=CLOSED)
        else:
            if answer is not None:
                self._judge(answer, connection)

    def _judge(self, answer: Answer, connection: Connection) -> None:
        now, expected = clock(), self.load.expected
        fault = expected.fault_of(answer)
        if fault is None:
            self.tally.add(now - connection.due, is_counted=expected.counted in answer.body)
        else:
            self.tally.errors[fault] += 1
        self.go_on(connection, now=now)

    def _replace(self, broken: Connection, *, fault: str) -> None:
        self.tally.errors[fault] += 1
        self._selector.unregister(broken)
        broken.close()
        connection = self.connections[broken.position] = self._opened(broken.position)
        connection.overdue = broken.overdue
        self.go_on(connection, now=clock())

    def _spent(self) -> dict[str, float]:
        watched = {name: processor_seconds(ids) for name, ids in self.load.processes.items()}
        return watched | {GENERATOR: time.process_time()}

    def _await_last_answers(self) -> None:
        self.is_over, deadline = True, clock() + LAST_ANSWERS_SECONDS
        while any(connection.is_waiting for connection in self.connections) and clock() < deadline:
            self._receive_within(LONGEST_WAIT)
        missing = sum(connection.is_waiting + len(connection.overdue) for connection in self.connections)
        if missing:
            self.tally.errors["unanswered"] += missing


class ClosedLoop(Loop):
    """Every connection asks again as soon as it has its answer."""

    def begin(self) -> None:
        """All at once."""
        for connection in self.connections:
            self.ask_next(connection, due=clock())

    def send_due(self, now: float) -> float:
        """Nothing: an answer is what makes the next request due."""
        return LONGEST_WAIT

    def go_on(self, connection: Connection, *, now: float) -> None:
        """At once."""
        if not self.is_over:
            self.ask_next(connection, due=now)


class OpenLoop(Loop):
    """Requests are due by the clock. One whose connection is still busy waits for it, and its latency counts that."""

    def __init__(self, load: Load, *, rate: float) -> None:
        super().__init__(load)
        self._rate = rate
        self.began = 0.0
        self._arrived = 0

    def begin(self) -> None:
        """The clock starts."""
        self.began = clock()

    def send_due(self, now: float) -> float:
        """In turn over the connections."""
        while (due := self.began + self._arrived / self._rate) <= now:
            connection = self.connections[self._arrived % len(self.connections)]
            self._arrived += 1
            if connection.is_waiting:
                connection.overdue.append(due)
            else:
                self.ask_next(connection, due=due)
        return due - now

    def go_on(self, connection: Connection, *, now: float) -> None:
        """With what has been due before, also when the time is over: it was asked for."""
        if connection.overdue:
            self.ask_next(connection, due=connection.overdue.popleft())


def _requests(load: Load) -> Iterator[bytes]:
    order: Iterable[int] = load.order or range(len(load.requests))
    return map(load.requests.__getitem__, order if load.is_once else cycle(order))
