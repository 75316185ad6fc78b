"""Generations: create, list, read, delete, and ask what one may do."""

from functools import partial
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from authorization import engine
from authorization.drf import principal_of
from generations import actions
from generations.access import access_generation
from generations.fal.catalogue import model_named
from generations.selectors import filter_generations, generation_with_assets, generations_visible_to
from generations.serializers.inputs import (
    AuthorizeInput,
    BatchAuthorizeInput,
    GenerationChange,
    GenerationInput,
    GenerationListQuery,
    WaitQuery,
)
from generations.serializers.outputs import (
    BatchDecisionOutput,
    DecisionOutput,
    GenerationListEntryOutput,
    GenerationOutput,
)
from generations.services.archive import archive_generation, restore_generation
from generations.services.change import Change, Destination, change_generation
from generations.services.create import Wish, create_generation
from generations.services.delete import delete_generation
from generations.views.preferences import seconds_to_wait
from generations.waiting import wait_until_over
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH, LOCATION, PREFER_WAIT, PREFERENCE_APPLIED
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.renderers import LongJSONRenderer
from velro.api.views import ApiView

SHOWN: Final = Answer(200, GenerationOutput, headers=(ETAG,))
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
            model=model_named(body["model"]),
            input=body["input"],
            title=body.get("title", ""),
            tags=tuple(body.get("tags", ())),
            project_id=body.get("project"),
        )
        generation = create_generation(wish, principal=principal_of(request))
        location = reverse("generation", kwargs={"generation_id": generation.id})
        return self.answer(generation, headers={"Location": location, "ETag": entity_tag(generation)})


class OneGenerationView(ApiView):
    """What is answered with the generation as it is now."""

    def show(self, generation_id: UUID) -> Response:
        """The caller has been authorized by now."""
        generation = generation_with_assets(generation_id)
        return self.answer(generation, headers={"ETag": entity_tag(generation)})


class GenerationView(OneGenerationView):
    """One generation."""

    actions: ClassVar = dict.fromkeys(("get", "patch", "delete"), actions.OPEN)
    inputs: ClassVar = {"patch": GenerationChange}
    queries: ClassVar = {"get": WaitQuery}
    request_headers: ClassVar = {"get": (PREFER_WAIT,), "patch": (IF_MATCH,), "delete": (IF_MATCH,)}
    outputs: ClassVar = {
        "get": Answer(200, GenerationOutput, headers=(ETAG, PREFERENCE_APPLIED)),
        "patch": SHOWN,
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

    def patch(self, request: Request, *, generation_id: UUID) -> Response:
        """Change title and tags, or move a generation to another project, or (null) out of all.

        Moving takes the rights to share and to delete it, and to make generations in the other project. Only its
        creator makes it personal again.
        """
        change = _change_of(self.read_input())
        check = partial(refuse_stale, request)
        change_generation(principal_of(request), generation_id, change=change, check=check)
        return self.show(generation_id)

    def delete(self, request: Request, *, generation_id: UUID) -> Response:
        """Delete one generation. A running job is called off."""
        check = partial(refuse_stale, request)
        delete_generation(generation_id, principal=principal_of(request), check=check)
        return self.answer()


class ArchiveGenerationView(OneGenerationView):
    """Putting away."""

    actions: ClassVar = {"post": actions.OPEN}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """Archive a generation: it can be read and deleted, and nothing else, until who may delete it restores it."""
        archive_generation(principal_of(request), generation_id, check=partial(refuse_stale, request))
        return self.show(generation_id)


class RestoreGenerationView(OneGenerationView):
    """Taking back."""

    actions: ClassVar = {"post": actions.OPEN}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, generation_id: UUID) -> Response:
        """Restore an archived generation; or, within 30 days, as its creator or an admin of its team, a deleted one."""
        restore_generation(principal_of(request), generation_id, check=partial(refuse_stale, request))
        return self.show(generation_id)


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


class AuthorizeGenerationsView(ApiView):
    """What the caller may do with many generations."""

    actions: ClassVar = {"post": actions.AUTHORIZE}
    inputs: ClassVar = {"post": BatchAuthorizeInput}
    examples: ClassVar = {
        "post": {"May I read these?": {"action": "read", "ids": ["0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"]}}
    }
    outputs: ClassVar = {"post": Answer(200, BatchDecisionOutput)}
    renderer_classes = (LongJSONRenderer,)

    def post(self, request: Request) -> Response:
        """Ask what the caller may do with up to 1,000 generations. Unknown ids look like denials."""
        body = self.read_input()
        decisions = engine.decide_many(principal_of(request), actions.BY_PERMISSION[body["action"]], body["ids"])
        return self.answer({"decisions": [(asked_id, decisions[asked_id]) for asked_id in body["ids"]]})


def _change_of(body: dict[str, Any]) -> Change:
    """Null for the project means none; a project that is left out stays."""
    return Change(
        title=body.get("title"),
        tags=tuple(body["tags"]) if "tags" in body else None,
        destination=Destination(body["project"]) if "project" in body else None,
    )
