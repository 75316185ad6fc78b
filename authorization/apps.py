"""Django app for authorization."""

from django.apps import AppConfig
from django.urls import register_converter

from authorization.converters import UUID4Converter


class AuthorizationConfig(AppConfig):
    """Brings the `uuid4` path converter."""

    name = "authorization"
    verbose_name = "Authorization"

    def ready(self) -> None:
        """Register before any URL configuration is read."""
        register_converter(UUID4Converter, "uuid4")
