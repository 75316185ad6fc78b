"""Permissions, roles, and what each role may do: data, not code."""

from enum import StrEnum
from types import MappingProxyType
from typing import Self


class Permission(StrEnum):
    """What a person can hold on one resource."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    DELETE = "delete"


ALL_PERMISSIONS = frozenset(Permission)


class Role(StrEnum):
    """From lowest to highest; `rank` orders them."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    rank: int
    """1 for the lowest; the number under which a role is stored."""

    def __new__(cls, value: str) -> Self:
        """A rank above those before it."""
        role = str.__new__(cls, value)
        role._value_, role.rank = value, len(cls.__members__) + 1
        return role

    @classmethod
    def of_rank(cls, rank: int) -> "Role":
        """The counterpart of `rank`. Raises KeyError for a number that no role has."""
        return ROLE_OF_RANK[rank]


ROLE_OF_RANK = MappingProxyType({role.rank: role for role in Role})


class EffectiveRole(StrEnum):
    """The highest role reached on a resource, or the kind of exception by which somebody without a role reaches it."""

    VIEWER = Role.VIEWER.value
    MEMBER = Role.MEMBER.value
    ADMIN = Role.ADMIN.value
    OWNER = Role.OWNER.value
    DELEGATE = "delegate"
    GRANTEE = "grantee"


PERMISSIONS_OF_ROLE = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.READ}),
        Role.MEMBER: frozenset({Permission.READ, Permission.WRITE}),
        Role.ADMIN: ALL_PERMISSIONS,
        Role.OWNER: ALL_PERMISSIONS,
    }
)


def least_role_for(permission: Permission) -> Role:
    """The lowest role that holds it; every higher one does too."""
    return next(role for role in Role if permission in PERMISSIONS_OF_ROLE[role])


def may_hand_out(own: Role | None, given: Role) -> bool:
    """Only roles below one's own; owners may also make owners."""
    return own is Role.OWNER or (own is not None and given.rank < own.rank)
