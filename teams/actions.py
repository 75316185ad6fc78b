"""What can be done with teams and projects, and from which role on. The table of roles is here and nowhere else."""

from typing import Final

from authorization.actions import Action
from authorization.facts import ResourceState
from authorization.layers.granting import is_left_by_state
from authorization.roles import Permission, Role

TEAM: Final = "team"
PROJECT: Final = "project"

# Nothing exists yet, or the view authorizes each row itself, in the call that fetches it.
LIST_TEAMS = Action(TEAM, "list")
CREATE_ROOT_TEAM = Action(TEAM, "create_root")
OPEN_TEAM = Action(TEAM, "open")
OPEN_PROJECT = Action(PROJECT, "open")
ACCEPT_INVITATION = Action("invitation", "accept")

READ_TEAM = Action(TEAM, "read", Permission.READ)
LEAVE_TEAM = Action(TEAM, "leave", least_role=Role.VIEWER)
CREATE_GENERATIONS = Action(TEAM, "create_generations", least_role=Role.MEMBER)
CREATE_TEAMS = Action(TEAM, "create_teams", least_role=Role.ADMIN)
CREATE_PROJECTS = Action(TEAM, "create_projects", least_role=Role.ADMIN)
INVITE = Action(TEAM, "invite", least_role=Role.ADMIN)
MANAGE_MEMBERS = Action(TEAM, "manage_members", least_role=Role.ADMIN)
SEE_USAGE = Action(TEAM, "see_usage", least_role=Role.ADMIN)
RENAME_TEAM = Action(TEAM, "rename", least_role=Role.OWNER)
MOVE_TEAM = Action(TEAM, "move", least_role=Role.OWNER)
ARCHIVE_TEAM = Action(TEAM, "archive", least_role=Role.OWNER)
RESTORE_TEAM = Action(TEAM, "restore", least_role=Role.OWNER, is_for_archived=True)
DELETE_TEAM = Action(TEAM, "delete", least_role=Role.OWNER)
TRANSFER_TEAM = Action(TEAM, "transfer", least_role=Role.OWNER)
SET_BUDGETS = Action(TEAM, "set_budgets", least_role=Role.OWNER)

# In the order of the table in the documents.
TEAM_ACTIONS: Final = (
    READ_TEAM,
    CREATE_GENERATIONS,
    CREATE_TEAMS,
    CREATE_PROJECTS,
    INVITE,
    MANAGE_MEMBERS,
    SEE_USAGE,
    RENAME_TEAM,
    MOVE_TEAM,
    ARCHIVE_TEAM,
    RESTORE_TEAM,
    DELETE_TEAM,
    TRANSFER_TEAM,
    SET_BUDGETS,
)

READ_PROJECT = Action(PROJECT, "read", Permission.READ)
SEE_PROJECT_MEMBERS = Action(PROJECT, "see_members", least_role=Role.VIEWER)
CREATE_IN_PROJECT = Action(PROJECT, "create_generations", least_role=Role.MEMBER)
MANAGE_PROJECT = Action(PROJECT, "manage", least_role=Role.ADMIN)


def allows(role: Role | None, action: Action) -> bool:
    """Whether a role in a team is high enough."""
    return role is not None and role.rank >= (action.least_role or Role.VIEWER).rank


def actions_of(role: Role | None, *, state: ResourceState = ResourceState.AVAILABLE) -> tuple[Action, ...]:
    """What a role in a team allows, in the order of the table."""
    return tuple(action for action in TEAM_ACTIONS if allows(role, action) and is_left_by_state(action, state))


def state_of(*, is_closed: bool) -> ResourceState:
    """What is closed is left to its owners, to see and to restore: for the engine it is archived."""
    return ResourceState.ARCHIVED if is_closed else ResourceState.AVAILABLE
