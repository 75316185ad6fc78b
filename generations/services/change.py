"""Changing what people say about a generation, and moving it to another project or out of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.services.sessions import actor_of
from authorization.errors import PermissionDenied
from authorization.facts import Decision, Principal
from authorization.roles import Permission
from generations import actions
from generations.access import authorize_generation
from generations.models import Generation
from generations.services.authority import hold_rights
from teams.services.places import claim_place
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event

# Another project gives its people what they did not have, and takes it from those of the old one.
NEEDED_TO_MOVE = frozenset({Permission.SHARE, Permission.DELETE})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where it is to be: in a project, or, with None, nowhere but with its creator."""

    project_id: UUID | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it as it is."""

    title: str | None = None
    tags: tuple[str, ...] | None = None
    destination: Destination | None = None


def change_generation(
    principal: Principal, generation_id: UUID, *, change: Change, check: Callable[[Generation], None]
) -> None:
    """Write what is different. `check` sees the locked row and may raise.

    Raises NotFound, also for a project that the caller does not see, or PermissionDenied.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        decision = authorize_generation(principal, generation_id, action=actions.WRITE)
        generation = Generation.objects.get(id=generation_id)
        check(generation)
        different = _words(generation, change) | _place(generation, change, principal=principal, decision=decision)
        if different:
            Generation.objects.filter(id=generation_id).update(**different, updated_at=timezone.now())
            _record(generation, different, principal=principal)


def _words(generation: Generation, change: Change) -> dict[str, Any]:
    asked = {"title": change.title, "tags": None if change.tags is None else list(change.tags)}
    return {name: value for name, value in asked.items() if value not in (None, getattr(generation, name))}


def _place(generation: Generation, change: Change, *, principal: Principal, decision: Decision) -> dict[str, Any]:
    if change.destination is None or change.destination.project_id == generation.project_id:
        return {}
    if not decision.own_permissions >= NEEDED_TO_MOVE:
        raise PermissionDenied("To move it you must be able to share and to delete it in your own right.")
    project_id = change.destination.project_id
    if project_id is not None:
        claim_place(principal, project_id)
    elif generation.owner_id != principal.user_id:
        raise PermissionDenied("Only who made it can make it their own again.")
    return {"project_id": project_id}


def _record(generation: Generation, different: dict[str, Any], *, principal: Principal) -> None:
    details: dict[str, Any] = {"changed": sorted(different)}
    if "project_id" in different:
        details |= {"from": _text(generation.project_id), "to": _text(different["project_id"])}
    record_event(
        "generation.changed",
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject(actions.RESOURCE, generation.id),
        details=details,
    )


def _text(project_id: UUID | None) -> str | None:
    return None if project_id is None else str(project_id)
