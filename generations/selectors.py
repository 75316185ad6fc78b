"""Reading generations."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from authorization.facts import Principal
from generations.fal.catalogue import CatalogueModel, catalogue
from generations.models import Generation, Submission
from generations.states import TERMINAL, SubmissionState
from generations.visible_pages import VisiblePages
from velro.errors import NotFound

LOOKUPS: Final = {
    "status": "status",
    "model": "model",
    "owner": "owner_id",
    "project": "project_id",
    "team": "project__team_id",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def model_for_reading(model_id: str) -> CatalogueModel:
    """A model named in an address. Raises NotFound."""
    model = catalogue().get(model_id)
    if model is None:
        raise NotFound
    return model


def generations_visible_to(principal: Principal) -> VisiblePages:
    """What the list may show, with the files each entry needs."""
    return VisiblePages(principal.user_id)


def filter_generations(generations: VisiblePages, *, query: Mapping[str, Any]) -> VisiblePages:
    """Narrow a list by the query parameters of the API; those that are absent narrow nothing."""
    narrowed = generations.filter(**{lookup: query[name] for name, lookup in LOOKUPS.items() if name in query})
    if "tag" in query:
        narrowed = narrowed.filter(tags__contains=[query["tag"]])
    if "q" in query:
        text = query["q"]
        narrowed = narrowed.filter(
            Q(title__icontains=text) | Q(input__prompt__icontains=text) | Q(input__text__icontains=text)
        )
    return narrowed


def generation_with_assets(generation_id: UUID) -> Generation:
    """For who has been authorized. Raises NotFound if it is gone meanwhile."""
    found = Generation.objects.prefetch_related("assets").filter(id=generation_id, deleted_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def is_generation_over(generation_id: UUID) -> bool:
    """Whether it reached an end state or no longer exists."""
    status = Generation.objects.filter(id=generation_id).values_list("status", flat=True).first()
    return status is None or status in TERMINAL


def accepted_submission(generation_id: UUID) -> Submission | None:
    """The submission that FAL works on for an unfinished generation, with the generation."""
    return (
        Submission.objects.select_related("generation")
        .filter(generation_id=generation_id, state=SubmissionState.ACCEPTED)
        .exclude(generation__status__in=TERMINAL)
        .first()
    )
