"""Who reaches a generation, by which way, and how far: the rules as SQL, said once for every question.

`paths` is the one statement. Its rows are user_id, generation_id, method, role, mask, source_id, ends_at: what
`authorization.facts.Path` holds. Bound to a person and ids it answers a check or a batch, bound to a person what they
see, bound to an id who sees it. Layers 4 to 6, or `gives` where SQL itself must decide, turn rows into permissions.
"""

from typing import Final

from authorization.facts import ResourceState
from authorization.layers.ownership import CEILING_OF_STATE
from authorization.layers.rbac import LEAST_ROLE_IN_QUARANTINE, METHODS_IN_QUARANTINE
from authorization.role_fields import BIT_OF_PERMISSION, bits_of
from authorization.roles import ALL_PERMISSIONS, Permission, Role, least_role_for
from teams.rules import HOLDS_IN_TEAM, PLACES, ROLES_BY_PROJECT, ROLES_BY_TEAM, ROLES_IN_TEAMS

NOW: Final = "statement_timestamp()"
UNION_ALL: Final = "UNION ALL"
BIT_OF_CODENAME: Final = "CASE permission.codename {} ELSE 0 END".format(
    " ".join(f"WHEN '{name}_generation' THEN {bit}" for name, bit in BIT_OF_PERMISSION.items())
)

# Rule 3.
OWNERSHIP: Final = f"""
SELECT generation.owner_id AS user_id, generation.id AS generation_id, 'direct_ownership' AS method,
       {Role.OWNER.rank} AS role, NULL::int AS mask, generation.id AS source_id, NULL::timestamptz AS ends_at
  FROM generations_generation AS generation
 WHERE generation.owner_id {{user}} AND generation.id {{generation}}
   AND (generation.project_id IS NULL OR EXISTS (
        SELECT FROM teams_project AS project JOIN ({ROLES_IN_TEAMS}) AS held ON held.team_id = project.team_id
         WHERE project.id = generation.project_id AND held.user_id = generation.owner_id))
"""
# Rules 1 and 2.
BY_TEAM: Final = f"""
SELECT held.user_id, generation.id, 'team_membership', held.role, NULL, held.source_id, NULL
  FROM generations_generation AS generation
  JOIN ({ROLES_BY_TEAM}) AS held ON held.project_id = generation.project_id
 WHERE held.user_id {{user}} AND generation.id {{generation}}
"""
BY_PROJECT: Final = f"""
SELECT held.user_id, generation.id, 'project_membership', held.role, NULL, held.source_id, NULL
  FROM generations_generation AS generation
  JOIN ({ROLES_BY_PROJECT}) AS held ON held.project_id = generation.project_id
 WHERE held.user_id {{user}} AND generation.id {{generation}}
"""
SHARE_HOLDS: Final = f"{{share}}.starts_at <= {NOW} AND ({{share}}.expires_at IS NULL OR {{share}}.expires_at > {NOW})"
# Rule 4. A person has many memberships above one team, perhaps: of those, the highest counts.
BY_SHARE: Final = f"""
SELECT held.user_id, share.generation_id, 'team_share', least(max(held.role), share.role), NULL,
       share.id, share.expires_at
  FROM generations_share AS share
  JOIN ({ROLES_IN_TEAMS}) AS held ON held.team_id = share.team_id
 WHERE held.user_id {{user}} AND share.generation_id {{generation}}
   AND {SHARE_HOLDS.format(share="share")}
 GROUP BY held.user_id, share.id
"""
# The same for one person and one generation: the shares that give most for longest. Others change no decision, and
# nobody reads an explanation of more. They are looked at from the longest on, first for the higher of the two roles
# that a share can give, and only until there are enough; who has that role nowhere is not looked for.
MOST_SHARES: Final = 20
GIVES: Final = f"""
SELECT share.*, {{role}} AS gives FROM share
 WHERE share.role >= {{role}} AND (SELECT NOT team.is_closed FROM teams_team AS team WHERE team.id = share.team_id)
   AND EXISTS (TABLE share) AND EXISTS (SELECT FROM teams_membership WHERE user_id {{{{user}}}} AND role >= {{role}})
   AND ({HOLDS_IN_TEAM.format(user="{{user}}", team="share.team_id", role="{role}")})
"""
BY_STRONGEST_SHARES: Final = f"""
(WITH share AS MATERIALIZED (
      SELECT share.id, share.generation_id, share.team_id, share.role, share.expires_at FROM generations_share AS share
       WHERE share.generation_id {{generation}} AND {SHARE_HOLDS.format(share="share")}
       ORDER BY share.expires_at DESC NULLS FIRST),
      stronger AS MATERIALIZED ({GIVES.format(role=Role.MEMBER.rank)} LIMIT {MOST_SHARES}),
      weaker AS ({GIVES.format(role=Role.VIEWER.rank)} AND share.id NOT IN (SELECT id FROM stronger)
           LIMIT {MOST_SHARES} - (SELECT count(*) FROM stronger))
 SELECT person.id, given.generation_id, 'team_share', given.gives, NULL, given.id, given.expires_at
   FROM (TABLE stronger UNION ALL TABLE weaker) AS given
   JOIN accounts_user AS person ON person.id {{user}})
"""
# Rule 6.
BY_GRANT_TO_USER: Final = f"""
SELECT object_grant.user_id, object_grant.content_object_id, 'object_grant', NULL, {BIT_OF_CODENAME}, NULL, NULL
  FROM generations_generationusergrant AS object_grant
  JOIN auth_permission AS permission ON permission.id = object_grant.permission_id
 WHERE object_grant.user_id {{user}} AND object_grant.content_object_id {{generation}}
"""
BY_GRANT_TO_GROUP: Final = f"""
SELECT member.user_id, object_grant.content_object_id, 'object_grant', NULL, {BIT_OF_CODENAME}, NULL, NULL
  FROM generations_generationgroupgrant AS object_grant
  JOIN auth_permission AS permission ON permission.id = object_grant.permission_id
  JOIN accounts_user_groups AS member ON member.group_id = object_grant.group_id
 WHERE member.user_id {{user}} AND object_grant.content_object_id {{generation}}
"""
HELD_IN_OWN_RIGHT: Final = UNION_ALL.join(
    (OWNERSHIP, BY_TEAM, BY_PROJECT, BY_SHARE, BY_GRANT_TO_USER, BY_GRANT_TO_GROUP)
)
DELEGATION_HOLDS: Final = f"delegation.starts_at <= {NOW} AND delegation.expires_at > {NOW}"
# Rule 5: as far as the delegator, still active, reaches by the ways above.
BY_DELEGATION: Final = f"""
SELECT delegation.delegate_id, delegation.generation_id, 'delegation', held.role,
       delegation.permissions & coalesce(held.mask, {bits_of(ALL_PERMISSIONS)}), delegation.id, delegation.expires_at
  FROM generations_delegation AS delegation
  JOIN accounts_user AS delegator ON delegator.id = delegation.delegator_id AND delegator.status = 'active'
  JOIN LATERAL (
       {HELD_IN_OWN_RIGHT.format(user="= delegation.delegator_id", generation="= delegation.generation_id")}
       ) AS held ON true
 WHERE delegation.delegate_id {{user}} AND delegation.generation_id {{generation}}
   AND {DELEGATION_HOLDS}
"""
# Rule 7.
BY_BREAKING_GLASS: Final = f"""
SELECT glass.user_id, glass.resource_id, 'break_glass', NULL::int, glass.permissions::int, glass.id, glass.expires_at
  FROM authorization_breakglassgrant AS glass
  JOIN accounts_user AS operator ON operator.id = glass.user_id AND operator.is_superuser
 WHERE glass.user_id {{user}} AND glass.resource_id {{generation}} AND glass.resource_type = 'generation'
   AND glass.opened_at <= {NOW} AND glass.expires_at > {NOW} AND glass.closed_at IS NULL
"""
GRANTS: Final = UNION_ALL.join((BY_BREAKING_GLASS, BY_GRANT_TO_USER, BY_GRANT_TO_GROUP))
EVERY_WAY: Final = UNION_ALL.join((HELD_IN_OWN_RIGHT, BY_DELEGATION, BY_BREAKING_GLASS))
WAYS_OF_ONE: Final = EVERY_WAY.replace(BY_SHARE, BY_STRONGEST_SHARES)
# A plan of few ways is set up in a part of the time, and most is asked about by few: what nobody has lent to the person
# by these, and what nobody has lent at all.
WAYS_BUT_BORROWED: Final = HELD_IN_OWN_RIGHT.replace(BY_SHARE, BY_STRONGEST_SHARES)
WAYS_OF_ITS_OWN: Final = UNION_ALL.join((OWNERSHIP, BY_TEAM, BY_PROJECT))
IS_BORROWED: Final = """
EXISTS (SELECT FROM generations_delegation WHERE delegate_id = ANY(asked_users) AND generation_id = ANY(asked_ids))
OR EXISTS (SELECT FROM authorization_breakglassgrant WHERE user_id = ANY(asked_users) AND resource_id = ANY(asked_ids))
"""
IS_LENT: Final = f"""
EXISTS (SELECT FROM generations_share WHERE generation_id = ANY(asked_ids))
OR EXISTS (SELECT FROM generations_generationusergrant
            WHERE user_id = ANY(asked_users) AND content_object_id = ANY(asked_ids))
OR EXISTS (SELECT FROM generations_generationgroupgrant WHERE content_object_id = ANY(asked_ids))
OR {IS_BORROWED.strip()}
"""

ANY: Final = "IS NOT NULL"
WAY: Final = "way (user_id, generation_id, method, role, mask, source_id, ends_at)"
STATE: Final = """CASE WHEN generation.deleted_at IS NOT NULL THEN 'deleted'
    WHEN generation.quarantined_at IS NOT NULL THEN 'quarantined'
    WHEN generation.archived_at IS NOT NULL THEN 'archived' ELSE 'available' END"""


def paths(*, user: str = ANY, generation: str = ANY) -> str:
    """Every way by which an active person reaches a generation, bound by two conditions such as `= %s`."""
    return _of_active_people(EVERY_WAY, user=user, generation=generation)


def _of_active_people(ways: str, *, user: str, generation: str) -> str:
    return f"""
    SELECT way.* FROM ({ways.format(user=user, generation=generation)}) AS way
      JOIN accounts_user AS person ON person.id = way.user_id AND person.id {user} AND person.status = 'active'
    """


def gives(permission: Permission) -> str:
    """Condition on a row `way` of `paths` and its `generation`: what layers 4 to 6 decide, where SQL itself must.

    It is made from the very tables that the layers read.
    """
    open_states = [state for state, ceiling in CEILING_OF_STATE.items() if permission in ceiling]
    ordinary = ", ".join(f"'{state}'" for state in open_states if state is not ResourceState.QUARANTINED)
    methods = ", ".join(f"'{method}'" for method in sorted(METHODS_IN_QUARANTINE))
    in_quarantine = f"way.method IN ({methods}) AND way.role >= {LEAST_ROLE_IN_QUARANTINE.rank}"
    state_lets = f"{STATE} IN ({ordinary})"
    if ResourceState.QUARANTINED in open_states:
        state_lets = f"({state_lets} OR {STATE} = 'quarantined' AND {in_quarantine})"
    return f"{state_lets} AND {way_gives(permission)}"


def way_gives(permission: Permission) -> str:
    """The part of `gives` that does not look at the generation."""
    return f"""(way.role IS NULL OR way.role >= {least_role_for(permission).rank})
       AND (way.mask IS NULL OR way.mask & {BIT_OF_PERMISSION[permission]} <> 0)"""


TEAM_OF_PROJECT: Final = (
    "SELECT 'team:' || project.team_id FROM teams_project AS project WHERE project.id = generation.project_id"
)
# How long a person's ways to one generation stay what they are: as long as who lends it to them, its team and the teams
# that it is shared with do, and until a way begins or ends. Names as they are announced; seconds since 1970, or NULL.
OTHERS: Final = f"""
SELECT string_agg(other.name, ' ') FROM (
       SELECT 'user:' || delegation.delegator_id AS name FROM generations_delegation AS delegation
        WHERE delegation.delegate_id = asked.user_id AND delegation.generation_id = asked.id
          AND delegation.expires_at > {NOW}
        UNION ALL
       {TEAM_OF_PROJECT}
        UNION ALL
       SELECT 'team:' || share.team_id FROM generations_share AS share WHERE share.generation_id = asked.id
       ) AS other
"""
# NULL once both are over.
SOONER: Final = f"least(CASE WHEN {{begins}} > {NOW} THEN {{begins}} END, CASE WHEN {{ends}} > {NOW} THEN {{ends}} END)"
NEXT_TURN: Final = f"""
SELECT extract(epoch FROM min(turn.at))::float8 FROM (
       SELECT {SOONER.format(begins="share.starts_at", ends="share.expires_at")} AS at
         FROM generations_share AS share WHERE share.generation_id = asked.id
        UNION ALL
       SELECT {SOONER.format(begins="delegation.starts_at", ends="delegation.expires_at")}
         FROM generations_delegation AS delegation
        WHERE delegation.delegate_id = asked.user_id AND delegation.generation_id = asked.id
        UNION ALL
       SELECT {SOONER.format(begins="glass.opened_at", ends="glass.expires_at")}
         FROM authorization_breakglassgrant AS glass
        WHERE glass.user_id = asked.user_id AND glass.resource_id = asked.id AND glass.resource_type = 'generation'
       ) AS turn
"""


def _facts(ways: str, *, others: str, next_turn: str) -> str:
    """What the function below tells of all that was asked about, by these ways."""
    return f"""
    SELECT asked.place, generation.owner_id, {STATE}, generation.project_id, fact.*
      FROM unnest(asked_users, asked_ids) WITH ORDINALITY AS asked (user_id, id, place)
      JOIN generations_generation AS generation ON generation.id = asked.id
     CROSS JOIN LATERAL (
           SELECT NULL, NULL::int, NULL::int, NULL::uuid, NULL::timestamptz, ({others}), ({next_turn})
            UNION ALL
           SELECT way.method, way.role, way.mask, way.source_id, way.ends_at, NULL, NULL
             FROM ({_of_active_people(ways, user="= asked.user_id", generation="= asked.id")}) AS way) AS fact
    """


# Functions, because PostgreSQL keeps the plan of their bodies for the life of a connection: planning so many ways takes
# longer than walking them. `generations.apps` installs them after every migration, so they are those of the code.
# This one is asked about pairs of a person and a generation. It walks up from each generation: some people have a
# thousand memberships, which no generic plan foresees. Of each pair it tells the place, first without a method and with
# how long all holds, because what may be long is not to be told again with every way.
# A plan is made once for tables of all sizes, so that the small ones of today are read by their indexes, too.
FACTS_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION generations_facts(asked_users uuid[], asked_ids uuid[])
RETURNS TABLE (
    place bigint, owner_id uuid, state text, project_id uuid,
    method text, role int, mask int, source_id uuid, ends_at timestamptz,
    others text, changes_at float8
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $function$
#variable_conflict use_column
BEGIN
    IF {IS_LENT} THEN
        IF {IS_BORROWED} THEN
            RETURN QUERY {_facts(WAYS_OF_ONE, others=OTHERS, next_turn=NEXT_TURN)};
        ELSE
            RETURN QUERY {_facts(WAYS_BUT_BORROWED, others=OTHERS, next_turn=NEXT_TURN)};
        END IF;
    ELSE
        RETURN QUERY {_facts(WAYS_OF_ITS_OWN, others=TEAM_OF_PROJECT, next_turn="NULL::float8")};
    END IF;
END $function$
"""
# No plan for anybody foresees who is in a thousand teams, but walking indexes suits them all.
REACH_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION generations_reach(asked_user uuid)
RETURNS TABLE (team_id uuid, project_id uuid, role int)
LANGUAGE plpgsql STABLE ROWS 50
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_sort = off AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    {PLACES.format(user="asked_user")};
END $function$
"""
# What may be read by grants, and whether one generation may be read by delegations, unless it is deleted or in
# quarantine: the list, which reads the rows anyway, looks at that.
GRANTED_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION generations_granted(asked_user uuid)
RETURNS TABLE (generation_id uuid)
LANGUAGE plpgsql STABLE ROWS 20 SET plan_cache_mode = force_generic_plan AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT way.generation_id FROM ({GRANTS.format(user="= asked_user", generation=ANY)}) AS {WAY}
      JOIN accounts_user AS person ON person.id = way.user_id AND person.id = asked_user AND person.status = 'active'
     WHERE {way_gives(Permission.READ)};
END $function$
"""
IS_DELEGATED_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION generations_is_delegated(asked_user uuid, asked_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM ({BY_DELEGATION.format(user="= asked_user", generation="= asked_id")}) AS {WAY}
          JOIN accounts_user AS person ON person.id = way.user_id AND person.status = 'active'
         WHERE {way_gives(Permission.READ)});
END $function$
"""
POLICY_FUNCTIONS: Final = (FACTS_FUNCTION, REACH_FUNCTION, GRANTED_FUNCTION, IS_DELEGATED_FUNCTION)
# A database that is not migrated yet has none of them; whoever needs them will hear of it.
WARM_UP: Final = """
DO $$ BEGIN
    PERFORM generations_facts(ARRAY[gen_random_uuid()], ARRAY[gen_random_uuid()]);
    PERFORM generations_facts(ARRAY[gen_random_uuid()], ARRAY(SELECT generation_id FROM generations_share LIMIT 1));
    PERFORM generations_facts(ARRAY[delegate_id], ARRAY[generation_id])
       FROM (SELECT delegate_id, generation_id FROM generations_delegation LIMIT 1) AS borrowed;
    PERFORM generations_reach(gen_random_uuid());
    PERFORM generations_granted(gen_random_uuid());
    PERFORM generations_is_delegated(gen_random_uuid(), gen_random_uuid());
EXCEPTION WHEN syntax_error_or_access_rule_violation THEN NULL;
END $$
"""
FACTS: Final = """
SELECT place, owner_id, state, project_id, others, changes_at,
       extract(epoch FROM statement_timestamp())::float8, pg_current_snapshot()::text,
       method, role, mask, source_id, ends_at
  FROM generations_facts(%s, %s)
"""


def visible_ids(permission: Permission) -> str:
    """Ids of all generations on which the person of all parameters holds the permission."""
    return f"""
    SELECT way.generation_id FROM ({paths(user="= %s")}) AS way
      JOIN generations_generation AS generation ON generation.id = way.generation_id
     WHERE {gives(permission)}
    """


def holder_ids(permission: Permission) -> str:
    """Ids of all people who hold the permission on the generation of all parameters."""
    return f"""
    SELECT way.user_id FROM ({paths(generation="= %s")}) AS way
      JOIN generations_generation AS generation ON generation.id = way.generation_id AND generation.id = %s
     WHERE {gives(permission)}
    """
