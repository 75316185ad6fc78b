"""Puts our admin in the place of Django's. Apart from the site, which needs models that do not exist yet here."""

from django.contrib.admin.apps import AdminConfig


class OperationsConfig(AdminConfig):
    """Takes the place of django.contrib.admin among the installed apps."""

    default_site = "velro.operations_site.OperationsSite"
