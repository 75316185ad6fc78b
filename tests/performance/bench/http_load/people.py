"""Who asks: people of a large world with live sessions, and for each so many generations that they may read.

Of those that are asked about by Zipf's law, some may be changed by them.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.models import AccountStatus, Session, User
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import require_signing_key
from accounts.tokens import issue_pair
from generations import actions
from generations.policies import GENERATION_RESOURCE
from tests.performance.bench.http_load.pairs import PEOPLE, REACHED, SESSIONS, USER_AGENT, ZIPF

DEVICE: Final = Device("127.0.0.1", USER_AGENT)


def people_who_ask() -> list[dict[str, Any]]:
    """Ready for JSON. Raises RuntimeError when the world has too few."""
    found = list(islice(_people(), PEOPLE))
    if len(found) < PEOPLE:
        raise RuntimeError(f"only {len(found)} people reach {REACHED} generations")
    return [
        {"tokens": tokens, "generation_ids": ids, "changeable_ids": _changeable(person, ids[ZIPF])}
        for tokens, (person, ids) in zip(_tokens([person for person, _ in found]), found, strict=True)
    ]


def _people() -> Iterator[tuple[User, list[UUID]]]:
    for person in User.objects.filter(status=AccountStatus.ACTIVE).order_by("id"):
        reached = GENERATION_RESOURCE.visible_to(person.id, actions.READ).values_list("id", flat=True)
        generation_ids = list(reached[:REACHED])
        if len(generation_ids) == REACHED:
            yield person, generation_ids


def _changeable(person: User, generation_ids: list[UUID]) -> list[UUID]:
    may_delete = GENERATION_RESOURCE.visible_to(person.id, actions.DELETE).values_list("id", flat=True)
    return list(may_delete.filter(id__in=generation_ids))


@transaction.atomic
def _tokens(people: list[User]) -> list[list[str]]:
    key = require_signing_key()
    sessions = [[open_session(person, device=DEVICE) for _ in range(SESSIONS)] for person in people]
    _spread_over_a_minute([session for own in sessions for session in own])
    return [[issue_pair(session, key=key).access for session in own] for own in sessions]


def _spread_over_a_minute(sessions: list[Session]) -> None:
    """Once a minute the use of a session is noted: not of all in the same instant."""
    for position, session in enumerate(sessions):
        session.last_seen_at -= timedelta(minutes=position / len(sessions))
    Session.objects.bulk_update(sessions, ["last_seen_at"], batch_size=1_000)
