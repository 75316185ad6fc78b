"""Which passwords are accepted, and changing one's own."""

from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.errors import InvalidCredentials
from accounts.models import EndReason, User
from accounts.services.sessions import actor_of, end_other_sessions
from authorization.facts import Principal
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.errors import FieldProblem, InvalidInput

LONGEST_PASSWORD_BYTES: Final = 1024


def require_acceptable_password(password: str, *, user: User, pointer: str) -> None:
    """Long enough, not common, not the person's own data; no rules of composition. Raises InvalidInput at `pointer`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        faults = [FieldProblem(pointer, str(fault.code), fault.messages[0]) for fault in error.error_list]
        raise InvalidInput(errors=faults) from error


def change_password(principal: Principal, *, current: str, new: str) -> None:
    """Replace the caller's password and end all their other sessions. Raises InvalidCredentials or InvalidInput."""
    user_id = principal.user_id
    if not _replace_password(user_id, principal=principal, current=current, new=new):
        record_event("password.change_refused", outcome=Outcome.DENIED, actor=actor_of(principal))
        raise InvalidCredentials("The current password is wrong.")


@transaction.atomic
def _replace_password(user_id: UUID, *, principal: Principal, current: str, new: str) -> bool:
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if not user.check_password(current):
        return False
    require_acceptable_password(new, user=user, pointer="/new_password")
    user.set_password(new)
    user.save(update_fields=["password", "updated_at"])
    end_other_sessions(principal, reason=EndReason.PASSWORD_CHANGED)
    record_event(
        "password.changed", outcome=Outcome.SUCCEEDED, actor=actor_of(principal), subject=Subject("user", user_id)
    )
    return True
