"""Rule 1 as SQL: the role of a person in a team is the highest of their memberships in it or in any team above.

Other statements build on these queries, so that there is one place that says what a role in a team is.
"""

from typing import Final

# One row per membership that reaches a team: user_id, team_id, role (its rank), source_id (the team it is held in).
# A closed team is reached by nobody.
ROLES_IN_TEAMS: Final = """
SELECT membership.user_id, link.descendant_id AS team_id, membership.role, membership.team_id AS source_id
  FROM teams_membership AS membership
  JOIN teams_teamancestor AS link ON link.ancestor_id = membership.team_id
  JOIN teams_team AS team ON team.id = link.descendant_id
 WHERE NOT team.is_closed
"""
# Whether one person `{user}` has the role `{role}` or a higher one in one open team `{team}`, to be asked about many
# teams: the places where they have it are read once, where a join may be planned to read them for each.
HOLDS_IN_TEAM: Final = """
SELECT bool_or(link.ancestor_id IN (
       SELECT membership.team_id FROM teams_membership AS membership
        WHERE membership.user_id {user} AND membership.role >= {role}))
  FROM teams_teamancestor AS link WHERE link.descendant_id = {team}
"""

# Rule 2, one row per way: user_id, project_id, role, source_id. A role in the team reaches into a restricted project
# from admin (3) up; an explicit role counts while there is some role in the team. LIMIT has that looked up for each,
# where an EXISTS may be planned to meet all explicit roles with all teams.
OPENS_PROJECT: Final = "(project.visibility = 'team' OR held.role >= 3)"
ROLES_BY_TEAM: Final = f"""
SELECT held.user_id, project.id AS project_id, held.role, held.source_id
  FROM teams_project AS project
  JOIN ({ROLES_IN_TEAMS}) AS held ON held.team_id = project.team_id
 WHERE {OPENS_PROJECT}
"""
ROLES_BY_PROJECT: Final = f"""
SELECT explicit.user_id, explicit.project_id, explicit.role, explicit.project_id AS source_id
  FROM teams_projectmembership AS explicit
  JOIN teams_project AS project ON project.id = explicit.project_id
 CROSS JOIN LATERAL (
       SELECT FROM ({ROLES_IN_TEAMS}) AS held
        WHERE held.user_id = explicit.user_id AND held.team_id = project.team_id LIMIT 1) AS some_role
"""

# The way to the team itself: as above, but a closed team is still reached by its owners, who may restore it.
WAYS_TO_TEAMS: Final = """
SELECT membership.user_id, link.descendant_id AS team_id, membership.role, membership.team_id AS source_id
  FROM teams_membership AS membership
  JOIN teams_teamancestor AS link ON link.ancestor_id = membership.team_id
  JOIN teams_team AS team ON team.id = link.descendant_id
  JOIN accounts_user AS person ON person.id = membership.user_id AND person.status = 'active'
 WHERE NOT team.is_closed OR membership.role = 4
"""
# The same ways of one person to one team, kept as they are until the transaction ends.
LOCKED_ROLES: Final = f"""
SELECT way.role FROM ({WAYS_TO_TEAMS}) AS way WHERE way.user_id = %s AND way.team_id = %s FOR SHARE OF way
"""
# Ways to a project: the roles of rule 2 and, without a role (NULL), the sight of it that any role in its team gives.
WAYS_TO_PROJECTS: Final = f"""
SELECT way.* FROM (
       SELECT held.user_id, held.project_id, 'team_membership' AS method, held.role, held.source_id
         FROM ({ROLES_BY_TEAM}) AS held
        UNION ALL
       SELECT held.user_id, held.project_id, 'project_membership', held.role, held.source_id
         FROM ({ROLES_BY_PROJECT}) AS held
        UNION ALL
       SELECT held.user_id, project.id, 'team_membership', NULL, held.source_id
         FROM teams_project AS project JOIN ({ROLES_IN_TEAMS}) AS held ON held.team_id = project.team_id
        WHERE project.visibility = 'restricted' AND held.role < 3
       ) AS way
  JOIN accounts_user AS person ON person.id = way.user_id AND person.status = 'active'
"""
# Rule 2 for one person in the project of the row that is selected from; NULL for who may only see that it is there.
ROLE_IN_PROJECT: Final = f"""
SELECT max(way.role) FROM ({WAYS_TO_PROJECTS}) AS way
 WHERE way.user_id = %s AND way.project_id = teams_project.id
"""
# All places of the active person `{user}` with their highest role in each: teams as team_id, projects as project_id.
# A project that they may only see has NULL. Some people have a thousand memberships, and six times as many ways: roles
# are added up by team before they meet anything else.
PLACES: Final = f"""
WITH held AS MATERIALIZED (
     SELECT highest.team_id, highest.role FROM (
            SELECT link.descendant_id AS team_id, max(membership.role) AS role
              FROM teams_membership AS membership
              JOIN teams_teamancestor AS link ON link.ancestor_id = membership.team_id
              JOIN accounts_user AS person ON person.id = membership.user_id AND person.status = 'active'
             WHERE membership.user_id = {{user}} GROUP BY link.descendant_id) AS highest
       JOIN teams_team AS team ON team.id = highest.team_id
      WHERE NOT team.is_closed)
SELECT held.team_id, NULL::uuid AS project_id, held.role::int FROM held
 UNION ALL
SELECT NULL, project.id, greatest(CASE WHEN {OPENS_PROJECT} THEN held.role END, CASE WHEN project.id IN (
       SELECT explicit.project_id FROM teams_projectmembership AS explicit WHERE explicit.user_id = {{user}}) THEN (
       SELECT explicit.role FROM teams_projectmembership AS explicit
        WHERE explicit.project_id = project.id AND explicit.user_id = {{user}}) END)::int
  FROM held
  JOIN teams_project AS project ON project.team_id = held.team_id
"""
