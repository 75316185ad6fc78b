"""Who is shown how Velro itself is doing."""

from django.contrib.auth import get_user_model

from authorization.facts import Principal


def is_operator(caller: object) -> bool:
    """Whether a caller of the API is a superuser, by a session of theirs: no API key reaches as far.

    One statement for who is signed in, none for anybody else.
    """
    if not isinstance(caller, Principal) or caller.scopes is not None:
        return False
    people = get_user_model()._default_manager  # noqa: SLF001 - Django documents it
    return people.filter(id=caller.user_id, is_superuser=True).exists()
