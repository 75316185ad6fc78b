"""What is stored about who may do what, before and after, so that a test can say that nothing has changed."""

from typing import Any, Final

from django.contrib.auth.models import Group
from django.db.models import Model

from accounts.models import ApiKey, User
from authorization.models import BreakGlassGrant
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from teams.models import Invitation, Membership, Project, ProjectMembership, Team
from tests.support.trail import trail

TABLES: Final[tuple[type[Model], ...]] = (
    User,
    User.groups.through,
    User.user_permissions.through,
    Group,
    Group.permissions.through,
    ApiKey,
    BreakGlassGrant,
    Delegation,
    Generation,
    GenerationGroupGrant,
    GenerationUserGrant,
    Share,
    Invitation,
    Membership,
    Project,
    ProjectMembership,
    Team,
)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row, by table."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES}


def refusals(name: str, *, action: str = "") -> list[tuple[str, Any]]:
    """Reason and actor of each event of this name that was denied, in their order; of decisions, about this action."""
    denied = trail().filter(name=name, outcome="denied", action=action).order_by("at", "id")
    return [(event.reason, event.actor_id) for event in denied]
