"""Django app for generations."""

from django.apps import AppConfig


class GenerationsConfig(AppConfig):
    """What people make. See `registrations` for what it plugs in where."""

    name = "generations"
    verbose_name = "Generations"
