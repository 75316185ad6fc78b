"""Django app for teams."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Holds no table yet; it keeps the place between accounts and generations in the line of apps."""

    name = "teams"
    verbose_name = "Teams"
