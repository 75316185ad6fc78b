"""The caller's API keys."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions
from accounts.selectors import api_keys_visible_to
from accounts.serializers.api_keys import ApiKeyInput, ApiKeyOutput, IssuedApiKeyOutput
from accounts.services.api_keys import issue_api_key, revoke_api_key
from authorization.drf import principal_of
from velro.api.declarations import Answer
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView


class ApiKeyListView(ApiView):
    """Keys by which machines speak for the caller."""

    actions: ClassVar = {"get": actions.LIST_API_KEYS, "post": actions.ISSUE_API_KEY}
    inputs: ClassVar = {"post": ApiKeyInput}
    examples: ClassVar = {"post": {"For a gateway": {"name": "Gateway", "scopes": ["authz:evaluate"]}}}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, ApiKeyOutput, is_list=True), "post": Answer(201, IssuedApiKeyOutput)}

    def get(self, request: Request) -> Response:
        """List the keys that work, newest first."""
        return paginated(api_keys_visible_to(principal_of(request)), view=self, serializer_class=ApiKeyOutput)

    @idempotent
    def post(self, request: Request) -> Response:
        """Issue a key. Its secret is in this answer and nowhere else."""
        return self.answer(issue_api_key(principal_of(request), **self.read_input()))


class ApiKeyView(ApiView):
    """One key of the caller."""

    actions: ClassVar = {"delete": actions.REVOKE_API_KEY}
    outputs: ClassVar = {"delete": Answer(204)}

    def delete(self, request: Request, api_key_id: UUID) -> Response:
        """Revoke one key. It is dead at once."""
        revoke_api_key(principal_of(request), api_key_id)
        return self.answer()
