"""Figures about generations that take too long to work out while somebody waits."""

from typing import Final

from velro.caching.materialized_views import MaterializedView

# One row per open team: what happened in its own projects. Members count while their account is active, shares and
# delegations while they hold. Deleted generations do not count.
TEAM_PATTERNS: Final = MaterializedView(
    "mv_team_collaboration_patterns",
    """
WITH made AS (
     SELECT project.team_id, generation.owner_id, generation.created_at, generation.cost,
            generation.created_at > now() - interval '30 days' AS is_recent
       FROM generations_generation AS generation JOIN teams_project AS project ON project.id = generation.project_id
      WHERE generation.deleted_at IS NULL
), making AS (
     SELECT team_id, count(*) FILTER (WHERE is_recent) AS generations_30d,
            count(DISTINCT owner_id) FILTER (WHERE is_recent) AS creators_30d,
            sum(cost) FILTER (WHERE is_recent) AS cost_30d, max(created_at) AS last_generation_at
       FROM made GROUP BY team_id
), joined AS (
     SELECT membership.team_id, count(*) AS members, max(membership.created_at) AS last_joined_at
       FROM teams_membership AS membership
       JOIN accounts_user AS person ON person.id = membership.user_id AND person.status = 'active'
      GROUP BY membership.team_id
), planned AS (
     SELECT team_id, count(*) AS projects FROM teams_project GROUP BY team_id
), shared AS (
     SELECT share.team_id AS to_team_id, project.team_id AS from_team_id, share.created_at
       FROM generations_share AS share
       JOIN generations_generation AS generation ON generation.id = share.generation_id
       LEFT JOIN teams_project AS project ON project.id = generation.project_id
      WHERE share.starts_at <= now() AND (share.expires_at IS NULL OR share.expires_at > now())
        AND generation.deleted_at IS NULL
), shared_out AS (
     SELECT from_team_id AS team_id, count(*) AS shares_out, max(created_at) AS last_shared_at
       FROM shared WHERE from_team_id IS NOT NULL GROUP BY from_team_id
), shared_in AS (
     SELECT to_team_id AS team_id, count(*) AS shares_in FROM shared GROUP BY to_team_id
), delegated AS (
     SELECT project.team_id, count(*) AS delegations, max(delegation.created_at) AS last_delegated_at
       FROM generations_delegation AS delegation
       JOIN generations_generation AS generation ON generation.id = delegation.generation_id
       JOIN teams_project AS project ON project.id = generation.project_id
      WHERE delegation.starts_at <= now() AND delegation.expires_at > now() AND generation.deleted_at IS NULL
      GROUP BY project.team_id
)
SELECT team.id AS team_id, coalesce(joined.members, 0) AS members, coalesce(planned.projects, 0) AS projects,
       coalesce(making.generations_30d, 0) AS generations_30d, coalesce(making.creators_30d, 0) AS creators_30d,
       coalesce(making.cost_30d, 0) AS cost_30d, coalesce(shared_out.shares_out, 0) AS shares_out,
       coalesce(shared_in.shares_in, 0) AS shares_in, coalesce(delegated.delegations, 0) AS delegations,
       greatest(making.last_generation_at, joined.last_joined_at, shared_out.last_shared_at,
                delegated.last_delegated_at) AS last_activity_at
  FROM teams_team AS team
  LEFT JOIN joined ON joined.team_id = team.id
  LEFT JOIN planned ON planned.team_id = team.id
  LEFT JOIN making ON making.team_id = team.id
  LEFT JOIN shared_out ON shared_out.team_id = team.id
  LEFT JOIN shared_in ON shared_in.team_id = team.id
  LEFT JOIN delegated ON delegated.team_id = team.id
 WHERE NOT team.is_closed
""",
    key=("team_id",),
    indexes=(("generations_30d",),),
)

# One row per day (UTC), model, kind and currency, deleted generations included: they cost the same. The queue is from
# acceptance until FAL has the job, the run from there until a completed one has its files. Times are in milliseconds.
GENERATION_PERFORMANCE: Final = MaterializedView(
    "mv_generation_performance_stats",
    """
WITH stored AS (
     SELECT generation_id, sum(bytes) AS bytes FROM generations_asset GROUP BY generation_id
), timed AS (
     SELECT (generation.created_at AT TIME ZONE 'UTC')::date AS day, generation.model, generation.kind,
            generation.currency, generation.status, generation.cost, stored.bytes,
            extract(epoch FROM generation.submitted_at - generation.created_at) * 1000 AS queue_ms,
            CASE WHEN generation.status = 'completed'
                 THEN extract(epoch FROM generation.finished_at - generation.submitted_at) * 1000 END AS run_ms
       FROM generations_generation AS generation LEFT JOIN stored ON stored.generation_id = generation.id
), counted AS (
     SELECT day, model, kind, currency, count(*) AS generations,
            count(*) FILTER (WHERE status = 'completed') AS completed,
            count(*) FILTER (WHERE status = 'failed') AS failed,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
            percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY queue_ms::double precision) AS queue,
            percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY run_ms::double precision) AS run,
            coalesce(sum(cost), 0) AS cost, coalesce(sum(bytes), 0)::bigint AS bytes
       FROM timed GROUP BY day, model, kind, currency
)
SELECT day, model, kind, currency, generations, completed, failed, cancelled,
       queue[1] AS queue_p50_ms, queue[2] AS queue_p95_ms, queue[3] AS queue_p99_ms,
       run[1] AS run_p50_ms, run[2] AS run_p95_ms, run[3] AS run_p99_ms, cost, bytes
  FROM counted
""",
    key=("day", "model", "kind", "currency"),
)
