"""What holds in the tree of teams whoever writes to it: one tree, ten levels, an owner for each root, no stolen roles.

Every refusal is a violated check with the name of the rule as its constraint, so that services can tell them apart.
"""

from collections.abc import Sequence
from typing import Any, Final

import pgtrigger

from authorization.roles import Role

MOST_LEVELS: Final = 10
OWNER: Final = Role.OWNER.rank
# Adding a team holds this lock with others; moving one holds it alone, since it rewrites the ancestors of many.
TREE_LOCK: Final = 0x5452_4545

ACYCLIC: Final = "team_tree_is_acyclic"
DEPTH: Final = "team_tree_has_ten_levels"
LAST_OWNER: Final = "root_team_has_an_owner"
PARENT_FIRST: Final = "parent_team_is_stored_before_its_children"
ESCALATION: Final = "nobody_reaches_above_their_role"


def _refuse(constraint: str, message: str) -> str:
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';"


REFUSE_CYCLE = _refuse(ACYCLIC, "a team cannot stand below itself")
REFUSE_DEPTH = _refuse(DEPTH, f"the tree of teams has at most {MOST_LEVELS} levels")
REFUSE_ORPHAN = _refuse(PARENT_FIRST, "a team is stored after its parent, from whom it takes its ancestors")
REFUSE_LAST_OWNER = _refuse(LAST_OWNER, "a root team needs an active owner")
REFUSE_ESCALATION = _refuse(ESCALATION, "this role is not below the role of who gives or takes it")

KEEP_ANCESTORS_OF_NEW_TEAM = pgtrigger.Trigger(
    name="keep_ancestors_of_new_team",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    declare=[("levels", "int")],
    func=f"""
        PERFORM pg_advisory_xact_lock_shared({TREE_LOCK});
        INSERT INTO teams_teamancestor (descendant_id, ancestor_id, distance)
        SELECT NEW.id, NEW.id, 0
         UNION ALL
        SELECT NEW.id, above.ancestor_id, above.distance + 1
          FROM teams_teamancestor AS above WHERE above.descendant_id = NEW.parent_id;
        SELECT count(*) INTO levels FROM teams_teamancestor WHERE descendant_id = NEW.id;
        IF levels > {MOST_LEVELS} THEN
            {REFUSE_DEPTH}
        END IF;
        IF levels = 1 AND NEW.parent_id IS NOT NULL THEN
            {REFUSE_ORPHAN}
        END IF;
        UPDATE teams_team SET is_closed = true
         WHERE id = NEW.id AND NOT is_closed
           AND (NEW.archived_at IS NOT NULL OR EXISTS (
                SELECT FROM teams_team AS parent WHERE parent.id = NEW.parent_id AND parent.is_closed));
        RETURN NEW;
    """,
)

KEEP_ANCESTORS_AFTER_MOVE = pgtrigger.Trigger(
    name="keep_ancestors_after_move",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("parent_id"),
    condition=pgtrigger.Q(old__parent__df=pgtrigger.F("new__parent")),
    func=f"""
        PERFORM pg_advisory_xact_lock({TREE_LOCK});
        IF EXISTS (SELECT FROM teams_teamancestor WHERE ancestor_id = NEW.id AND descendant_id = NEW.parent_id) THEN
            {REFUSE_CYCLE}
        END IF;
        DELETE FROM teams_teamancestor AS link
         USING teams_teamancestor AS below
         WHERE below.ancestor_id = NEW.id AND link.descendant_id = below.descendant_id
           AND link.distance > below.distance;
        INSERT INTO teams_teamancestor (descendant_id, ancestor_id, distance)
        SELECT below.descendant_id, above.ancestor_id, below.distance + above.distance + 1
          FROM teams_teamancestor AS below, teams_teamancestor AS above
         WHERE below.ancestor_id = NEW.id AND above.descendant_id = NEW.parent_id;
        IF EXISTS (
            SELECT FROM teams_teamancestor AS below JOIN teams_teamancestor AS link USING (descendant_id)
             WHERE below.ancestor_id = NEW.id AND link.distance >= {MOST_LEVELS}
        ) THEN
            {REFUSE_DEPTH}
        END IF;
        RETURN NEW;
    """,
)

FORGET_ANCESTORS = pgtrigger.Trigger(
    name="forget_ancestors",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func=f"""
        PERFORM pg_advisory_xact_lock_shared({TREE_LOCK});
        DELETE FROM teams_teamancestor WHERE descendant_id = OLD.id;
        RETURN OLD;
    """,
)

# Triggers of one event run in the order of their names: this one comes after the ancestors are kept.
KEEP_CLOSED = pgtrigger.Trigger(
    name="keep_closed_with_archived_ancestors",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("parent_id", "archived_at"),
    condition=pgtrigger.Q(old__parent__df=pgtrigger.F("new__parent"))
    | pgtrigger.Q(old__archived_at__df=pgtrigger.F("new__archived_at")),
    func=f"""
        PERFORM pg_advisory_xact_lock({TREE_LOCK});
        UPDATE teams_team AS team SET is_closed = NOT team.is_closed
          FROM teams_teamancestor AS below
         WHERE below.ancestor_id = NEW.id AND team.id = below.descendant_id
           AND team.is_closed <> EXISTS (
               SELECT FROM teams_teamancestor AS link JOIN teams_team AS above ON above.id = link.ancestor_id
                WHERE link.descendant_id = team.id AND above.archived_at IS NOT NULL);
        RETURN NEW;
    """,
)

# A row that was read before an archiving and is saved after it must not open what was closed.
LEAVE_CLOSED_ALONE = pgtrigger.Trigger(
    name="leave_closed_alone",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("is_closed"),
    condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
    func="NEW.is_closed := OLD.is_closed; RETURN NEW;",
)

HAS_ACTIVE_OWNER = """
    SELECT FROM teams_membership AS membership JOIN accounts_user AS person ON person.id = membership.user_id
     WHERE membership.team_id = {team} AND membership.role = {owner} AND person.status = 'active'
"""


def _require_owner(name: str, *, team: str, operation: pgtrigger.Operation, **options: Any) -> pgtrigger.Trigger:
    """Looked at when the transaction ends, so that owners may change places within it."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        timing=pgtrigger.Deferred,
        operation=operation,
        func=f"""
        -- The lock orders those who leave at the same time, so that the second sees that the first has gone.
        PERFORM FROM teams_team WHERE id = {team} AND parent_id IS NULL FOR NO KEY UPDATE;
        IF FOUND AND NOT EXISTS ({HAS_ACTIVE_OWNER.format(team=team, owner=OWNER)}) THEN
            {REFUSE_LAST_OWNER}
        END IF;
        RETURN NULL;
        """,
        **options,
    )


REQUIRE_OWNER_OF_ROOT = _require_owner(
    "require_owner_of_root", team="NEW.id", operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id")
)
KEEP_AN_OWNER = _require_owner(
    "keep_an_owner",
    team="OLD.team_id",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__role=Role.OWNER),
)

# Services name who acts in a setting of their transaction. Without it the system itself acts.
ACTOR_SETTING: Final = "velro.actor"
ROLE_IN_TEAM = """
    SELECT membership.role FROM teams_membership AS membership
      JOIN teams_teamancestor AS link ON link.ancestor_id = membership.team_id
     WHERE membership.user_id = actor AND link.descendant_id = {team} FOR SHARE OF membership
"""
ROLE_IN_PROJECT = """
    SELECT membership.role FROM teams_projectmembership AS membership
     WHERE membership.user_id = actor AND membership.project_id = {project} FOR SHARE OF membership
"""


def _refuse_reaching_above(name: str, *, roles_of_actor: Sequence[str]) -> pgtrigger.Trigger:
    """Nobody gives, changes or takes a role that is not below their own, unless they are an owner; everybody may leave.

    The roles of who acts stay locked until the transaction ends, so that taking them away waits or wins.
    """
    roles = " UNION ALL ".join(f"(SELECT role FROM ({query}) AS held)" for query in roles_of_actor)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("actor", "uuid"), ("own_role", "smallint"), ("touched", "smallint")],
        func=f"""
        actor := nullif(current_setting('{ACTOR_SETTING}', true), '')::uuid;
        IF actor IS NULL OR TG_OP = 'DELETE' AND OLD.user_id = actor THEN
            RETURN coalesce(NEW, OLD);
        END IF;
        touched := greatest(OLD.role, NEW.role);
        SELECT coalesce(max(role), 0) INTO own_role FROM ({roles}) AS roles;
        IF own_role < {OWNER} AND own_role <= touched THEN
            {REFUSE_ESCALATION}
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
    )


REFUSE_REACHING_ABOVE_IN_TEAM = _refuse_reaching_above(
    "refuse_reaching_above_in_team", roles_of_actor=[ROLE_IN_TEAM.format(team="coalesce(NEW.team_id, OLD.team_id)")]
)
REFUSE_REACHING_ABOVE_IN_PROJECT = _refuse_reaching_above(
    "refuse_reaching_above_in_project",
    roles_of_actor=[
        ROLE_IN_TEAM.format(
            team="(SELECT team_id FROM teams_project WHERE id = coalesce(NEW.project_id, OLD.project_id))"
        ),
        ROLE_IN_PROJECT.format(project="coalesce(NEW.project_id, OLD.project_id)"),
    ],
)
