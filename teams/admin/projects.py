"""Projects: the list of all, and the tab of a team."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from accounts.admin.operator import OperatedAdmin
from teams.admin.paths import names_above, path_text
from teams.admin.team_tabs import TeamTab, tab_address, team_tabs
from teams.models import Project, ProjectMembership, Team, Visibility
from velro.admin_columns import COLOUR_OF_ROLE, badge, label, moment, person_cell, row_link
from velro.read_only_admin import ReadOnly

PROJECTS_PER_PAGE: Final = 25
COLOUR_OF_VISIBILITY: Final[dict[str, str]] = {Visibility.TEAM: "success", Visibility.RESTRICTED: "warning"}
HEADERS: Final = ["Project", "Visibility", "People with a role of their own", "Created"]


class ProjectMembershipInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """Explicit roles. Each counts only while the person has some role in the team."""

    model = ProjectMembership
    extra = 0
    per_page = 25
    tab = True
    verbose_name_plural = "explicit roles"
    fields: ClassVar = ["person", "role_badge", "created_at"]
    readonly_fields: ClassVar = ["person", "role_badge", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProjectMembership]:
        """With the people, for the page."""
        memberships: QuerySet[ProjectMembership] = super().get_queryset(request)
        return memberships.select_related("user").order_by("-role", "user__email")

    @admin.display
    def person(self, membership: ProjectMembership) -> SafeString:
        """Who."""
        person = membership.user
        return person_cell(person.display_name, person.email, user_id=person.pk)

    @badge("Role", colours=COLOUR_OF_ROLE)
    def role_badge(self, membership: ProjectMembership) -> tuple[str, str]:
        """As what."""
        return membership.role, membership.role.capitalize()


@admin.register(Project)
class ProjectAdmin(OperatedAdmin):
    """What holds generations, and whom it lets in. To look at only."""

    list_display: ClassVar = ["name", "team_path", "visibility_badge", "people", "created"]
    list_filter: ClassVar = ["visibility", "created_at"]
    search_fields: ClassVar = ["name", "team__name", "id"]
    search_help_text = "Name of a project or team"
    inlines: ClassVar = [ProjectMembershipInline]
    fields: ClassVar = ["id", "name", "team", "visibility", "created_at", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """With where each stands, in the same statement."""
        projects: QuerySet[Project] = super().get_queryset(request)
        return with_people(projects).annotate(path_names=names_above("team_id")).select_related("team")

    @admin.display(description="Team")
    def team_path(self, project: Any) -> SafeString:
        """From the root down."""
        return row_link(path_text(project.path_names), to="teams_team", row_id=project.team_id)

    @badge("Visibility", colours=COLOUR_OF_VISIBILITY, ordering="visibility")
    def visibility_badge(self, project: Project) -> tuple[str, str]:
        """Whom a role in the team lets in."""
        return project.visibility, Visibility(project.visibility).label

    @admin.display(description="Own roles", ordering="people_count")
    def people(self, project: Any) -> int:
        """People with an explicit role."""
        return int(project.people_count)

    @admin.display(description="Created", ordering="created_at")
    def created(self, project: Project) -> SafeString | None:
        """How long ago."""
        return moment(project.created_at)


def with_people(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Adds `people_count`, the number of explicit roles."""
    counted = (
        ProjectMembership.objects.filter(project=OuterRef("pk"))
        .order_by()
        .values("project")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return projects.annotate(people_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def read_projects(request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """Two statements: their number, and one page of them."""
    projects = with_people(team.projects.order_by("name", "id"))
    page = Paginator(projects, PROJECTS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "page": page,
        "address": tab_address(team.pk, "projects"),
        "table": {"headers": HEADERS, "rows": [_row_of(project) for project in page]},
    }


def _row_of(project: Any) -> list[Any]:
    return [
        row_link(project.name, to="teams_project", row_id=project.pk),
        label(Visibility(project.visibility).label, colour=COLOUR_OF_VISIBILITY[project.visibility]),
        project.people_count,
        moment(project.created_at),
    ]


team_tabs.add(TeamTab("projects", "Projects", "teams/admin/projects.html", read_projects, place=50))
