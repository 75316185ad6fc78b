"""Invitations: send, list, withdraw, accept."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from teams import actions
from teams.access import access_team
from teams.selectors import live_invitations_of
from teams.serializers.inputs import AcceptInput, InviteInput
from teams.serializers.outputs import InvitationOutput, SentInvitationOutput
from teams.services.acceptance import accept_invitation
from teams.services.invitations import invite, withdraw_invitation
from teams.views.teams import SHOWN, OneTeamView
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView
from velro.rate_limits.limits import Endpoint


class InviteView(ApiView):
    """A letter to somebody."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    inputs: ClassVar = {"post": InviteInput}
    examples: ClassVar = {"post": {"A member": {"email": "ada@velro.test", "role": "member"}}}
    outputs: ClassVar = {"post": Answer(201, SentInvitationOutput, headers=(ETAG,))}
    limits: ClassVar = {"post": Endpoint.INVITATION}

    @idempotent
    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Invite somebody by mail. An open invitation to the same address is withdrawn."""
        sent = invite(team_id, principal=principal_of(request), **self.read_input())
        return self.answer(sent, headers={"ETag": entity_tag(sent.invitation)})


class InvitationListView(ApiView):
    """Who has not answered yet."""

    actions: ClassVar = {"get": actions.OPEN_TEAM}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, InvitationOutput, is_list=True)}

    def get(self, request: Request, *, team_id: UUID) -> Response:
        """List the invitations that can still be accepted, newest first."""
        access_team(principal_of(request), team_id, action=actions.INVITE)
        return paginated(live_invitations_of(team_id), view=self, serializer_class=InvitationOutput)


class InvitationView(ApiView):
    """One letter."""

    actions: ClassVar = {"delete": actions.OPEN_TEAM}
    request_headers: ClassVar = {"delete": (IF_MATCH,)}
    outputs: ClassVar = {"delete": Answer(204)}

    def delete(self, request: Request, *, team_id: UUID, invitation_id: UUID) -> Response:
        """Withdraw an invitation. Its token is worthless at once."""
        check = partial(refuse_stale, request)
        withdraw_invitation(team_id, principal=principal_of(request), invitation_id=invitation_id, check=check)
        return self.answer()


class AcceptInvitationView(OneTeamView):
    """Joining."""

    actions: ClassVar = {"post": actions.ACCEPT_INVITATION}
    inputs: ClassVar = {"post": AcceptInput}
    examples: ClassVar = {"post": {"From a letter": {"token": "5Hq0cJ2kq3mYVf6zW8n1Qx7tRb4LpDsUeGaTiKoZwMA"}}}
    outputs: ClassVar = {"post": SHOWN}

    @idempotent
    def post(self, request: Request) -> Response:
        """Accept an invitation that was sent to the caller's address."""
        team_id = accept_invitation(self.read_input()["token"], principal=principal_of(request))
        return self.show(request, team_id)
