"""Who reaches a generation, and why or why not."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from generations import actions
from generations.access import access_people, explain_access
from generations.serializers.insight import ExplainQuery, ExplanationOutput, ReachOutput
from velro.api.declarations import Answer
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView


class GenerationAccessListView(ApiView):
    """The people who reach a generation."""

    actions: ClassVar = {"get": actions.OPEN}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, ReachOutput, is_list=True)}

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """List who has which permissions and how, by name, for whoever may share the generation."""
        return paginated(
            access_people(principal_of(request), generation_id),
            view=self,
            serializer_class=ReachOutput,
            ordering=("display_name", "id"),
            context={"generation_id": generation_id},
        )


class GenerationExplanationView(ApiView):
    """Why somebody may do something with a generation, or may not."""

    actions: ClassVar = {"get": actions.OPEN}
    queries: ClassVar = {"get": ExplainQuery}
    outputs: ClassVar = {"get": Answer(200, ExplanationOutput)}

    def get(self, request: Request, *, generation_id: UUID) -> Response:
        """Explain to whoever may share it, or operates Velro: each path that allows it, or each rule that does not."""
        explanation = explain_access(
            principal_of(request),
            generation_id,
            action=actions.BY_PERMISSION[self.query["action"]],
            user_id=self.query.get("user"),
        )
        return self.answer(explanation)
