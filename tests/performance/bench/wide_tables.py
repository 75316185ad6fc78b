"""Tables so full that each materialized view has the rows that are asked for, made by PostgreSQL itself.

Every fourth team is a root with one member, who reaches the three below it; each generation has a day and a model for
itself, each sample an hour and a tier. Triggers and foreign keys look away meanwhile: what is made here keeps to them.
"""

from collections.abc import Callable
from typing import Any, Final

from psycopg import Connection

AHEAD: Final = """
SET session_replication_role = replica; SET statement_timeout = 0; SET maintenance_work_mem = '256MB';
CREATE FUNCTION pg_temp.named(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN md5(kind || number)::uuid;
"""
STATEMENTS: Final[dict[str, str]] = {
    "people": """
INSERT INTO accounts_user (id, created_at, updated_at, password, is_superuser, email, display_name, status, is_staff)
SELECT pg_temp.named('user', n), now(), now(), '!', false, n || '@wide.test', 'Person ' || n, 'active', false
  FROM generate_series(0, %(rows)s / 10 - 1) AS n
""",
    "teams": """
INSERT INTO teams_team (id, created_at, updated_at, name, slug, parent_id, is_closed)
SELECT pg_temp.named('team', n), now(), now(), 'Team ' || n, 'team-' || n,
       CASE WHEN n %% 4 > 0 THEN pg_temp.named('team', n - n %% 4) END, false
  FROM generate_series(0, %(rows)s - 1) AS n
""",
    "ancestors": """
INSERT INTO teams_teamancestor (descendant_id, ancestor_id, distance)
SELECT pg_temp.named('team', n), pg_temp.named('team', n), 0 FROM generate_series(0, %(rows)s - 1) AS n
 UNION ALL
SELECT pg_temp.named('team', n), pg_temp.named('team', n - n %% 4), 1
  FROM generate_series(0, %(rows)s - 1) AS n WHERE n %% 4 > 0
""",
    "members": """
INSERT INTO teams_membership (id, created_at, updated_at, team_id, user_id, role)
SELECT gen_random_uuid(), now(), now(), pg_temp.named('team', n * 4),
       pg_temp.named('user', n %% greatest(%(rows)s / 10, 1)), 4
  FROM generate_series(0, %(rows)s / 4 - 1) AS n
""",
    "projects": """
INSERT INTO teams_project (id, created_at, updated_at, team_id, name, visibility)
SELECT pg_temp.named('project', n), now(), now(), pg_temp.named('team', n * 4), 'Project ' || n, 'team'
  FROM generate_series(0, %(rows)s / 4 - 1) AS n
""",
    "generations": """
INSERT INTO generations_generation (id, created_at, updated_at, owner_id, project_id, model, kind, input, title, tags,
            status, estimated_cost, cost, currency, deadline_at, submitted_at, finished_at)
SELECT pg_temp.named('generation', n), at.day, at.day, pg_temp.named('user', n %% greatest(%(rows)s / 10, 1)),
       pg_temp.named('project', n %% (%(rows)s / 4)), 'model-' || n %% 1000, 'image', '{}', '', '{}',
       'completed', 0.01, 0.01, 'USD', at.day + interval '1 hour', at.day + random() * interval '10 s',
       at.day + interval '10 s' + random() * interval '60 s'
  FROM generate_series(0, %(rows)s - 1) AS n, LATERAL (SELECT now() - n / 1000 * interval '1 day' AS day) AS at
""",
    "assets": """
INSERT INTO generations_asset (id, generation_id, index, kind, content_type, bytes, sha256, storage_key,
            thumbnail_key, created_at)
SELECT gen_random_uuid(), pg_temp.named('generation', n), 0, 'image', 'image/png', 1000000, '', '', '', now()
  FROM generate_series(0, %(rows)s - 1) AS n
""",
    "shares": """
INSERT INTO generations_share (id, created_at, updated_at, generation_id, generation_created_at, team_id, role,
            shared_by_id, starts_at)
SELECT gen_random_uuid(), now(), now(), pg_temp.named('generation', n * 5),
       now() - n * 5 / 1000 * interval '1 day', pg_temp.named('team', n), 1, pg_temp.named('user', 0), now()
  FROM generate_series(0, %(rows)s / 5 - 1) AS n
""",
    "delegations": """
INSERT INTO generations_delegation (id, created_at, updated_at, generation_id, delegator_id, delegate_id, permissions,
            starts_at, expires_at)
SELECT gen_random_uuid(), now(), now(), pg_temp.named('generation', n * 10), pg_temp.named('user', 0),
       pg_temp.named('user', 1), 1, now(), now() + interval '1 year'
  FROM generate_series(0, %(rows)s / 10 - 1) AS n
""",
    "samples": """
INSERT INTO caching_cachesample (id, minute, tier, process, hits, misses, fills, evictions, entries, bytes,
            lookup_p50_us, lookup_p95_us)
SELECT gen_random_uuid(), date_trunc('hour', now()) - n / 3 * interval '1 hour', 'l' || n %% 3 + 1, 'wide', n %% 1000,
       n %% 50, n %% 50, 0, 10000, 60000000, 2, 5
  FROM generate_series(0, %(rows)s - 1) AS n
""",
}
# One row in a hundred is another one than before in each of the views.
CHANGES: Final = """
UPDATE teams_membership SET role = 3 WHERE get_byte(uuid_send(id), 15) < 3;
UPDATE generations_generation SET cost = 0.02 WHERE get_byte(uuid_send(id), 15) < 3;
UPDATE caching_cachesample SET misses = misses + 1 WHERE get_byte(uuid_send(id), 15) < 3;
"""


def fill_tables(connection: Connection[Any], *, rows: int, tell: Callable[[str], object]) -> None:
    """Into an empty database, one kind after the other."""
    connection.execute(AHEAD)
    for kind, statement in STATEMENTS.items():
        tell(f"Making {kind} ...")
        connection.execute(statement, {"rows": rows})
        connection.commit()
    tell("Looking over the tables ...")
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def change_some(connection: Connection[Any]) -> None:
    """As a day of work would have, so that the next refresh has something to do."""
    connection.execute(CHANGES)
