"""Django app for teams."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """See `registrations` for what it plugs into the engine."""

    name = "teams"
    verbose_name = "Teams"
