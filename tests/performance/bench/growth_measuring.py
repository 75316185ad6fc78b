"""Asks one large world the same few questions whenever it is its turn."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, cycle, islice
from typing import Final
from uuid import UUID, uuid4

from django.db import connection

from authorization import engine
from authorization.facts import Principal
from generations import actions
from generations.large_world.characters import WIDE_OWNER
from tests.performance.bench.figures import milliseconds
from tests.performance.bench.growth_report import DECISION, FROM_MEMORY, LIST_PAGE, MIX, Turn
from tests.performance.bench.http_load.processor_time import processor_seconds
from tests.performance.bench.measuring import LIST, READERS, listening, readable_ids, signed_in
from tests.performance.bench.questions import HOTTEST, MOST, all_questions, user_id_of

PAGES: Final = 4

Work = Callable[[], object]
Spent = dict[str, list[float]]


def turns(*, decisions: int) -> Iterator[Turn]:
    """So many decisions of each kind in each, but the first: it asks about everything once, and so warms up."""
    kinds = {kind: _questions(user_id, ids) for kind, user_id, ids in _kinds()}
    pages = {it.name: cycle([partial(signed_in(it).get, LIST)]) for it in READERS}
    reader = user_id_of(WIDE_OWNER)
    known = readable_ids(reader, MOST)
    number = MOST
    while True:
        before = _server_seconds()
        cold = _timed(kinds, number)
        computed = (_server_seconds() - before) / (number * len(kinds))
        spent = {
            DECISION: {MIX: list(chain(*cold.values())), **cold},
            FROM_MEMORY: _from_memory(reader, known),
            LIST_PAGE: _timed(pages, PAGES),
        }
        yield {"spent": spent, "computed_ms": computed * 1000}
        number = decisions


def _kinds() -> Iterator[tuple[str, UUID, tuple[UUID, ...]]]:
    """All but one: it is about as many shares as there are teams, up to 200, and so not the same in the smallest."""
    return ((it.kind, it.user_id, it.generation_ids) for it in all_questions() if it.kind != HOTTEST)


def _questions(user_id: UUID, generation_ids: tuple[UUID, ...]) -> Iterator[Work]:
    principal = Principal(user_id, uuid4())
    return (partial(engine.decide, principal, actions.READ, it) for it in cycle(generation_ids))


def _timed(works: Mapping[str, Iterator[Work]], number: int) -> Spent:
    return {name: [milliseconds(work) for work in islice(those, number)] for name, those in works.items()}


def _server_seconds() -> float:
    """What the server's process for this connection has computed so far."""
    return processor_seconds([connection.connection.info.backend_pid])


def _from_memory(user_id: UUID, generation_ids: list[UUID]) -> Spent:
    """Raises RuntimeError when it is not from memory."""
    principal = Principal(user_id, uuid4())
    with listening():
        known = engine.decide_many(principal, actions.READ, generation_ids)
        spent = _timed({DECISION: _questions(user_id, tuple(generation_ids))}, len(known))
        if not engine.decide(principal, actions.READ, generation_ids[0]).is_cache_hit:
            raise RuntimeError("nothing was remembered")
    return spent
