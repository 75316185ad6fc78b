"""Projects: create, list, read, change, delete, and who has a role of their own in them."""

from functools import partial
from typing import ClassVar, Final
from uuid import UUID

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.drf import principal_of
from teams import actions
from teams.access import access_project, access_team
from teams.selectors import project_member_of, project_members_of, project_shown_to, projects_visible_to
from teams.serializers.projects import (
    ProjectChange,
    ProjectInput,
    ProjectMemberOutput,
    ProjectOutput,
    ProjectRoleInput,
)
from teams.services.project_members import put_project_member, remove_project_member
from teams.services.projects import change_project, create_project, delete_project
from velro.api.declarations import Answer
from velro.api.entity_tags import entity_tag, refuse_stale, require_fresh
from velro.api.headers import ETAG, IF_MATCH, LOCATION, REQUIRED_IF_MATCH
from velro.api.idempotency import idempotent
from velro.api.pagination import paginated
from velro.api.serializers import PageQuery
from velro.api.views import ApiView

SHOWN: Final = Answer(200, ProjectOutput, headers=(ETAG,))


class OneProjectView(ApiView):
    """What is answered with the project as it is now."""

    def show(self, request: Request, project_id: UUID, **headers: str) -> Response:
        """The caller has been authorized by now."""
        project = project_shown_to(principal_of(request), project_id)
        return self.answer(project, headers={"ETag": entity_tag(project), **headers})


class ProjectListView(OneProjectView):
    """Create and list."""

    actions: ClassVar = dict.fromkeys(("get", "post"), actions.OPEN_TEAM)
    inputs: ClassVar = {"post": ProjectInput}
    examples: ClassVar = {"post": {"For a few": {"name": "Pilot", "visibility": "restricted"}}}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {
        "get": Answer(200, ProjectOutput, is_list=True),
        "post": Answer(201, ProjectOutput, headers=(LOCATION, ETAG)),
    }

    def get(self, request: Request, *, team_id: UUID) -> Response:
        """List the projects of a team, also those that the caller only sees to exist, newest first."""
        access_team(principal_of(request), team_id, action=actions.READ_TEAM)
        found = projects_visible_to(principal_of(request), team_id)
        return paginated(found, view=self, serializer_class=ProjectOutput)

    @idempotent
    def post(self, request: Request, *, team_id: UUID) -> Response:
        """Create a project, as an admin of the team."""
        project = create_project(team_id, principal=principal_of(request), **self.read_input())
        return self.show(request, project.id, Location=reverse("project", kwargs={"project_id": project.id}))


class ProjectView(OneProjectView):
    """One project."""

    actions: ClassVar = dict.fromkeys(("get", "patch", "delete"), actions.OPEN_PROJECT)
    inputs: ClassVar = {"patch": ProjectChange}
    request_headers: ClassVar = dict.fromkeys(("patch", "delete"), (IF_MATCH,))
    outputs: ClassVar = {"get": SHOWN, "patch": SHOWN, "delete": Answer(204)}

    def get(self, request: Request, *, project_id: UUID) -> Response:
        """Show one project."""
        access_project(principal_of(request), project_id, action=actions.READ_PROJECT)
        return self.show(request, project_id)

    def patch(self, request: Request, *, project_id: UUID) -> Response:
        """Rename a project, or open or restrict it, as an admin of it."""
        change = self.read_input()
        check = partial(refuse_stale, request)
        change_project(project_id, principal=principal_of(request), **change, check=check)
        return self.show(request, project_id)

    def delete(self, request: Request, *, project_id: UUID) -> Response:
        """Delete a project that holds no generations, as an admin of its team."""
        delete_project(project_id, principal=principal_of(request), check=partial(refuse_stale, request))
        return self.answer()


class ProjectMemberListView(ApiView):
    """Everybody with a role of their own in the project."""

    actions: ClassVar = {"get": actions.OPEN_PROJECT}
    queries: ClassVar = {"get": PageQuery}
    outputs: ClassVar = {"get": Answer(200, ProjectMemberOutput, is_list=True)}

    def get(self, request: Request, *, project_id: UUID) -> Response:
        """List who has a role of their own in a project; who comes from the team is not among them."""
        access_project(principal_of(request), project_id, action=actions.SEE_PROJECT_MEMBERS)
        return paginated(project_members_of(project_id), view=self, serializer_class=ProjectMemberOutput)


class ProjectMemberView(ApiView):
    """One person's own role in the project."""

    actions: ClassVar = dict.fromkeys(("put", "delete"), actions.OPEN_PROJECT)
    inputs: ClassVar = {"put": ProjectRoleInput}
    request_headers: ClassVar = {"put": (REQUIRED_IF_MATCH,), "delete": (IF_MATCH,)}
    outputs: ClassVar = {"put": Answer(200, ProjectMemberOutput, headers=(ETAG,)), "delete": Answer(204)}

    def put(self, request: Request, *, project_id: UUID, user_id: UUID) -> Response:
        """Give somebody of the team a role in the project, or change it. `If-Match` is needed to change one."""
        put_project_member(
            project_id,
            principal=principal_of(request),
            user_id=user_id,
            role=self.read_input()["role"],
            check=partial(require_fresh, request),
        )
        member = project_member_of(project_id, user_id)
        return self.answer(member, headers={"ETag": entity_tag(member)})

    def delete(self, request: Request, *, project_id: UUID, user_id: UUID) -> Response:
        """Take somebody's own role in a project; everybody may give up theirs."""
        check = partial(refuse_stale, request)
        remove_project_member(project_id, principal=principal_of(request), user_id=user_id, check=check)
        return self.answer()
