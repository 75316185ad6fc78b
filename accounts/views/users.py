"""The caller's own account."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions
from accounts.models import User
from accounts.selectors import own_account, sessions_visible_to
from accounts.serializers.users import ProfileChange, ProfileInput, ProfileOutput, SessionOutput
from accounts.services.profile import update_profile
from accounts.services.sessions import end_other_sessions, end_own_session
from authorization.drf import principal_of
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView


class ProfileView(ApiView):
    """Who the caller is."""

    actions: ClassVar = {"get": actions.READ_PROFILE, "put": actions.UPDATE_PROFILE, "patch": actions.UPDATE_PROFILE}
    inputs: ClassVar = {"put": ProfileInput, "patch": ProfileChange}
    request_headers: ClassVar = dict.fromkeys(("put", "patch"), (IF_MATCH,))
    outputs: ClassVar = dict.fromkeys(("get", "put", "patch"), Answer(200, ProfileOutput, headers=(ETAG,)))

    def get(self, request: Request) -> Response:
        """Show the caller's profile."""
        return self._show(own_account(principal_of(request)))

    def put(self, request: Request) -> Response:
        """Replace everything in the profile that can be changed."""
        return self._update(request)

    def patch(self, request: Request) -> Response:
        """Change a part of the profile."""
        return self._update(request)

    def _update(self, request: Request) -> Response:
        changes = self.read_input()
        return self._show(update_profile(principal_of(request), check=partial(refuse_stale, request), **changes))

    def _show(self, user: User) -> Response:
        return self.answer(user, headers={"ETag": entity_tag(user)})


class SessionListView(ApiView):
    """Where the caller is signed in."""

    actions: ClassVar = {"get": actions.LIST_SESSIONS, "delete": actions.END_SESSION}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, SessionOutput, is_list=True), "delete": Answer(204)}

    def get(self, request: Request) -> Response:
        """List the live sessions, newest first."""
        return paginated(
            sessions_visible_to(principal_of(request)),
            view=self,
            serializer_class=SessionOutput,
            context={"current_session_id": principal_of(request).session_id},
        )

    def delete(self, request: Request) -> Response:
        """End all sessions but the current one."""
        end_other_sessions(principal_of(request))
        return self.answer()


class SessionView(ApiView):
    """One sign-in of the caller."""

    actions: ClassVar = {"delete": actions.END_SESSION}
    outputs: ClassVar = {"delete": Answer(204)}

    def delete(self, request: Request, session_id: UUID) -> Response:
        """End one session. Its access token is dead at once."""
        end_own_session(principal_of(request), session_id)
        return self.answer()
