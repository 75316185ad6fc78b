"""What people change about themselves."""

from collections.abc import Callable

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import actor_of
from authorization.facts import Principal
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event


@transaction.atomic
def update_profile(principal: Principal, *, check: Callable[[User], None], display_name: str | None = None) -> User:
    """Change what is given and leave the rest. `check` sees the locked row first and may raise."""
    user = User.objects.select_for_update(no_key=True).get(id=principal.user_id)
    check(user)
    if display_name is None or display_name == user.display_name:
        return user
    user.display_name = display_name
    user.save(update_fields=["display_name", "updated_at"])
    record_event(
        "account.profile_changed",
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject("user", user.id),
    )
    return user
