"""Teams: create, list, read, rename, delete, move, archive."""

from functools import partial
from typing import ClassVar, Final
from uuid import UUID

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from teams import actions
from teams.access import access_team
from teams.selectors import team_shown_to, teams_visible_to
from teams.serializers.inputs import MoveInput, TeamChange, TeamInput
from teams.serializers.outputs import TeamOutput, TeamPermissionsOutput
from teams.services.creation import create_team, delete_team, rename_team
from teams.services.tree import archive_team, move_team, restore_team
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale
from velro.api.headers import ETAG, IF_MATCH, LOCATION
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView

SHOWN: Final = Answer(200, TeamOutput, headers=(ETAG,))


class OneTeamView(ApiView):
    """What is answered with the team as it is now."""

    def show(self, request: Request, team_id: UUID, **headers: str) -> Response:
        """The caller has been authorized by now."""
        team = team_shown_to(principal_of(request), team_id)
        return self.answer(team, headers={"ETag": entity_tag(team), **headers})


class TeamListView(OneTeamView):
    """Create and list."""

    actions: ClassVar = {"get": actions.LIST_TEAMS, "post": actions.CREATE_ROOT_TEAM}
    inputs: ClassVar = {"post": TeamInput}
    examples: ClassVar = {"post": {"A root team": {"name": "Studio"}}}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {
        "get": Answer(200, TeamOutput, is_list=True),
        "post": Answer(201, TeamOutput, headers=(LOCATION, ETAG)),
    }

    def get(self, request: Request) -> Response:
        """List the teams in which the caller has a role, newest first."""
        return paginated(teams_visible_to(principal_of(request)), view=self, serializer_class=TeamOutput)

    @idempotent
    def post(self, request: Request) -> Response:
        """Create a team. The creator owns a root; a child team has the people of the teams above."""
        body = self.read_input()
        team = create_team(body["name"], principal=principal_of(request), parent_id=body["parent"])
        return self.show(request, team.id, Location=reverse("team", kwargs={"team_id": team.id}))


class TeamView(OneTeamView):
    """One team."""

    actions: ClassVar = dict.fromkeys(("get", "patch", "delete"), actions.OPEN_TEAM)
    inputs: ClassVar = {"patch": TeamChange}
    request_headers: ClassVar = dict.fromkeys(("patch", "delete"), (IF_MATCH,))
    outputs: ClassVar = {"get": SHOWN, "patch": SHOWN, "delete": Answer(204)}

    def get(self, request: Request, *, team_id: UUID) -> Response:
        """Show one team."""
        access_team(principal_of(request), team_id, action=actions.READ_TEAM)
        return self.show(request, team_id)

    def patch(self, request: Request, *, team_id: UUID) -> Response:
        """Rename a team. Its slug stays."""
        change = self.read_input()
        check = partial(refuse_stale, request)
        rename_team(team_id, principal=principal_of(request), name=change.get("name"), check=check)
        return self.show(request, team_id)

    def delete(self, request: Request, *, team_id: UUID) -> Response:
        """Delete a team that has neither child teams nor generations in its projects."""
        delete_team(team_id, principal=principal_of(request), check=partial(refuse_stale, request))
        return self.answer()


class TeamPermissionsView(ApiView):
    """What roles allow."""

    actions: ClassVar = {"get": actions.OPEN_TEAM}
    outputs: ClassVar = {"get": Answer(200, TeamPermissionsOutput)}

    def get(self, request: Request, *, team_id: UUID) -> Response:
        """Show what the caller may do in a team, and what each role would allow."""
        access_team(principal_of(request), team_id, action=actions.READ_TEAM)
        return self.answer(team_shown_to(principal_of(request), team_id))


class MoveTeamView(OneTeamView):
    """Another place in the tree."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    inputs: ClassVar = {"post": MoveInput}
    examples: ClassVar = {"post": {"To the top": {"parent": None}}}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Move a team with all below it. It takes an owner of the team who is an admin of the new parent."""
        parent_id = self.read_input()["parent"]
        check = partial(refuse_stale, request)
        move_team(team_id, principal=principal_of(request), parent_id=parent_id, check=check)
        return self.show(request, team_id)


class ArchiveTeamView(OneTeamView):
    """Closing a team."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Archive a team. What is in it and below it is closed to everybody; its owners still see the team."""
        archive_team(team_id, principal=principal_of(request), check=partial(refuse_stale, request))
        return self.show(request, team_id)


class RestoreTeamView(OneTeamView):
    """Opening a team again."""

    actions: ClassVar = {"post": actions.OPEN_TEAM}
    request_headers: ClassVar = {"post": (IF_MATCH,)}
    outputs: ClassVar = {"post": SHOWN}

    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Restore an archived team. It stays closed while a team above it is archived."""
        restore_team(team_id, principal=principal_of(request), check=partial(refuse_stale, request))
        return self.show(request, team_id)
