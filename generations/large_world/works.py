"""What the people of the large world made: in bursts, on one theme, with one model, in working hours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from accounts.models import User
from generations.fal.catalogue import CatalogueModel, MediaKind, catalogue, estimate, validate_input
from generations.large_world.chance import Chance
from generations.large_world.organisation import Organisation
from generations.large_world.words import SPEECH, STYLES, SUBJECTS
from generations.models import Generation
from generations.services.endings import OUTPUT_UNAVAILABLE, TIMED_OUT
from generations.states import Status
from generations.values import Failure
from teams.models import Project

MODELS: Final = {
    "fal-ai/flux/schnell": 40,
    "fal-ai/flux/dev": 18,
    "fal-ai/flux-pro/v1.1": 12,
    "fal-ai/nano-banana-2": 12,
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": 6,
    "fal-ai/veo3.1": 3,
    "fal-ai/elevenlabs/tts/turbo-v2.5": 9,
}
# Nothing that is still to be done: the workers of a running copy would do it.
STATUSES: Final = {Status.COMPLETED: 92, Status.FAILED: 5, Status.CANCELLED: 3}
FAILURES: Final = (
    TIMED_OUT,
    OUTPUT_UNAVAILABLE,
    Failure("content_policy_violation", "The provider's content filter refused the input."),
)
STATES: Final = {"": 940, "archived_at": 35, "deleted_at": 20, "quarantined_at": 5}
IN_PROJECTS: Final = 0.75
LONGEST_BURST: Final = 12
OLDEST_DAYS: Final = 180
OLDEST_CHANGE_DAYS: Final = 25
OPENING_HOUR, CLOSING_HOUR = 8, 19
SEEDS: Final = 2**31 - 1
SENTENCE_END: Final = re.compile(r"[,.]")


@dataclass(frozen=True, slots=True)
class Session:
    """One person at work on one theme."""

    person: User
    project: Project | None
    model: CatalogueModel
    text: str
    tags: list[str]
    at: datetime


def plan_generations(organisation: Organisation, *, number: int, chance: Chance, now: datetime) -> Iterator[Generation]:
    """So many, of which three quarters are in projects."""
    active = organisation.people.active
    makers = [person for person in active if organisation.workplaces.get(person.id)]
    chance.shuffle(makers)
    made = 0
    while made < number:
        is_in_project = chance.happens(IN_PROJECTS)
        person = chance.favourite(makers) if is_in_project else chance.pick(active)
        project = chance.favourite(organisation.workplaces[person.id]) if is_in_project else None
        session = _begin(person, project, chance=chance, now=now)
        for take in range(1, min(chance.number(1, LONGEST_BURST), number - made) + 1):
            yield _generation(session, take=take, chance=chance, now=now)
            session = replace(session, at=session.at + timedelta(seconds=chance.number(20, 240)))
            made += 1


def _begin(person: User, project: Project | None, *, chance: Chance, now: datetime) -> Session:
    model = catalogue()[chance.weighted(MODELS)]
    is_spoken = model.kind is MediaKind.AUDIO
    style = chance.pick(STYLES)
    text = chance.pick(SPEECH) if is_spoken else f"{chance.pick(SUBJECTS)}, {style}"
    day = now - timedelta(days=1 + OLDEST_DAYS * chance.share())
    at = day.replace(hour=chance.number(OPENING_HOUR, CLOSING_HOUR), minute=chance.number(0, 59))
    tags = [str(model.kind), *([] if is_spoken else [style]), *([project.name.lower()] if project else [])]
    return Session(person, project, model, text, tags, at)


def _generation(session: Session, *, take: int, chance: Chance, now: datetime) -> Generation:
    finished_at = session.at + timedelta(seconds=chance.number(3, 90))
    complete = _input_of(session, chance=chance)
    return Generation(
        id=chance.uuid(),
        owner=session.person,
        project=session.project,
        model=session.model.id,
        kind=session.model.kind,
        input=complete,
        title=f"{SENTENCE_END.split(session.text)[0].capitalize()}, take {take}",
        tags=session.tags,
        created_at=session.at,
        updated_at=finished_at,
        submitted_at=session.at + timedelta(seconds=1),
        finished_at=finished_at,
        deadline_at=session.at + timedelta(hours=1),
        **_ending(estimate(session.model, complete), chance=chance),
        **_state(finished_at, chance=chance, now=now),
    )


def _input_of(session: Session, *, chance: Chance) -> dict[str, Any]:
    complete = {**_template(session.model.id), _words_go_into(session.model): session.text}
    if "seed" in session.model.input_schema["properties"]:
        complete["seed"] = chance.number(0, SEEDS)
    return complete


@lru_cache
def _template(model_id: str) -> dict[str, Any]:
    model = catalogue()[model_id]
    return validate_input(model, {_words_go_into(model): "a fox"})


def _words_go_into(model: CatalogueModel) -> str:
    return "text" if "text" in model.input_schema["properties"] else "prompt"


def _ending(price: Decimal, *, chance: Chance) -> dict[str, Any]:
    status = chance.weighted(STATUSES)
    failure = chance.pick(FAILURES)
    has_failed = status == Status.FAILED
    return {
        "status": status,
        "estimated_cost": price,
        "cost": price if status == Status.COMPLETED else None,
        "error_code": failure.code if has_failed else None,
        "error_message": failure.message if has_failed else None,
    }


def _state(finished_at: datetime, *, chance: Chance, now: datetime) -> dict[str, datetime]:
    """Those that are deleted were so lately, or the sweep would remove them for good."""
    moment = chance.weighted(STATES)
    changed_at = now - timedelta(days=chance.number(0, OLDEST_CHANGE_DAYS))
    return {moment: max(finished_at, changed_at)} if moment else {}
