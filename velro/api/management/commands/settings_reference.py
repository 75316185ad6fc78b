"""`manage.py settings_reference`: keep the pages about settings equal to the code."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from velro.settings import document


class Command(BaseCommand):
    """Writes docs/settings.md and .env.example; with --check only says whether they are current."""

    help = "Write docs/settings.md and .env.example from velro/settings/environment.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One flag."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail if a page is out of date")

    def handle(self, *_: Any, **options: Any) -> None:
        """Raises CommandError for a page that is out of date."""
        pages = {
            document.SETTINGS_PAGE: document.settings_page(),
            document.EXAMPLE_FILE: document.example_file(),
        }
        for path, text in pages.items():
            if not options["check"]:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"{path} is out of date. Run: make schema")
