"""`manage.py error_reference`: keep the page about error codes equal to the code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import get_resolver

from velro.api.error_reference import ERRORS_PAGE, errors_page


class Command(BaseCommand):
    """Writes docs/errors.md; with --check only says whether it is current."""

    help = "Write docs/errors.md from the subclasses of VelroError."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One flag."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is out of date")

    def handle(self, *_: Any, **options: Any) -> None:
        """Raises CommandError for a page that is out of date."""
        # Every error that a client can meet is raised by something that the URL map imports.
        get_resolver().url_patterns  # noqa: B018 - reading it imports the map
        text = errors_page()
        if not options["check"]:
            ERRORS_PAGE.write_text(text)
        elif not ERRORS_PAGE.exists() or ERRORS_PAGE.read_text() != text:
            raise CommandError(f"{ERRORS_PAGE} is out of date. Run: make schema")
