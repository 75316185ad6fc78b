"""Generations: create, list, read, delete, and ask what one may do."""

from typing import ClassVar, Final
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
from generations.serializers.outputs import DecisionOutput, GenerationListEntryOutput, GenerationOutput
from generations.services.create import Wish, create_generation
from generations.services.delete import delete_generation
from generations.views.preferences import seconds_to_wait
from generations.waiting import wait_until_over
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH, LOCATION, PREFER_WAIT, PREFERENCE_APPLIED
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.views import ApiView

EXAMPLES: Final = {
    "An image": {
        "model": "fal-ai/flux/schnell",
        "input": {"prompt": "A fox in snow, watercolour", "image_size": "landscape_4_3"},
        "title": "Fox",
        "tags": ["winter"],
    },
    "Speech": {"model": "fal-ai/elevenlabs/tts/turbo-v2.5", "input": {"text": "Good morning."}},
}


class GenerationListView(ApiView):
    """Create and list."""

    actions: ClassVar = {"get": actions.LIST, "post": actions.CREATE}
    inputs: ClassVar = {"post": GenerationInput}
    examples: ClassVar = {"post": EXAMPLES}
    queries: ClassVar = {"get": GenerationListQuery}
    outputs: ClassVar = {
        "get": Answer(200, GenerationListEntryOutput, is_list=True),
        "post": Answer(202, GenerationOutput, headers=(LOCATION, ETAG)),
    }

    def get(self, request: Request) -> Response:
        """List what the caller may read, one page at a time."""
        found = filter_generations(generations_visible_to(principal_of(request)), query=self.query)
        sort = self.query["sort"]
        tie_break = "-id" if sort.startswith("-") else "id"
        return paginated(found, view=self, serializer_class=GenerationListEntryOutput, ordering=(sort, tie_break))

    @idempotent
    def post(self, request: Request) -> Response:
        """Create a generation. The answer comes at once; read or wait for the end state at `Location`."""
        body = self.read_input()
        wish = Wish(
            model=model_named(body["model"]), input=body["input"], title=body["title"], tags=tuple(body.get("tags", ()))
        )
        generation = create_generation(wish, principal=principal_of(request))
        location = reverse("generation", kwargs={"generation_id": generation.id})
        return self.answer(generation, headers={"Location": location, "ETag": entity_tag(generation)})


class GenerationView(ApiView):
    """One generation."""

    actions: ClassVar = {"get": actions.OPEN, "delete": actions.OPEN}
    queries: ClassVar = {"get": WaitQuery}
    request_headers: ClassVar = {"get": (PREFER_WAIT,), "delete": (IF_MATCH,)}
    outputs: ClassVar = {
        "get": Answer(200, GenerationOutput, headers=(ETAG, PREFERENCE_APPLIED)),
        "delete": Answer(204),
    }

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """Show one generation. With `wait`, not before it has ended or the time is up; access is then decided anew."""
        generation = access_generation(principal_of(request), generation_id, action=actions.READ)
        headers = {}
        seconds = seconds_to_wait(request, query=self.query)
        if seconds and not generation.is_over and wait_until_over(generation_id, seconds=seconds):
            headers["Preference-Applied"] = f"wait={seconds}"
            generation = access_generation(principal_of(request), generation_id, action=actions.READ)
        return self.answer(generation, headers={**headers, "ETag": entity_tag(generation)})

    def delete(self, request: Request, *, generation_id: UUID) -> Response:
        """Delete one generation. A running job is called off."""
        access_generation(principal_of(request), generation_id, action=actions.DELETE)
        delete_generation(
            generation_id, principal=principal_of(request), check=lambda generation: refuse_stale(request, generation)
        )
        return self.answer()


class AuthorizeGenerationView(ApiView):
    """What the caller may do with a generation."""

    actions: ClassVar = {"post": actions.AUTHORIZE}
    inputs: ClassVar = {"post": AuthorizeInput}
    examples: ClassVar = {"post": {"May I delete it?": {"action": "delete"}}}
    outputs: ClassVar = {"post": Answer(200, DecisionOutput)}

    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """Ask what the caller may do with a generation. 200 for a denial too; an unknown id looks like one."""
        asked = actions.BY_PERMISSION[self.read_input()["action"]]
        return self.answer(engine.decide(principal_of(request), asked, generation_id))
