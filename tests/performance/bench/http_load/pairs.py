"""Which person asks about which generation, in which words. No two kinds of load have a pair in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any, Final

import orjson

USER_AGENT: Final = "velro-bench"
PEOPLE: Final = 200
# One for each of 10,000 connections.
SESSIONS: Final = 50
# Of each person: 8,000 pairs that fit into memory, 60,000 that are asked about once, 100,000 for Zipf's law.
WARM: Final = slice(0, 40)
COLD: Final = slice(40, 340)
ZIPF: Final = slice(340, 840)
BATCH: Final = slice(840, 1_840)
REACHED: Final = BATCH.stop
SEED: Final = 1
ZIPF_EXPONENT: Final = 1.0
ZIPF_DRAWS: Final = 400_000
# Of the requests by Zipf's law, one in so many changes what decisions on a generation depend on.
ONE_CHANGE_IN: Final = 100
# What an answer to such a request says.
CHANGED: Final = b'"queue_position":'


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with live sessions, and generations that they may read, some of which they may change."""

    tokens: Sequence[str]
    generation_ids: Sequence[str]
    changeable_ids: Sequence[str]

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Person":
        """As `people` says it."""
        return cls(found["tokens"], found["generation_ids"], found["changeable_ids"])

    def ask(self, generation_id: str, *, session: int = 0) -> bytes:
        """One question, as a whole request."""
        path = f"/api/v1/generations/{generation_id}/authorize"
        return request(path, token=self.tokens[session], body={"action": "read"})

    def ask_many(self, generation_ids: Sequence[str]) -> bytes:
        """A batch, as a whole request."""
        body = {"action": "read", "ids": generation_ids}
        return request("/api/v1/generations/authorize", token=self.tokens[0], body=body)

    def archive(self, generation_id: str) -> bytes:
        """It can still be read."""
        return request(f"/api/v1/generations/{generation_id}/archive", token=self.tokens[0], body={})

    def restore(self, generation_id: str) -> bytes:
        """Undo it."""
        return request(f"/api/v1/generations/{generation_id}/restore", token=self.tokens[0], body={})


def request(path: str, *, token: str, body: Mapping[str, Any]) -> bytes:
    """The bytes of a POST."""
    content = orjson.dumps(body)
    head = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"User-Agent: {USER_AGENT}",
        "Accept: application/json",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def singly(people: Iterable[Person], part: slice) -> list[bytes]:
    """Every pair of this part once, everybody in turn."""
    return [person.ask(generation_id) for person, generation_id in _by_position(people, part)]


def in_batches(people: Iterable[Person], part: slice) -> list[bytes]:
    """Every pair of this part once, a batch for each person."""
    return [person.ask_many(person.generation_ids[part]) for person in people]


def from_every_session(people: Sequence[Person]) -> list[bytes]:
    """A question in each session, everybody in turn; the pairs are those that fit into memory."""
    return [
        person.ask(person.generation_ids[WARM][session % WARM.stop], session=session)
        for session in range(SESSIONS)
        for person in people
    ]


def _by_position(people: Iterable[Person], part: slice) -> list[tuple[Person, str]]:
    reached = ([(person, it) for it in person.generation_ids[part]] for person in people)
    return [pair for turn in zip(*reached, strict=True) for pair in turn]


def by_zipf(people: Sequence[Person]) -> tuple[list[bytes], list[int]]:
    """Requests, and the positions in which they come.

    The n-th most frequent question comes n to the ZIPF_EXPONENT times less often than the first. Among them are
    changes, of generations that are asked about as often; after half of those it is as it was before.
    """
    pairs = _by_position(people, ZIPF)
    changing = {it: person for person in people for it in person.changeable_ids}
    requests, order, due = singly(people, ZIPF), list[int](), 0
    archived: dict[str, bool] = {}
    for number, position in enumerate(_zipf_draws(len(pairs))):
        due += number % ONE_CHANGE_IN == 0
        generation_id = pairs[position][1]
        if due and generation_id in changing:
            due -= 1
            archived[generation_id] = not archived.get(generation_id, False)
            person = changing[generation_id]
            order.append(len(requests))
            requests.append((person.archive if archived[generation_id] else person.restore)(generation_id))
        else:
            order.append(position)
    return requests, order


def _zipf_draws(number: int) -> list[int]:
    chance = Random(SEED)  # noqa: S311 - no secret
    positions = list(range(number))
    chance.shuffle(positions)
    weights = list(accumulate(rank**-ZIPF_EXPONENT for rank in range(1, number + 1)))
    return chance.choices(positions, cum_weights=weights, k=ZIPF_DRAWS)
