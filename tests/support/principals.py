"""Who somebody is once they were let in."""

from uuid import uuid4

from accounts.models import User
from authorization.facts import Principal


def principal_for(user: User) -> Principal:
    """In a session of theirs."""
    return Principal(user.id, uuid4(), is_operator=user.is_staff and user.is_superuser)
