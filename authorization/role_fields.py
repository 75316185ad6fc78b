"""How roles and sets of permissions are stored: as numbers, so that SQL can take the highest and intersect."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from authorization.roles import ALL_PERMISSIONS, Permission, Role

BIT_OF_PERMISSION = {permission: 1 << place for place, permission in enumerate(Permission)}


def bits_of(permissions: Iterable[Permission]) -> int:
    """A set of permissions as one number."""
    return sum(BIT_OF_PERMISSION[permission] for permission in frozenset(permissions))


def permissions_of(bits: int) -> frozenset[Permission]:
    """The counterpart of `bits_of`."""
    return frozenset(permission for permission in ALL_PERMISSIONS if bits & BIT_OF_PERMISSION[permission])


class RoleField(models.PositiveSmallIntegerField):  # type: ignore[type-arg]  # no generic at run time
    """A `Role`, stored as its rank, so that `role__gte` means what it says."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("choices", [(role, role.capitalize()) for role in Role])
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        """Choices follow the code and are no part of the schema."""
        name, path, args, options = super().deconstruct()
        options.pop("choices", None)
        return name, path, args, options

    def from_db_value(self, value: int | None, *_: object) -> Role | None:
        """The role of a stored rank."""
        return None if value is None else Role.of_rank(value)

    def to_python(self, value: Any) -> Role | None:
        """From a form or a fixture. Raises ValueError for what names no role."""
        return value if value is None or isinstance(value, Role) else Role(value)

    def get_prep_value(self, value: Any) -> int | None:
        """The rank of a role."""
        return None if value is None else Role(value).rank


class PermissionsField(models.PositiveSmallIntegerField):  # type: ignore[type-arg]  # no generic at run time
    """A set of `Permission`, stored as bits."""

    _pyi_private_set_type: Iterable[Permission] | int  # type: ignore[assignment]  # read by the Django plugin of mypy
    _pyi_private_get_type: frozenset[Permission]  # type: ignore[assignment]  # the same

    def from_db_value(self, value: int | None, *_: object) -> frozenset[Permission] | None:
        """The set of stored bits."""
        return None if value is None else permissions_of(value)

    def to_python(self, value: Any) -> frozenset[Permission] | None:
        """Any collection of permissions. Raises ValueError for what names none."""
        return None if value is None else frozenset(Permission(item) for item in value)

    def get_prep_value(self, value: Any) -> int | None:
        """The bits of a set; a number is taken for bits."""
        return value if value is None or isinstance(value, int) else bits_of(Permission(item) for item in value)
