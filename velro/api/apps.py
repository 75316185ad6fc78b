"""Django app for the tables of the HTTP layer."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Holds the idempotency records."""

    name = "velro.api"
    label = "api"
    verbose_name = "HTTP"
