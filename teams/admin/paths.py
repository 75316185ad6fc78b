"""Where a team stands in the tree, for many teams at once."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from teams.models import Membership, Project, Team, TeamAncestor


def names_above(team: str) -> ArraySubquery:
    """Names from the root down to the team itself. `team` is the column with its id."""
    above = TeamAncestor.objects.filter(descendant=OuterRef(team)).order_by("-distance")
    return ArraySubquery(above.values("ancestor__name"))


def with_paths(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Adds `path_names`."""
    return teams.annotate(path_names=names_above("pk"))


def with_counts(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Adds `member_count` (own members, not inherited ones), `project_count` and `child_count`."""
    return teams.annotate(
        member_count=_count_of(Membership.objects.filter(team=OuterRef("pk")), by="team"),
        project_count=_count_of(Project.objects.filter(team=OuterRef("pk")), by="team"),
        child_count=_count_of(Team.objects.filter(parent=OuterRef("pk")), by="parent"),
    )


def path_text(names: list[str]) -> str:
    """Root first."""
    return " / ".join(names)


def _count_of(rows: QuerySet[Any], *, by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
