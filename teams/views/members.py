"""Members of a team: list, read, change and take roles, leave, hand over."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from teams import actions
from teams.access import access_team
from teams.selectors import member_of, members_of
from teams.serializers.inputs import RoleInput, TransferInput
from teams.serializers.outputs import MemberOutput, member_tag
from teams.services.membership import change_role, leave_team, remove_member, transfer_team
from teams.views.teams import SHOWN, OneTeamView
from velro.api.declarations import Answer
from velro.api.entity_tags import refuse_stale, require_fresh
from velro.api.headers import ETAG, IF_MATCH, REQUIRED_IF_MATCH
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView


class TeamMemberListView(ApiView):
    """Everybody with a role."""

    actions: ClassVar = {"get": actions.OPEN_TEAM}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, MemberOutput, is_list=True)}

    def get(self, request: Request, *, team_id: UUID) -> Response:
        """List everybody with a role in a team, from above included, who joined last first."""
        access_team(principal_of(request), team_id, action=actions.READ_TEAM)
        return paginated(members_of(team_id), view=self, serializer_class=MemberOutput)


class TeamMemberView(ApiView):
    """One member."""

    actions: ClassVar = dict.fromkeys(("get", "patch", "delete"), actions.OPEN_TEAM)
    inputs: ClassVar = {"patch": RoleInput}
    request_headers: ClassVar = {"patch": (REQUIRED_IF_MATCH,), "delete": (IF_MATCH,)}
    outputs: ClassVar = {
        "get": Answer(200, MemberOutput, headers=(ETAG,)),
        "patch": Answer(200, MemberOutput, headers=(ETAG,)),
        "delete": Answer(204),
    }

    def get(self, request: Request, *, team_id: UUID, user_id: UUID) -> Response:
        """Show one member."""
        access_team(principal_of(request), team_id, action=actions.READ_TEAM)
        return self._show(team_id, user_id)

    def patch(self, request: Request, *, team_id: UUID, user_id: UUID) -> Response:
        """Change a member's own role in this team. Nobody reaches a role that is not below their own, but owners do."""
        change_role(
            team_id,
            principal=principal_of(request),
            user_id=user_id,
            role=self.read_input()["role"],
            check=partial(require_fresh, request),
        )
        return self._show(team_id, user_id)

    def delete(self, request: Request, *, team_id: UUID, user_id: UUID) -> Response:
        """Remove a member. Roles from teams above stay."""
        check = partial(refuse_stale, request)
        remove_member(team_id, principal=principal_of(request), user_id=user_id, check=check)
        return self.answer()

    def _show(self, team_id: UUID, user_id: UUID) -> Response:
        member = member_of(team_id, user_id)
        return self.answer(member, headers={"ETag": member_tag(member)})


class TransferTeamView(OneTeamView):
    """Another owner."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    inputs: ClassVar = {"post": TransferInput}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Make another member the owner. The caller becomes an admin."""
        user_id = self.read_input()["user"]
        check = partial(refuse_stale, request)
        transfer_team(team_id, principal=principal_of(request), user_id=user_id, check=check)
        return self.show(request, team_id)


class LeaveTeamView(ApiView):
    """Going away."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": Answer(204)}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Give up one's own role in a team. The last owner of a root team cannot."""
        leave_team(team_id, principal=principal_of(request), check=partial(refuse_stale, request))
        return self.answer()
