"""Accepting a wish: the row, its audit record and the promise to submit it exist together or not at all."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from authorization.facts import Principal
from generations import topics
from generations.actions import RESOURCE
from generations.fal.catalogue import CatalogueModel, estimate, validate_input
from generations.models import Generation
from teams.services.places import claim_place
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.background.outbox import enqueue

SEEDS: Final = 2**31


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. `input` is as sent; without a project it is personal."""

    model: CatalogueModel
    input: Mapping[str, Any]
    title: str = ""
    tags: tuple[str, ...] = ()
    project_id: UUID | None = None


def create_generation(wish: Wish, *, principal: Principal) -> Generation:
    """A queued generation of the caller.

    Raises InvalidInput for an input the model does not take; NotFound or PermissionDenied for a project in which they
    may not make any.
    """
    complete = with_seed(wish.model, validate_input(wish.model, wish.input))
    with transaction.atomic():
        if wish.project_id is not None:
            claim_place(principal, wish.project_id)
        generation = Generation.objects.create(
            owner_id=principal.user_id,
            project_id=wish.project_id,
            model=wish.model.id,
            kind=wish.model.kind,
            input=complete,
            title=wish.title,
            tags=list(wish.tags),
            estimated_cost=estimate(wish.model, complete),
            currency=wish.model.price.currency,
            deadline_at=timezone.now() + timedelta(seconds=settings.ENVIRONMENT.generation_deadline),
        )
        record_event(
            "generation.created",
            outcome=Outcome.SUCCEEDED,
            actor=Actor(principal.user_id, principal.session_id),
            subject=Subject(RESOURCE, generation.id),
            details={
                "model": generation.model,
                "estimated_cost": str(generation.estimated_cost),
                "project": None if wish.project_id is None else str(wish.project_id),
            },
        )
        enqueue(topics.SUBMIT, subject_id=generation.id)
    return generation


def with_seed(model: CatalogueModel, complete: dict[str, Any]) -> dict[str, Any]:
    """Choose the seed ourselves where the model takes one, so that the same result can be made again."""
    if "seed" not in model.input_schema["properties"] or complete.get("seed") is not None:
        return complete
    return {**complete, "seed": secrets.randbelow(SEEDS)}
