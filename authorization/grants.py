"""Rule 6: permissions that an operator gives to one person or group on one resource.

The rows lie in django-guardian's direct foreign-key tables, so that its tools read and write them too; what they are
worth is decided by the engine alone. Guardian's own checks are not used: for them a superuser holds everything.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StoredPermission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from authorization.break_glass import require_operator
from authorization.errors import PermissionDenied
from authorization.refusals import recording_refused_change
from authorization.roles import Permission
from velro.audit.models import Outcome, Severity
from velro.audit.services import Actor, Subject, record_event

Holder = AbstractBaseUser | Group
Kind = Literal["user", "group"]


@dataclass(frozen=True, slots=True)
class ObjectGrant:
    """All that one person or group was granted on one resource."""

    kind: Kind
    holder_id: UUID | int
    holder_name: str
    permissions: frozenset[Permission]


def grant_permission(permission: Permission, *, to: Holder, on: Model, actor: Actor) -> bool:
    """Grant one permission. False if it was granted before.

    Raises PermissionDenied for who is not an active superuser, and for who would grant it to themself: an operator who
    has to look at something breaks the glass, which ends by itself and is noticed.
    """
    with _recording_refusals(permission, to=to, on=on, actor=actor):
        return _grant(permission, to=to, on=on, actor=actor)


def _grant(permission: Permission, *, to: Holder, on: Model, actor: Actor) -> bool:
    operator = require_operator(actor)
    if to == operator or (isinstance(to, Group) and operator.groups.filter(pk=to.pk).exists()):
        raise PermissionDenied("Operators grant nothing to themselves.")
    _, is_new = _rows_of(to, on).get_or_create(
        permission=_stored(permission, on), content_object=on, **{_kind_of(to): to}
    )
    if is_new:
        _record("object_grant.given", permission, to=to, on=on, actor=actor)
    return bool(is_new)


def revoke_permission(permission: Permission, *, holder: Holder, on: Model, actor: Actor) -> bool:
    """Take one permission back at once. False if it was not granted. Raises PermissionDenied."""
    with _recording_refusals(permission, to=holder, on=on, actor=actor):
        require_operator(actor)
        granted = _rows_of(holder, on).filter(
            permission=_stored(permission, on), content_object=on, **{_kind_of(holder): holder}
        )
        count, _ = granted.delete()
        if count:
            _record("object_grant.revoked", permission, to=holder, on=on, actor=actor)
    return bool(count)


def grants_on(resource: Model) -> Sequence[ObjectGrant]:
    """Who was granted what on it, people before groups, by name. Two statements."""
    return [*_collected("user", resource), *_collected("group", resource)]


def _collected(kind: Kind, resource: Model) -> list[ObjectGrant]:
    found: defaultdict[tuple[str, Any], set[Permission]] = defaultdict(set)
    for row in _rows(kind, resource).filter(content_object=resource).select_related(kind, "permission"):
        holder = getattr(row, kind)
        found[str(holder), holder.pk].add(_permission_of(row.permission.codename, resource))
    return [ObjectGrant(kind, pk, name, frozenset(held)) for (name, pk), held in sorted(found.items(), key=_by_name)]


def _by_name(found: tuple[tuple[str, Any], set[Permission]]) -> tuple[str, str]:
    (name, pk), _ = found
    return name, str(pk)


def codename_of(permission: Permission, model: type[Model] | Model) -> str:
    """Under which guardian and Django know a permission on rows of this model."""
    return f"{permission}_{model._meta.model_name}"  # noqa: SLF001 - Django documents it


def _permission_of(codename: str, resource: Model) -> Permission:
    return Permission(codename.removesuffix(f"_{resource._meta.model_name}"))  # noqa: SLF001 - Django documents it


def _stored(permission: Permission, resource: Model) -> StoredPermission:
    kind = ContentType.objects.get_for_model(resource)
    return StoredPermission.objects.get(content_type=kind, codename=codename_of(permission, resource))


def _rows_of(holder: Holder, resource: Model) -> Any:
    return _rows(_kind_of(holder), resource)


def _rows(kind: Kind, resource: Model) -> Any:
    table: Any = get_user_obj_perms_model(resource) if kind == "user" else get_group_obj_perms_model(resource)
    return table.objects


def _kind_of(holder: Holder) -> Kind:
    return "group" if isinstance(holder, Group) else "user"


def _record(name: str, permission: Permission, *, to: Holder, on: Model, actor: Actor) -> None:
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        severity=Severity.WARNING,
        actor=actor,
        subject=_subject(on),
        details={"permission": str(permission), _kind_of(to): str(to.pk)},
    )


def _recording_refusals(permission: Permission, *, to: Holder, on: Model, actor: Actor) -> AbstractContextManager[None]:
    details = {"permission": str(permission), _kind_of(to): str(to.pk)}
    return recording_refused_change("object_grant.refused", actor=actor, subject=_subject(on), **details)


def _subject(resource: Model) -> Subject:
    return Subject(str(resource._meta.model_name), resource.pk)  # noqa: SLF001 - Django documents it
