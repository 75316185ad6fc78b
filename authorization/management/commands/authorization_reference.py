"""`manage.py authorization_reference`: keep the truth table in the page about authorization equal to the code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from authorization.truth_table import AUTHORIZATION_PAGE, page_with_table


class Command(BaseCommand):
    """Writes the tables into docs/authorization.md; with --check only says whether they are current."""

    help = "Write what layers 4 to 6 answer into docs/authorization.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One flag."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is out of date")

    def handle(self, *_: Any, **options: Any) -> None:
        """Raises CommandError for a page that is out of date."""
        page = AUTHORIZATION_PAGE.read_text()
        current = page_with_table(page)
        if not options["check"]:
            AUTHORIZATION_PAGE.write_text(current)
        elif page != current:
            raise CommandError(f"{AUTHORIZATION_PAGE} is out of date. Run: make schema")
