"""`user.has_perm("generations.read_generation", generation)`, as Django and guardian ask it, answered by the engine."""

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from authorization import engine
from authorization.actions import Action
from authorization.facts import Principal
from authorization.registry import registry
from authorization.roles import Permission

# Whoever asks in code speaks through no session.
NO_SESSION: Final = UUID(int=0)


class EngineBackend(ModelBackend):
    """Django's own for signing in to the admin and for its pages; on one row the engine, where no superuser passes."""

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """On a row, what the engine decides, with a record like any other decision. False for what it does not know."""
        if obj is None:
            return super().has_perm(user_obj, perm)
        action = _action_of(perm, obj)
        if action is None or not user_obj.is_authenticated:
            return False
        return engine.decide(Principal(user_obj.pk, NO_SESSION), action, obj.pk).is_allowed


def _action_of(perm: str, obj: Model) -> Action | None:
    """From the codename of a permission, with or without the label of its app."""
    options = obj._meta  # noqa: SLF001 - Django documents it
    label, _, codename = perm.rpartition(".")
    verb = codename.removesuffix(f"_{options.model_name}")
    is_known = label in ("", options.app_label) and verb != codename and options.model_name in registry.resource_types
    if not is_known or verb not in set(Permission):
        return None
    return Action(str(options.model_name), verb, Permission(verb))
