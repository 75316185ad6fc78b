"""The tree of teams, and its closure: for every team a row per ancestor, so that no question needs recursion."""

from typing import ClassVar

import pgtrigger
from django.db import models

from teams.models.triggers import (
    FORGET_ANCESTORS,
    KEEP_ANCESTORS_AFTER_MOVE,
    KEEP_ANCESTORS_OF_NEW_TEAM,
    KEEP_CLOSED,
    LEAVE_CLOSED_ALONE,
    REQUIRE_OWNER_OF_ROOT,
)
from velro.models import TimestampedModel

LONGEST_NAME = 100


class Team(TimestampedModel):
    """A team below `parent`, or a root.

    A team that is archived is closed, and so is everything below it; `is_closed` is kept by a trigger.
    """

    name = models.CharField(max_length=LONGEST_NAME)
    slug = models.SlugField(max_length=LONGEST_NAME, db_index=False)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="children"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    is_closed = models.BooleanField(default=False, editable=False)

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="team_name_is_not_empty", condition=~models.Q(name="")),
            models.CheckConstraint(name="team_is_not_its_own_parent", condition=~models.Q(parent=models.F("id"))),
            models.UniqueConstraint(fields=["parent", "slug"], name="team_slug_is_unique_among_siblings"),
        ]
        triggers: ClassVar = [
            KEEP_ANCESTORS_OF_NEW_TEAM,
            KEEP_ANCESTORS_AFTER_MOVE,
            FORGET_ANCESTORS,
            KEEP_CLOSED,
            LEAVE_CLOSED_ALONE,
            REQUIRE_OWNER_OF_ROOT,
        ]

    def __str__(self) -> str:
        return self.name


class TeamAncestor(models.Model):
    """`ancestor` is `distance` steps above `descendant`; every team is its own ancestor at 0.

    Only triggers on `Team` write here.
    """

    pk = models.CompositePrimaryKey("descendant_id", "ancestor_id")
    descendant = models.ForeignKey(Team, on_delete=models.DO_NOTHING, db_index=False, related_name="ancestor_rows")
    ancestor = models.ForeignKey(Team, on_delete=models.DO_NOTHING, db_index=False, related_name="descendant_rows")
    distance = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ancestor", "descendant"], name="team_ancestor_downwards")]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="team_ancestors_are_kept_by_triggers",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ancestor_id} above {self.descendant_id}"
