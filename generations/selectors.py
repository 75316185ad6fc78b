"""Reading generations."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from authorization.facts import Principal
from generations import actions
from generations.fal.catalogue import CatalogueModel, catalogue
from generations.models import Generation, Submission
from generations.policies import GENERATION_RESOURCE
from generations.states import TERMINAL, SubmissionState
from velro.errors import NotFound

LOOKUPS: Final = {
    "status": "status",
    "model": "model",
    "owner": "owner_id",
    "created_after": "created_at__gt",
    "created_before": "created_at__lt",
}


def model_for_reading(model_id: str) -> CatalogueModel:
    """A model named in an address. Raises NotFound."""
    model = catalogue().get(model_id)
    if model is None:
        raise NotFound
    return model


def generations_visible_to(principal: Principal) -> QuerySet[Generation]:
    """What the list may show, with the files each entry needs."""
    return GENERATION_RESOURCE.visible_to(principal, actions.READ).prefetch_related("assets")


def filter_generations(generations: QuerySet[Generation], *, query: Mapping[str, Any]) -> QuerySet[Generation]:
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
