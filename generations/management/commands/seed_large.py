"""A world large enough to measure in, for a local copy."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.management.commands.seed_demo import PASSWORD
from accounts.models import User
from generations.large_world.chance import Chance
from generations.large_world.characters import CHARACTERS
from generations.large_world.creation import Creation, Size

LEAST_USERS: Final = 100
LEAST_TEAMS: Final = 50
LEAST_GENERATIONS: Final = 500


class Command(BaseCommand):
    """`manage.py seed_large`; where the world is already, it adds nothing."""

    help = "Create a large world: companies, teams ten deep, people, generations. Refused in staging and production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Sizes, and the seed that decides everything else."""
        parser.add_argument("--users", type=int, default=10_000, help="people (default: %(default)s)")
        parser.add_argument("--teams", type=int, default=1_000, help="teams of all companies (default: %(default)s)")
        parser.add_argument("--generations", type=int, default=100_000, help="(default: %(default)s)")
        parser.add_argument("--seed", type=int, default=1, help="another one, another world (default: %(default)s)")

    def handle(self, *_: Any, users: int, teams: int, generations: int, seed: int, **__: Any) -> None:
        """Make it, or say that it is there, and tell what can be seen in it."""
        if settings.ENVIRONMENT.is_deployed:
            raise CommandError("The large world has people with a published password: it is for development only.")
        if users < LEAST_USERS or teams < LEAST_TEAMS or generations < LEAST_GENERATIONS:
            raise CommandError(f"Not below {LEAST_USERS} users, {LEAST_TEAMS} teams, {LEAST_GENERATIONS} generations.")
        console = Console()
        if User.objects.filter(email=CHARACTERS[0].email).exists():
            console.print("The large world is here already; nothing was added.")
        else:
            hottest_id = _make(Size(users, teams, generations), seed=seed, console=console)
            console.print(f"The generation shared with most teams: {hottest_id}")
        console.print(guide())


def _make(size: Size, *, seed: int, console: Console) -> UUID:
    columns = (TextColumn("{task.description:>24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:

        def watch(what: str, count: int, rows: Iterable[Any]) -> Iterator[Any]:
            return iter(progress.track(rows, total=count, description=what))

        creation = Creation(size, Chance(seed), timezone.now(), watch)
        return creation.make(password=make_password(PASSWORD))


def guide() -> Table:
    """Whom to sign in as, and for what."""
    table = Table("sign in as", "sees", title=f"Password of all: {PASSWORD}", title_justify="left")
    for character in CHARACTERS:
        table.add_row(character.email, character.sees)
    table.caption = "GET /api/v1/generations lists what each sees; GET /api/v1/teams and /admin/ show the teams."
    table.caption_justify = "left"
    return table
