"""Demo accounts for a local copy."""

from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User

PASSWORD: Final = "velro-demo-password"  # noqa: S105 - published in the README; never created where people work
PEOPLE: Final = ("owner", "admin", "member", "viewer", "outsider")
OPERATOR: Final = "staff"


class Command(BaseCommand):
    """`manage.py seed_demo`, safe to run again."""

    help = "Create the demo accounts that are missing. Refused in staging and production."

    def handle(self, *_: Any, **__: Any) -> None:
        """Existing accounts are left as they are, whatever was done to them."""
        if settings.ENVIRONMENT.is_deployed:
            raise CommandError("The demo accounts have a published password: they are for development only.")
        wanted = {f"{name}@velro.test": name for name in (*PEOPLE, OPERATOR)}
        existing = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
        for email in wanted.keys() - existing:
            _create(email, wanted[email])
        self.stdout.write(f"Demo accounts: {len(wanted) - len(existing)} created, {len(existing)} present already.")


def _create(email: str, name: str) -> None:
    create = User.objects.create_superuser if name == OPERATOR else User.objects.create_user
    create(email, PASSWORD, display_name=f"Demo {name}", email_verified_at=timezone.now())
