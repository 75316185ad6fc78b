"""Django app for authorization."""

from django.apps import AppConfig
from django.urls import register_converter
from django.utils.module_loading import autodiscover_modules

from authorization.converters import UUID4Converter


class AuthorizationConfig(AppConfig):
    """Brings the `uuid4` path converter, and lets every app plug itself in through its module `registrations`."""

    name = "authorization"
    verbose_name = "Authorization"

    def ready(self) -> None:
        """Runs once all models are loaded and before any URL configuration is read."""
        register_converter(UUID4Converter, "uuid4")
        autodiscover_modules("registrations")
