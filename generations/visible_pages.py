"""The list of generations, one page at a time: exactly what `visible_to` holds, found without looking at all of it.

What a person may read comes from several sources: what they made, what is in their projects, what is shared with their
teams, what reaches them alone. Each gives its own first rows by its own index; the first rows of all are among those.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import and_
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Func, JSONField, Q, QuerySet
from django.db.models.expressions import RawSQL

from authorization.layers.rbac import LEAST_ROLE_IN_QUARANTINE
from generations.models import Asset, Generation, Share
from generations.rules import DELEGATION_HOLDS, SHARE_HOLDS

# What sources may name: whose list it is, nobody's unless active; their places, found once for all; and the last moment
# that the first sources leave on the page, beyond which the shares need not look.
FOREMOST: Final = """
ARRAY(WITH reader (id) AS (SELECT id FROM accounts_user WHERE id = %s AND status = 'active'),
           reach AS MATERIALIZED (SELECT reach.* FROM reader, generations_reach(reader.id) AS reach),
           newest (created_at, id) AS MATERIALIZED ({newest}),
           found (created_at, id) AS MATERIALIZED (({made}) UNION (TABLE newest) UNION ({in_projects})),
           bound AS (SELECT created_at FROM found ORDER BY created_at {direction} OFFSET {most} - 1 LIMIT 1)
      SELECT page.id
        FROM (SELECT * FROM found UNION ({shared}) UNION ({granted}) UNION ({delegated})) AS page (created_at, id)
       ORDER BY page.created_at {direction}, page.id {direction} LIMIT {most})
"""
TEAMS: Final = "SELECT team_id FROM reach WHERE team_id IS NOT NULL"
PROJECTS: Final = "SELECT project_id FROM reach WHERE project_id IS NOT NULL"
READ_PROJECTS: Final = f"{PROJECTS} AND role IS NOT NULL"
QUARANTINE_PROJECTS: Final = f"{PROJECTS} AND role >= {LEAST_ROLE_IN_QUARANTINE.rank}"

MADE: Final = f"""
generations_generation.owner_id = (SELECT id FROM reader)
AND (generations_generation.project_id IS NULL OR generations_generation.project_id IN ({PROJECTS}))
"""  # noqa: S608 - constants
LEFT_OPEN: Final = (
    f"(generations_generation.quarantined_at IS NULL OR generations_generation.project_id IN ({QUARANTINE_PROJECTS}))"
)
IN_PROJECT: Final = f"generations_generation.project_id = place.id AND {LEFT_OPEN}"
# Who has many places is likely to find a page among what is newest of all; where not, their places are asked.
MANY_PLACES: Final = 100
MOST_LOOKED_THROUGH: Final = 2_000
# IS TRUE has each looked at in its turn until there are enough, where a join would first meet all with all places.
IN_ANY_PROJECT: Final = f"""
(SELECT count(*) FROM reach) >= {{many}}
AND (generations_generation.project_id IN ({READ_PROJECTS})) IS TRUE AND {LEFT_OPEN}
"""  # noqa: S608 - constants
UNLESS_FOUND: Final = "{places} AND (SELECT count(*) FROM newest) < {most}"
# Every share lets read, whatever its role.
SHARED: Final = f"""
generations_share.team_id = place.id AND {SHARE_HOLDS.format(share="generations_share")}
AND generations_share.generation_created_at {{within}} coalesce((SELECT created_at FROM bound), '{{infinity}}')
"""  # noqa: S608 - constants
GRANTED: Final = """
generations_generation.quarantined_at IS NULL
AND generations_generation.id IN (SELECT generation_id FROM reader, generations_granted(reader.id))
"""
DELEGATED: Final = f"""
generations_generation.quarantined_at IS NULL AND generations_generation.id IN (
    SELECT generation_id FROM reader JOIN generations_delegation AS delegation ON delegation.delegate_id = reader.id
     WHERE {DELEGATION_HOLDS})
"""  # noqa: S608 - constants
# The first rows of those places whose very first ones stand foremost. No other place can have any on the page.
FIRST_OF_PLACES: Final = """
SELECT first.* FROM (
       SELECT place.id FROM ({places}) AS place (id) CROSS JOIN LATERAL ({rows} LIMIT 1) AS foremost (created_at, id)
        ORDER BY foremost.created_at {direction}, foremost.id {direction} LIMIT {most}) AS place
 CROSS JOIN LATERAL ({rows} LIMIT {most}) AS first
"""
# OFFSET puts the rows in order before they are asked about, so that no more are than it takes.
FIRST_DELEGATED: Final = """
SELECT first.* FROM ({rows} OFFSET 0) AS first (created_at, id)
 WHERE generations_is_delegated((SELECT id FROM reader), first.id) LIMIT {most}
"""
MORE: Final = "/* more conditions */"
TABLE: Final = f'"{Generation._meta.db_table}"'  # noqa: SLF001 - public in Django
WHEN_MADE: Final = ("created_at", "id")
WHEN_SHARED_WAS_MADE: Final = ("generation_created_at", "generation_id")
# What takes time to read and is shown in no list.
NOT_LISTED: Final = (
    "updated_at", "estimated_cost", "deadline_at", "submitted_at", "archived_at", "quarantined_at", "deleted_at",
)  # fmt: skip
# Statements of different conditions that are kept: those of first pages come again and again.
MOST_KNOWN: Final = 256
ALL_ASSETS: Final = QuerySet(Asset).query
ASSET_FIELDS: Final = {column.attname: column for column in Asset._meta.concrete_fields}  # noqa: SLF001 - public in Django
ASSETS: Final = """
ARRAY(SELECT jsonb_build_object({}) FROM generations_asset AS asset
       WHERE asset.generation_id = generations_generation.id ORDER BY asset.index)
""".format(", ".join(f"'{name}', asset.{name}" for name in ASSET_FIELDS))  # noqa: S608 - names of columns


class IsAmong(Func):
    """Whether a key is in an array. The planner takes an array for short and walks the key's index, never the table."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class Rows:
    """Moments and ids in order, as SQL with its values, into which more conditions can be put."""

    sql: str
    values: tuple[Any, ...]

    @classmethod
    def of(cls, found: QuerySet[Any, Any]) -> "Rows":
        """Those of a query that is in order and has no limit."""
        return cls(*found.filter(RawSQL(MORE, (), output_field=BooleanField())).query.sql_with_params())  # noqa: S611 - a constant

    def among(self, others: "Rows", *, most: int) -> "Rows":
        """Those that are also among the first of others, which are whole rows of the same table."""
        limited = f"FROM ({others.where('true')} LIMIT {most}) AS {TABLE}"
        return Rows(self.sql.replace(f"FROM {TABLE}", limited, 1), (*others.values, *self.values))

    def where(self, more: str) -> str:
        """The SQL of fewer of them."""
        return self.sql.replace(MORE, more)


@dataclass(frozen=True, slots=True)
class VisiblePages:
    """What a person may read, as much of it as cursor pagination asks of a QuerySet: conditions, order, and a slice.

    The order is that of `created_at` and `id`, up or down. A slice is one statement, with the assets of its rows.
    """

    user_id: UUID
    conditions: Q = field(default_factory=Q)
    ordering: tuple[str, ...] = ("-created_at", "-id")

    def filter(self, *conditions: Q, **lookups: Any) -> "VisiblePages":
        """Narrow it."""
        return replace(self, conditions=self.conditions & Q(*conditions, **lookups))

    def order_by(self, *ordering: str) -> "VisiblePages":
        """Turn it round, or back."""
        return replace(self, ordering=ordering)

    def __getitem__(self, wanted: slice) -> list[Generation]:
        foremost = _foremost(self.conditions, self.ordering, most=wanted.stop)
        ids = RawSQL(foremost.sql, (self.user_id, *foremost.values))  # noqa: S611 - constants, and what Django compiled
        found = Generation.objects.defer(*NOT_LISTED).filter(IsAmong(F("id"), ids))
        return [_with_assets(row) for row in found.order_by(*self.ordering).annotate(listed_assets=_assets())[wanted]]


@lru_cache(maxsize=MOST_KNOWN)
def _foremost(conditions: Q, ordering: tuple[str, ...], *, most: int) -> Rows:
    """Ids of the first rows of all sources, as an array. The values are to follow the id of whose list it is."""
    return Sources(conditions, is_descending=ordering[0].startswith("-")).foremost(most=most)


@dataclass(frozen=True, slots=True)
class Sources:
    """What somebody may read under some conditions, in order: the statement without its reader."""

    conditions: Q
    is_descending: bool

    def foremost(self, *, most: int) -> Rows:
        """Ids of the first rows of all of them."""
        rows, shares = self._generations(), self._shares()
        newest = rows.among(self._window(), most=MOST_LOOKED_THROUGH)
        words = {"direction": "DESC", "within": ">=", "infinity": "-infinity", "most": most}
        if not self.is_descending:
            words |= {"direction": "ASC", "within": "<=", "infinity": "infinity"}
        shared = shares.where(SHARED.format(**words))
        sql = FOREMOST.format(
            made=f"{rows.where(MADE)} LIMIT {most}",
            newest=f"{newest.where(IN_ANY_PROJECT.format(many=MANY_PLACES))} LIMIT {most}",
            in_projects=FIRST_OF_PLACES.format(
                places=UNLESS_FOUND.format(places=READ_PROJECTS, most=most), rows=rows.where(IN_PROJECT), **words
            ),
            shared=FIRST_OF_PLACES.format(places=TEAMS, rows=shared, **words),
            granted=f"{rows.where(GRANTED)} LIMIT {most}",
            delegated=FIRST_DELEGATED.format(rows=rows.where(DELEGATED), **words),
            **words,
        )
        return Rows(sql, (*newest.values, *rows.values * 3, *shares.values * 2, *rows.values * 2))

    def _generations(self) -> Rows:
        found = Generation.objects.filter(self.conditions, deleted_at=None)
        return Rows.of(self._in_order(found, *WHEN_MADE).values_list(*WHEN_MADE))

    def _window(self) -> Rows:
        """From where the page begins, whoever may read it."""
        found = Generation.objects.filter(_of_time(self.conditions), deleted_at=None)
        return Rows.of(self._in_order(found, *WHEN_MADE))

    def _shares(self) -> Rows:
        shown = _of_generation(self.conditions & Q(deleted_at=None, quarantined_at=None))
        found = Share.objects.filter(shown)
        return Rows.of(self._in_order(found, *WHEN_SHARED_WAS_MADE).values_list(*WHEN_SHARED_WAS_MADE))

    def _in_order(self, found: QuerySet[Any], *columns: str) -> QuerySet[Any]:
        sign = "-" if self.is_descending else ""
        return found.order_by(*(f"{sign}{column}" for column in columns))


def _of_time(condition: Any) -> Q:
    """What a condition, or a pair of a lookup and its value, asks of the moment: to come after the page before."""
    if not isinstance(condition, Q):
        return Q(condition) if condition[0].startswith("created_at") else Q()
    if condition.connector != Q.AND or condition.negated:
        return Q()
    return reduce(and_, map(_of_time, condition.children), Q())


def _of_generation(condition: Q) -> Q:
    """The same condition for a share: on its generation, or on what it knows of it itself."""
    moved = condition.copy()
    moved.children = [_child_of_generation(child) for child in condition.children]
    return moved


def _child_of_generation(child: Any) -> Any:
    """Part of a condition: another one, or a pair of a lookup and its value."""
    if isinstance(child, Q):
        return _of_generation(child)
    lookup, value = child
    return (f"generation_{lookup}" if lookup.startswith("created_at") else f"generation__{lookup}"), value


def _assets() -> RawSQL:
    return RawSQL(ASSETS, (), output_field=ArrayField(JSONField()))  # noqa: S611 - a constant


def _with_assets(generation: Generation) -> Generation:
    """Attach the assets that came with the row, as `prefetch_related` would."""
    assets: QuerySet[Asset] = QuerySet(Asset, query=ALL_ASSETS)
    listed = vars(generation).pop("listed_assets")
    assets._result_cache = [_asset_of(columns) for columns in listed]  # noqa: SLF001 - Django fills it the same way
    vars(generation)["_prefetched_objects_cache"] = {"assets": assets}
    return generation


def _asset_of(columns: Mapping[str, Any]) -> Asset:
    return Asset(**{name: column.to_python(columns[name]) for name, column in ASSET_FIELDS.items()})
