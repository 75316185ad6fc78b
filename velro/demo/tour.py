"""The stops of the tour, in order."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from velro.demo.client import TourInterrupted, Velro
from velro.demo.story import tell_team_story

PEOPLE = ("owner", "admin", "member", "viewer", "outsider")
ORDERS: tuple[dict[str, Any], ...] = (
    {
        "model": "fal-ai/flux/schnell",
        "title": "A lighthouse in a storm",
        "input": {"prompt": "a lighthouse in a storm, oil painting", "seed": 7, "output_format": "png"},
    },
    {
        "model": "fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
        "title": "Waves",
        "input": {"prompt": "waves rolling over black sand", "duration": "5", "aspect_ratio": "16:9"},
    },
    {
        "model": "fal-ai/elevenlabs/tts/turbo-v2.5",
        "title": "Welcome",
        "input": {"text": "Welcome to Velro. Your team's ideas, made visible, kept safe and shared with care."},
    },
)
SHARE_OF_STATUS = {"queued": 5, "submitted": 20, "in_progress": 60, "completed": 100, "failed": 100, "cancelled": 100}


def take_tour(console: Console, *, url: str, password: str, downloads: Path) -> None:
    """Sign in, price, create one of each kind, watch, download, show who may see it; then the story of a team."""
    people = {name: Velro.sign_in(url, email=f"{name}@velro.test", password=password) for name in PEOPLE}
    owner, outsider = people["owner"], people["outsider"]
    console.print(f"[green]✓[/] signed in as {', '.join(person.email for person in people.values())}")
    console.print(catalogue_table(owner))
    generations = create_and_watch(console, owner)
    downloads.mkdir(parents=True, exist_ok=True)
    for generation in generations:
        save(console, owner, generation, downloads)
    console.print(decision_table(generations[0], [owner, outsider]))
    tell_team_story(console, people=people)


def catalogue_table(person: Velro) -> Table:
    """Every model, with the price of the tour's order where it makes one."""
    estimates = {order["model"]: person.estimate(order) for order in ORDERS}
    table = Table(title="Models", title_justify="left")
    for column in ("model", "kind", "price", "this tour"):
        table.add_column(column)
    for model in person.models():
        price = model["price"]
        table.add_row(
            model["id"],
            model["kind"],
            f"{price['unit_price']} {price['currency']} per {price['unit']}",
            estimates.get(model["id"], ""),
        )
    return table


def create_and_watch(console: Console, person: Velro) -> list[dict[str, Any]]:
    """All orders at once, a bar each. Raises TourInterrupted when one does not complete."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[status]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress, ThreadPoolExecutor() as pool:
        generations = list(pool.map(lambda order: _create(person, order, progress), ORDERS))
    failed = [generation for generation in generations if generation["status"] != "completed"]
    if failed:
        raise TourInterrupted(f"{failed[0]['title']}: {failed[0]['status']}, {failed[0]['error']}")
    return generations


def _create(person: Velro, order: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    bar: TaskID = progress.add_task(order["title"], total=100, status="ordering")
    generation = person.create(order)

    def show(now: Mapping[str, Any]) -> None:
        progress.update(bar, completed=SHARE_OF_STATUS[now["status"]], status=now["status"])

    show(generation)
    return person.watch(generation["id"], on_change=show)


def save(console: Console, person: Velro, generation: Mapping[str, Any], folder: Path) -> None:
    """Download every asset of a generation and say what it is."""
    for number, asset in enumerate(generation["assets"], start=1):
        name = f"{generation['title'].lower().replace(' ', '-')}-{number}"
        path = person.download(asset, folder=folder, name=name)
        size = f"{asset['width']}x{asset['height']}" if asset["width"] else ""
        length = f"{asset['duration']:.1f} s" if asset["duration"] else ""
        facts = ", ".join(filter(None, (asset["content_type"], size, length, f"{asset['bytes']:,} bytes")))
        console.print(f"[green]✓[/] {path}  [dim]{facts}[/]")


def decision_table(generation: Mapping[str, Any], people: list[Velro]) -> Table:
    """Who may read one generation, and by which rule."""
    names = ("access_granted", "access_method", "effective_role", "permissions", "response_time_ms", "cache_hit")
    table = Table(title=f"Who may read “{generation['title']}”?", title_justify="left")
    for column in ("", *(person.email for person in people)):
        table.add_column(column)
    decisions = [person.authorize(generation["id"]) for person in people]
    for name in names:
        table.add_row(name, *(_shown(decision[name]) for decision in decisions))
    return table


def _shown(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)
