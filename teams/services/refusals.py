"""What the database refuses, in words: the net below the services has the same errors as they have."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import psycopg
from django.db import IntegrityError

from authorization.errors import PermissionDenied
from teams.errors import AlreadyMember, LastOwner, TeamCycle, TeamTooDeep
from teams.models.triggers import ACYCLIC, DEPTH, ESCALATION, LAST_OWNER
from velro.errors import Conflict, VelroError

ERROR_OF_CONSTRAINT: Final[Mapping[str | None, type[VelroError]]] = MappingProxyType(
    {
        ACYCLIC: TeamCycle,
        "team_is_not_its_own_parent": TeamCycle,
        DEPTH: TeamTooDeep,
        LAST_OWNER: LastOwner,
        ESCALATION: PermissionDenied,
        "membership_one_per_person": AlreadyMember,
    }
)


def refusal_of(error: IntegrityError) -> VelroError | None:
    """The error for a violated rule of teams; None for any other, which is a fault of ours."""
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.ForeignKeyViolation):
        return Conflict("What it refers to, or what refers to it, changed in the same moment. Try again.")
    constraint = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    refusal = ERROR_OF_CONSTRAINT.get(constraint)
    return refusal() if refusal else None
