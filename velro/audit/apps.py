"""Django app for the audit trail."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Holds the audit table."""

    name = "velro.audit"
    label = "audit"
    verbose_name = "Audit"
