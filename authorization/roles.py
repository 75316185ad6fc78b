"""Roles and what each may do: data, not code."""

from enum import StrEnum
from types import MappingProxyType

from authorization.actions import ALL_PERMISSIONS, Permission


class Role(StrEnum):
    """From lowest to highest; `rank` orders them."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return tuple(Role).index(self)


PERMISSIONS_OF_ROLE = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.READ}),
        Role.MEMBER: frozenset({Permission.READ, Permission.WRITE}),
        Role.ADMIN: ALL_PERMISSIONS,
        Role.OWNER: ALL_PERMISSIONS,
    }
)
