"""Rotation of the signing keys by hand; beat does the same every hour."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import UnknownSigningKey
from accounts.services.signing_keys import RingChange, retire_signing_key, rotate_signing_keys


class Command(BaseCommand):
    """`manage.py rotate_signing_keys [--now | --retire=KID]`."""

    help = "Rotate the keys that sign tokens, if the active one is old enough. Tokens of the old key stay valid."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two exclusive choices."""
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--now", action="store_true", help="Rotate whatever the age of the active key.")
        choices.add_argument(
            "--retire",
            metavar="KID",
            help="Make every token signed by this key invalid at once, for a key that others may know. "
            "Write it with =, because a key id may begin with a dash.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Print one line for each key that changed."""
        try:
            change = (
                retire_signing_key(options["retire"])
                if options["retire"]
                else rotate_signing_keys(is_forced=options["now"])
            )
        except UnknownSigningKey as error:
            raise CommandError(f"No signing key has the id {options['retire']!r}.") from error
        self.stdout.write("\n".join(_lines(change, is_revoked=bool(options["retire"]))))


def _lines(change: RingChange, *, is_revoked: bool) -> list[str]:
    retired = "its tokens are invalid from now on" if is_revoked else "its tokens stay valid until they expire"
    lines = {
        f"retired    {change.retired}: {retired}": change.retired,
        f"activated  {change.activated}: signs from now on": change.activated,
        f"published  {change.published}: signs after the next rotation": change.published,
    }
    return [line for line, kid in lines.items() if kid] or ["Nothing is due: the active key is young enough."]
