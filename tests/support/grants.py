"""Object grants as guardian itself stores them, past every service of ours."""

from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from accounts.models import User
from authorization.roles import Permission
from generations.models import Generation


def grant(generation: Generation, *permissions: Permission, to: User | Group) -> None:
    """One row for each permission."""
    for permission in permissions:
        assign_perm(f"generations.{permission}_generation", to, generation)
