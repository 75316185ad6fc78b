"""Django app for caches."""

from django.apps import AppConfig


class CachingConfig(AppConfig):
    """See `registrations` for what keeps the views in the database those of the code."""

    name = "velro.caching"
    label = "caching"
    verbose_name = "Caches"
