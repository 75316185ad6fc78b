"""Measures one large world from inside the server's own code and hands the figures over as JSON.

`python -m tests.performance.bench.measuring_process` runs it; the world is in the database of its environment.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from http import HTTPStatus
from itertools import cycle, islice
from time import sleep
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import Case, When
from django.db.models.functions import Now
from rest_framework.test import APIClient

from accounts.management.commands.seed_demo import PASSWORD
from authorization import engine
from authorization.caching.facts import FACTS_CACHE
from authorization.facts import Principal
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import HEARTBEAT_SECONDS, LISTENER
from authorization.layer_times import forget_layer_times, layer_times
from generations import actions
from generations.large_world.characters import (
    DEEP_MEMBER,
    DELEGATE,
    EVERYWHERE,
    INVITED,
    STRANGER,
    WIDE_OWNER,
    Character,
)
from generations.models import Generation
from generations.policies import GENERATION_RESOURCE
from tests.performance.bench.figures import milliseconds
from tests.performance.bench.plans import whole_reads
from tests.performance.bench.questions import (
    Questions,
    all_questions,
    deepest_generations,
    hottest_id,
    user_id_of,
)
from velro.garbage import look_seldom
from velro.warm_connections import WARM_UPS

# Enough for every plan that PostgreSQL keeps to be made.
WARM_UP: Final = 20
REQUESTS: Final = 40
FRESH_CONNECTIONS: Final = 15
BATCH: Final = 1_000
LIST: Final = "/api/v1/generations"
READERS: Final = (WIDE_OWNER, DEEP_MEMBER, EVERYWHERE, INVITED, DELEGATE, STRANGER)

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: what was done, how long each time took, and which large tables it read from end to end."""

    section: str
    name: str
    milliseconds: list[float]
    whole_reads: list[str]


def measure_everything(*, rounds: int) -> dict[str, Any]:
    """Rows and layer times, ready for JSON."""
    # As in a process that serves: a look at everything takes longer than most of what is measured here.
    look_seldom()
    rows = [*fresh_connections()]
    forget_layer_times()
    for questions in all_questions():
        rows += decisions(questions, rounds=rounds)
    layers = layer_times()
    rows += [*whole_requests(), *explanations(), *batches(), *holders(), *from_memory()]
    return {"rows": [asdict(row) for row in rows], "layers": [asdict(layer) for layer in layers]}


def measured(section: str, name: str, works: Iterable[Work], *, warm_up: int = WARM_UP) -> Measured:
    """Do all `works` one after the other; the first ones warm up, and the last one shows its plans."""
    every = list(works)
    for work in every[:warm_up]:
        work()
    return Measured(section, name, [milliseconds(work) for work in every[warm_up:]], whole_reads(every[-1]))


def fresh_connections() -> Iterator[Measured]:
    """What a new connection costs, and its first questions: as the pool opens it, and if it did not plan ahead."""
    warm_ups = list(WARM_UPS)
    for manner in ("planned ahead", "not planned ahead"):
        for step, spent in _new_connections().items():
            yield Measured(f"new connection, {manner}", step, spent, [])
        WARM_UPS.clear()
    WARM_UPS.extend(warm_ups)


def _new_connections() -> dict[str, list[float]]:
    database = connections[DEFAULT_DB_ALIAS]
    assert isinstance(database, DatabaseWrapper)
    ask = partial(GENERATION_RESOURCE.facts_for, user_id_of(DEEP_MEMBER), list(deepest_generations()[:1]))
    steps: dict[str, Work] = {"opening it": database.ensure_connection, "first facts": ask, "second facts": ask}
    spent: dict[str, list[float]] = {step: [] for step in steps}
    for _ in range(FRESH_CONNECTIONS):
        database.close()
        database.close_pool()
        for step, work in steps.items():
            spent[step].append(milliseconds(work))
    return spent


def decisions(questions: Questions, *, rounds: int) -> Iterator[Measured]:
    """The facts alone, then the whole of layers 4 to 8 with its record, each about one generation after the other."""
    principal = Principal(questions.user_id, uuid4())
    in_turn = list(islice(cycle(questions.generation_ids), WARM_UP + rounds))
    facts = (partial(GENERATION_RESOURCE.facts_for, questions.user_id, [it]) for it in in_turn)
    yield measured("facts", questions.kind, facts)
    yield measured("decision", questions.kind, (partial(engine.decide, principal, actions.READ, it) for it in in_turn))


def batches() -> Iterator[Measured]:
    """A thousand decisions at once."""
    ids = list(Generation.objects.order_by("id").values_list("id", flat=True)[:BATCH])
    for character in (WIDE_OWNER, EVERYWHERE, STRANGER):
        principal = Principal(user_id_of(character), uuid4())
        work = partial(engine.decide_many, principal, actions.READ, ids)
        yield measured("batch of 1,000", character.name, [work] * (REQUESTS // 2), warm_up=2)


def from_memory() -> Iterator[Measured]:
    """The same as a process that listens: what it has decided before, and what it costs to take something away."""
    user_id = user_id_of(WIDE_OWNER)
    principal, resource, ids = Principal(user_id, uuid4()), GENERATION_RESOURCE.name, readable_ids(user_id, BATCH)
    with listening():
        engine.decide_many(principal, actions.READ, ids)
        look_ups = [partial(FACTS_CACHE.known, resource, [(user_id, it)]) for it in ids]
        yield measured("from memory", "look-up alone", look_ups)
        yield measured("from memory", "decision", [partial(engine.decide, principal, actions.READ, it) for it in ids])
        batch = partial(engine.decide_many, principal, actions.READ, ids)
        yield measured("from memory", "batch of 1,000", [batch] * REQUESTS, warm_up=2)
        request = partial(signed_in(WIDE_OWNER).post, f"{LIST}/{ids[0]}/authorize")
        yield requests("from memory", "POST authorize", request)
        change = partial(_change, ids[0])
        yield measured("from memory", "change, until all have heard", [change] * REQUESTS, warm_up=2)


@contextmanager
def listening() -> Iterator[None]:
    """As in a process that answers requests: what is decided in this block is remembered."""
    LISTENER.start()
    while LISTENER.recent_peers() is None:
        sleep(HEARTBEAT_SECONDS)
    try:
        yield
    finally:
        LISTENER.stop()


def readable_ids(user_id: UUID, number: int) -> list[UUID]:
    """So many that this person may read."""
    readable = GENERATION_RESOURCE.visible_to(user_id, actions.READ)
    return list(readable.order_by("id").values_list("id", flat=True)[:number])


def _change(generation_id: UUID) -> None:
    Generation.objects.filter(id=generation_id).update(archived_at=Case(When(archived_at=None, then=Now())))
    wait_until_heard(LISTENER)


def holders() -> Iterator[Measured]:
    """Who can read one generation: the first hundred, as search answers."""
    yield measured("who can read", "ten levels down", _readers_again(deepest_generations()[0]), warm_up=2)
    hottest = measured("who can read", "shared with 200 teams", _readers_again(hottest_id()), warm_up=2)
    # Nearly everybody can, so that reading all people is the shortest way to them.
    yield replace(hottest, whole_reads=[])


def _readers_again(generation_id: UUID) -> list[Work]:
    return [partial(readers_of, generation_id)] * REQUESTS


def readers_of(generation_id: UUID) -> list[UUID]:
    """Ids of the first hundred."""
    holders = GENERATION_RESOURCE.holders_of(actions.READ, generation_id)
    return list(holders.order_by("id").values_list("id", flat=True)[:100])


def whole_requests() -> Iterator[Measured]:
    """Through all of Django, from the path to the bytes, without a network."""
    for character in READERS:
        client = signed_in(character)
        yield requests("list page", f"{character.name}, 25", partial(client.get, LIST))
    client = signed_in(WIDE_OWNER)
    yield requests("list page", "wide-owner, 100", partial(client.get, LIST, {"limit": 100}))
    yield requests("list page", "wide-owner, tenth page", partial(client.get, _tenth_page(client)))
    yield requests("list page", "wide-owner, by tag", partial(client.get, LIST, {"tag": "watercolour"}))
    yield requests("list page", "wide-owner, by status", partial(client.get, LIST, {"status": "failed"}))
    deepest = deepest_generations()[0]
    yield requests("POST authorize", "wide-owner", partial(client.post, f"{LIST}/{deepest}/authorize"))


def explanations() -> Iterator[Measured]:
    """Why somebody may or may not, for who may share it."""
    client = signed_in(WIDE_OWNER)
    for name, generation_id in (("ten levels down", deepest_generations()[0]), ("shared with 200 teams", hottest_id())):
        for character in (DEEP_MEMBER, STRANGER):
            query = {"user": str(user_id_of(character)), "action": "write"}
            request = partial(client.get, f"{LIST}/{generation_id}/explain", query)
            yield requests("explain", f"{name}, about {character.name}", request)


def signed_in(character: Character) -> APIClient:
    """A client that speaks for one of the world's people."""
    client = APIClient(SERVER_NAME="localhost")
    answer = client.post("/api/v1/auth/login", {"email": character.email, "password": PASSWORD}, format="json")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    return client


def requests(section: str, name: str, request: Callable[[], Any]) -> Measured:
    """One request again and again. Raises RuntimeError when it is refused."""
    answer = request()
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{section}, {name}: {answer.status_code} {answer.content!r}")
    return measured(section, name, [request] * REQUESTS, warm_up=5)


def _tenth_page(client: APIClient) -> str:
    path = LIST
    for _ in range(9):
        path = client.get(path).json()["next"]
    return path
