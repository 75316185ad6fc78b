"""Django app for accounts."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from accounts.topics import WELCOME
from authorization.registry import registry
from velro.background.topics import Topic, register_topic


class AccountsConfig(AppConfig):
    """Brings the identity source of layer 3 and the letters of registration."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register by name: these modules need the models, which load after this one."""
        registry.set_identity_source(import_string("accounts.policies.SessionIdentity")())
        register_topic(
            Topic(
                WELCOME,
                handle=import_string("accounts.services.registration.welcome"),
                give_up=import_string("accounts.services.registration.give_up_welcome"),
            )
        )
