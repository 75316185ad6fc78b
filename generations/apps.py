"""Django app for generations."""

from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.models.signals import post_migrate

from generations.rules import POLICY_FUNCTIONS, WARM_UP
from velro.warm_connections import WARM_UPS


class GenerationsConfig(AppConfig):
    """What people make. See `registrations` for what it plugs in where."""

    name = "generations"
    verbose_name = "Generations"

    def ready(self) -> None:
        """Keep the policy in the database that of the code from one migration to the next, and planned ahead."""
        post_migrate.connect(install_policy, sender=self)
        WARM_UPS.append(WARM_UP)


def install_policy(*, using: str, **_: Any) -> None:
    """Replace the functions by which decisions and lists are made."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # What a function returns can only change with the function.
        cursor.execute("DROP FUNCTION IF EXISTS generations_facts(uuid, uuid[]), generations_facts(uuid[], uuid[])")
        for function in POLICY_FUNCTIONS:
            cursor.execute(function)
