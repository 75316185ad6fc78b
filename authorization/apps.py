"""Django app for authorization."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.urls import register_converter
from django.utils.module_loading import autodiscover_modules

from authorization.converters import UUID4Converter
from authorization.freshness.announcements import install_announcements


class AuthorizationConfig(AppConfig):
    """Brings the `uuid4` path converter, and lets every app plug itself in through its module `registrations`."""

    name = "authorization"
    verbose_name = "Authorization"

    def ready(self) -> None:
        """Runs once all models are loaded and before any URL configuration is read."""
        register_converter(UUID4Converter, "uuid4")
        autodiscover_modules("registrations")
        post_migrate.connect(install, sender=self)


def install(*, using: str, **_: Any) -> None:
    """Keep the triggers that announce changes those of the code."""
    install_announcements(using=using)
