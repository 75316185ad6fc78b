"""What operators see of the materialized views about generations: figures and names of teams, no content."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from generations.materialized_views import GENERATION_PERFORMANCE, TEAM_PATTERNS
from velro.admin_columns import moment, row_link
from velro.caching.reports import Report, add_report

BUSIEST_TEAMS: Final = """
SELECT team.id, team.name, pattern.members, pattern.projects, pattern.generations_30d, pattern.creators_30d,
       pattern.cost_30d, pattern.shares_out, pattern.shares_in, pattern.delegations, pattern.last_activity_at
  FROM (SELECT * FROM mv_team_collaboration_patterns ORDER BY generations_30d DESC LIMIT 50) AS pattern
  JOIN teams_team AS team ON team.id = pattern.team_id
 ORDER BY pattern.generations_30d DESC, pattern.last_activity_at DESC NULLS LAST, team.id
"""
NEWEST_DAYS: Final = """
SELECT day, model, currency, generations, completed, failed, cancelled, queue_p50_ms, queue_p95_ms, queue_p99_ms,
       run_p50_ms, run_p95_ms, run_p99_ms, cost, bytes
  FROM mv_generation_performance_stats ORDER BY day DESC, model, kind, currency LIMIT 100
"""
MEGABYTE: Final = 1_000_000


def read_busiest_teams() -> Sequence[Sequence[Any]]:
    """One statement, by the index on what was made."""
    with connection.cursor() as cursor:
        cursor.execute(BUSIEST_TEAMS)
        return [
            [
                row_link(name, to="teams_team", row_id=team_id),
                *counts[:4],
                f"{cost:.2f}",
                *counts[4:],
                moment(last) or "-",
            ]
            for team_id, name, *figures, last in cursor.fetchall()
            for cost, counts in [(figures[4], figures[:4] + figures[5:])]
        ]


def read_newest_days() -> Sequence[Sequence[Any]]:
    """One statement, by the key."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_DAYS)
        return [
            [
                day,
                model,
                *counts,
                _seconds(times[:3]),
                _seconds(times[3:]),
                f"{cost:.2f} {currency}",
                f"{size / MEGABYTE:,.1f}",
            ]
            for day, model, currency, *figures, cost, size in cursor.fetchall()
            for counts, times in [(figures[:4], figures[4:])]
        ]


def _seconds(milliseconds: Sequence[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value / 1000:.1f}" for value in milliseconds)


add_report(
    Report(
        TEAM_PATTERNS,
        "Teams that made most in 30 days",
        [
            "Team", "Members", "Projects", "Generations", "Creators", "Cost", "Shared out", "Shared in", "Delegations",
            "Last activity",
        ],
        read_busiest_teams,
    )
)  # fmt: skip
add_report(
    Report(
        GENERATION_PERFORMANCE,
        "Newest days, by model",
        [
            "Day", "Model", "All", "Completed", "Failed", "Cancelled", "Queue p50/95/99, s", "Run p50/95/99, s", "Cost",
            "MB",
        ],
        read_newest_days,
    )
)  # fmt: skip
