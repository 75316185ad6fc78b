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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with live sessions, and generations that they may read."""

    tokens: Sequence[str]
    generation_ids: Sequence[str]

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "Person":
        """As `people` says it."""
        return cls(found["tokens"], found["generation_ids"])

    def ask(self, generation_id: str, *, session: int = 0) -> bytes:
        """One question, as a whole request."""
        path = f"/api/v1/generations/{generation_id}/authorize"
        return request(path, token=self.tokens[session], body={"action": "read"})

    def ask_many(self, generation_ids: Sequence[str]) -> bytes:
        """A batch, as a whole request."""
        body = {"action": "read", "ids": generation_ids}
        return request("/api/v1/generations/authorize", token=self.tokens[0], body=body)


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
    reached = ([(person, it) for it in person.generation_ids[part]] for person in people)
    return [person.ask(generation_id) for turn in zip(*reached, strict=True) for person, generation_id in turn]


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


def zipf_order(number: int) -> list[int]:
    """Positions of which the n-th most frequent comes n to the ZIPF_EXPONENT times less often than the first."""
    chance = Random(SEED)  # noqa: S311 - no secret
    positions = list(range(number))
    chance.shuffle(positions)
    weights = list(accumulate(rank**-ZIPF_EXPONENT for rank in range(1, number + 1)))
    return chance.choices(positions, cum_weights=weights, k=ZIPF_DRAWS)
