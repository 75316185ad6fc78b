"""Django app for the outbox."""

from django.apps import AppConfig


class BackgroundConfig(AppConfig):
    """Holds the outbox table."""

    name = "velro.background"
    label = "background"
    verbose_name = "Background work"
