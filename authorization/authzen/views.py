"""The endpoints of AuthZEN: a denial is a 200, a status of 400 and above speaks of the call alone."""

from typing import Any, ClassVar, Final

from django.conf import settings
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.authzen import actions
from authorization.authzen import serializers as bodies
from authorization.authzen.evaluation import Answered, evaluate, evaluate_batch
from authorization.authzen.inquiries import inquiry_from
from authorization.authzen.paging import read_page
from authorization.authzen.search import Found, find_actions, find_resources, find_subjects
from authorization.drf import principal_of
from velro.api.declarations import PUBLIC, Answer
from velro.api.views import ApiView
from velro.errors import FieldProblem, MalformedRequest

CACHE_SECONDS: Final = 3600
QUESTION: Final = {
    "subject": {"type": "user", "id": "7d1f4b52-0c6f-4d8e-9a51-3d2f6c1b8e90"},
    "action": {"name": "read"},
    "resource": {"type": "generation", "id": "0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"},
}
BATCH: Final = {
    "subject": QUESTION["subject"],
    "resource": QUESTION["resource"],
    "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "delete"}}],
}


class AccessView(ApiView):
    """A body of another media type is a 400 here, as the specification has it."""

    has_plain_refusal_of_media_types = True

    def handle_exception(self, exc: Exception) -> Response:
        """The one status that differs from the rest of the API."""
        is_foreign = isinstance(exc, drf.UnsupportedMediaType)
        return super().handle_exception(MalformedRequest("Send application/json.") if is_foreign else exc)


class EvaluateAccessView(AccessView):
    """One question."""

    actions: ClassVar = {"post": actions.EVALUATE}
    inputs: ClassVar = {"post": bodies.EvaluationInput}
    examples: ClassVar = {"post": {"May they read it?": QUESTION}}
    outputs: ClassVar = {"post": Answer(200, bodies.AccessDecisionOutput)}

    def post(self, request: Request) -> Response:
        """Say whether a subject may do something to a resource. What is unknown is denied."""
        inquiry = inquiry_from(self.read_input(), asked_by=principal_of(request))
        return self.answer({"decision": evaluate(inquiry)})


class EvaluateManyAccessesView(AccessView):
    """Many questions."""

    actions: ClassVar = {"post": actions.EVALUATE}
    inputs: ClassVar = {"post": bodies.EvaluationsInput}
    examples: ClassVar = {"post": {"Which of these may they do?": BATCH}}
    outputs: ClassVar = {"post": Answer(200, bodies.AccessDecisionsOutput)}

    def post(self, request: Request) -> Response:
        """Answer up to 1,000 questions in their order. Without `evaluations`, the top level is the only one."""
        body, asked_by = self.read_input(), principal_of(request)
        if not body.get("evaluations"):
            return self.answer({"decision": evaluate(inquiry_from(body, asked_by=asked_by))})
        semantic = body.get("options", {}).get("evaluations_semantic", bodies.Semantic.EXECUTE_ALL)
        answered = evaluate_batch(body, semantic=bodies.Semantic(semantic), asked_by=asked_by)
        return self.answer({"evaluations": [_shown(one) for one in answered]})


class SearchSubjectsView(AccessView):
    """Who may."""

    actions: ClassVar = {"post": actions.SEARCH}
    inputs: ClassVar = {"post": bodies.SubjectSearchInput}
    examples: ClassVar = {"post": {"Who may read it?": {**QUESTION, "subject": {"type": "user"}}}}
    outputs: ClassVar = {"post": Answer(200, bodies.FoundEntitiesOutput)}

    def post(self, request: Request) -> Response:
        """Find the subjects that may do something to a resource, page by page."""
        body, asked_by = self.read_input(), principal_of(request)
        page = read_page("subject", request.data, page=body.get("page", {}), asked_by=asked_by)
        return self.answer(_listed(find_subjects(inquiry_from(body, asked_by=asked_by), page=page)))


class SearchResourcesView(AccessView):
    """On what."""

    actions: ClassVar = {"post": actions.SEARCH}
    inputs: ClassVar = {"post": bodies.ResourceSearchInput}
    examples: ClassVar = {"post": {"What may they read?": {**QUESTION, "resource": {"type": "generation"}}}}
    outputs: ClassVar = {"post": Answer(200, bodies.FoundEntitiesOutput)}

    def post(self, request: Request) -> Response:
        """Find the resources to which a subject may do something, page by page."""
        body, asked_by = self.read_input(), principal_of(request)
        page = read_page("resource", request.data, page=body.get("page", {}), asked_by=asked_by)
        return self.answer(_listed(find_resources(inquiry_from(body, asked_by=asked_by), page=page)))


class SearchActionsView(AccessView):
    """How."""

    actions: ClassVar = {"post": actions.SEARCH}
    inputs: ClassVar = {"post": bodies.ActionSearchInput}
    examples: ClassVar = {
        "post": {"What may they do to it?": {name: QUESTION[name] for name in ("subject", "resource")}}
    }
    outputs: ClassVar = {"post": Answer(200, bodies.FoundActionsOutput)}

    def post(self, request: Request) -> Response:
        """Find what a subject may do to a resource. All of it fits on one page."""
        names = find_actions(inquiry_from(self.read_input(), asked_by=principal_of(request)))
        return self.answer({"results": [{"name": name} for name in names], "page": {"next_token": ""}})


class AuthZenConfigurationView(ApiView):
    """Where everything is."""

    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, bodies.AuthZenConfigurationOutput)}

    def get(self, _request: Request) -> Response:
        """Publish the addresses of the decision point. They follow from PUBLIC_URL, whatever host the request names."""
        base = settings.ENVIRONMENT.public_url
        addresses = {
            "policy_decision_point": base,
            "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
            "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
            "search_subject_endpoint": f"{base}/access/v1/search/subject",
            "search_resource_endpoint": f"{base}/access/v1/search/resource",
            "search_action_endpoint": f"{base}/access/v1/search/action",
        }
        return self.answer(addresses, headers={"Cache-Control": f"public, max-age={CACHE_SECONDS}"})


def _shown(one: Answered) -> dict[str, Any]:
    """Plain decisions carry nothing else: callers compare whole answers."""
    if not isinstance(one.question, FieldProblem):
        return {"decision": one.verdict.is_allowed}
    message = f"{one.question.pointer}: {one.question.message}"
    return {"decision": False, "context": {"error": {"status": 400, "message": message}}}


def _listed(found: Found) -> dict[str, Any]:
    return {"results": found.results, "page": {"next_token": found.next_token}}
