"""Generations: create, list, read, delete, and ask what one may do."""

from typing import ClassVar
from uuid import UUID

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import engine
from authorization.drf import principal_of
from generations import actions
from generations.access import access_generation
from generations.fal.catalogue import model_named
from generations.selectors import filter_generations, generations_visible_to
from generations.serializers.inputs import AuthorizeInput, GenerationInput, GenerationListQuery, WaitQuery
from generations.serializers.outputs import DecisionOutput, GenerationOutput
from generations.services.create import Wish, create_generation
from generations.services.delete import delete_generation
from generations.views.preconditions import etag_of, refuse_stale, seconds_to_wait
from generations.waiting import wait_until_over
from velro.api.declarations import Answer
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.views import ApiView


class GenerationListView(ApiView):
    """Create and list."""

    actions: ClassVar = {"get": actions.LIST, "post": actions.CREATE}
    inputs: ClassVar = {"post": GenerationInput}
    queries: ClassVar = {"get": GenerationListQuery}
    outputs: ClassVar = {
        "get": Answer(200, GenerationOutput, is_list=True),
        "post": Answer(202, GenerationOutput),
    }

    def get(self, request: Request) -> Response:
        """What the caller may read, one page at a time."""
        found = filter_generations(generations_visible_to(principal_of(request)), query=self.query)
        sort = self.query["sort"]
        tie_break = "-id" if sort.startswith("-") else "id"
        return paginated(found, view=self, serializer_class=GenerationOutput, ordering=(sort, tie_break))

    @idempotent
    def post(self, request: Request) -> Response:
        """Accept the wish; a worker submits it."""
        body = self.read_input()
        wish = Wish(
            model=model_named(body["model"]), input=body["input"], title=body["title"], tags=tuple(body.get("tags", ()))
        )
        generation = create_generation(wish, principal=principal_of(request))
        location = reverse("generation", kwargs={"generation_id": generation.id})
        return self.answer(generation, headers={"Location": location, "ETag": etag_of(generation)})


class GenerationView(ApiView):
    """One generation."""

    actions: ClassVar = {"get": actions.OPEN, "delete": actions.OPEN}
    queries: ClassVar = {"get": WaitQuery}
    outputs: ClassVar = {"get": Answer(200, GenerationOutput), "delete": Answer(204)}

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """Read; with `wait`, not before it has ended or the time is up. Access is decided anew after the wait."""
        generation = access_generation(principal_of(request), generation_id, action=actions.READ)
        headers = {}
        seconds = seconds_to_wait(request, query=self.query)
        if seconds and not generation.is_over and wait_until_over(generation_id, seconds=seconds):
            headers["Preference-Applied"] = f"wait={seconds}"
            generation = access_generation(principal_of(request), generation_id, action=actions.READ)
        return self.answer(generation, headers={**headers, "ETag": etag_of(generation)})

    def delete(self, request: Request, *, generation_id: UUID) -> Response:
        """Delete; a running job is called off."""
        access_generation(principal_of(request), generation_id, action=actions.DELETE)
        delete_generation(
            generation_id, principal=principal_of(request), check=lambda generation: refuse_stale(request, generation)
        )
        return self.answer()


class AuthorizeView(ApiView):
    """What the caller may do with a generation."""

    actions: ClassVar = {"post": actions.AUTHORIZE}
    inputs: ClassVar = {"post": AuthorizeInput}
    outputs: ClassVar = {"post": Answer(200, DecisionOutput)}

    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """200 for a denial too; a denial and an unknown id look the same."""
        asked = actions.BY_PERMISSION[self.read_input()["action"]]
        return self.answer(engine.decide(principal_of(request), asked, generation_id))
