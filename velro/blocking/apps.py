"""Django app for blocked networks."""

from django.apps import AppConfig


class BlockingConfig(AppConfig):
    """Holds the table of blocked networks."""

    name = "velro.blocking"
    label = "blocking"
    verbose_name = "Blocked networks"
