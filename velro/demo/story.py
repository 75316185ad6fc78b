"""The team story of the tour: found teams, invite, make something together, share and delegate it for some seconds."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from velro.demo.client import TourInterrupted, Velro

MEMBERS: Final = ("admin", "member", "viewer")
ACTIONS: Final = ("read", "write", "share", "delete")
ORDER: Final[Mapping[str, Any]] = {
    "model": "fal-ai/flux/schnell",
    "title": "A poster for the festival",
    "input": {"prompt": "a poster for a festival of light, screen print", "seed": 11},
}
LASTS_SECONDS: Final = 3
# Clocks of two machines may differ; on one, what has ended is denied at once.
GRACE_SECONDS: Final = 1
PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Company:
    """The people of the story by the first part of their address, and the generation it is about."""

    people: Mapping[str, Velro]
    generation: Mapping[str, Any]
    guests: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where the generation is."""
        return f"generations/{self.generation['id']}"


def tell_team_story(console: Console, *, people: Mapping[str, Velro]) -> None:
    """Every run has teams of its own. Raises TourInterrupted when somebody may more or less than they should."""
    company = found_company(console, people)
    console.print(rights_table(company))
    share_for_a_while(console, company)
    delegate_for_a_while(console, company)
    explain_denial(console, company)


def found_company(console: Console, people: Mapping[str, Velro]) -> Company:
    """Two teams of the owner's; the members join one, the outsider the other, and a member makes something."""
    owner, mark = people["owner"], secrets.token_hex(2)
    team = owner.send("POST", "teams", {"name": f"Festival {mark}"})
    guests = owner.send("POST", "teams", {"name": f"Guests {mark}"})
    for name in MEMBERS:
        invite(owner, people[name], team=team, role=name)
    invite(owner, people["outsider"], team=guests, role="member")
    console.print(f"[green]✓[/] {owner.email} founded “{team['name']}” and “{guests['name']}”; the invited accepted")
    project = owner.send("POST", f"teams/{team['id']}/projects", {"name": "Posters", "visibility": "team"})
    member = people["member"]
    ordered = member.create({**ORDER, "project": project["id"]})
    generation = member.watch(ordered["id"], on_change=lambda _: None)
    if generation["status"] != "completed":
        raise TourInterrupted(f"{generation['title']}: {generation['status']}, {generation['error']}")
    console.print(f"[green]✓[/] {member.email} made “{generation['title']}” in the project “{project['name']}”")
    return Company(people, generation, guests)


def invite(host: Velro, guest: Velro, *, team: Mapping[str, Any], role: str) -> None:
    """Where nobody works, the answer holds the token that otherwise goes by mail."""
    invitation = host.send("POST", f"teams/{team['id']}/invite", {"email": guest.email, "role": role})
    if "token" not in invitation:
        raise TourInterrupted("This copy sends invitations by mail only: it is no development copy.")
    guest.send("POST", "invitations/accept", {"token": invitation["token"]})


def rights_table(company: Company) -> Table:
    """Who may what, and by which rule."""
    table = Table(title=f"Who may what with “{company.generation['title']}”?", title_justify="left")
    for column in ("", *ACTIONS, "by"):
        table.add_column(column)
    for name, person in company.people.items():
        decisions = [person.authorize(company.generation["id"], action=action) for action in ACTIONS]
        marks = ["[green]✓[/]" if decision["access_granted"] else "[red]·[/]" for decision in decisions]
        table.add_row(name, *marks, decisions[0]["access_method"] or "")
    return table


def share_for_a_while(console: Console, company: Company) -> None:
    """With the guests' team, to look at."""
    team, end = company.guests, time.time() + LASTS_SECONDS
    wish = {"team": team["id"], "role": "viewer", "expires_at": written(end)}
    company.people["owner"].send("PUT", f"{company.path}/share", wish)
    watch_it_end(console, company, end=end, method="team_share", what=f"shared with “{team['name']}”")


def delegate_for_a_while(console: Console, company: Company) -> None:
    """By its creator, to one person."""
    outsider, end = company.people["outsider"], time.time() + LASTS_SECONDS
    wish = {"user": outsider.user_id, "permissions": ["read"], "expires_at": written(end)}
    company.people["member"].send("POST", f"{company.path}/delegations", wish)
    watch_it_end(console, company, end=end, method="delegation", what=f"delegated to {outsider.email}")


def written(moment: float) -> str:
    """Seconds since 1970 as RFC 3339."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def watch_it_end(console: Console, company: Company, *, end: float, method: str, what: str) -> None:
    """The outsider reads until the end and not after it. Raises TourInterrupted when it is otherwise."""
    outsider, asked = company.people["outsider"], 0
    with console.status(f"{what}: {outsider.email} may read for {LASTS_SECONDS} seconds"):
        while (decision := outsider.authorize(company.generation["id"]))["access_granted"]:
            asked += 1
            if decision["access_method"] != method or time.time() > end + GRACE_SECONDS:
                raise TourInterrupted(f"{what}, but {outsider.email} reads it by {decision['access_method']}.")
            time.sleep(PAUSE_SECONDS)
    late = (time.time() - end) * 1000
    if not asked or late < 0:
        raise TourInterrupted(f"{what}, but {outsider.email} could not read it for {LASTS_SECONDS} seconds.")
    console.print(f"[green]✓[/] {what}: allowed {asked} times, and denied when asked {late:.0f} ms after the end")


def explain_denial(console: Console, company: Company) -> None:
    """What the owner is told about the outsider."""
    outsider = company.people["outsider"]
    path = f"{company.path}/explain?user={outsider.user_id}&action=read"
    explanation = company.people["owner"].send("GET", path)
    console.print(explanation_table(explanation, email=outsider.email))


def explanation_table(explanation: Mapping[str, Any], *, email: str) -> Table:
    """Every rule that does not allow it, and the least that would."""
    table = Table(
        "rule", "why not", "what would change it", title=f"Why may {email} not read it?", title_justify="left"
    )
    for failed in explanation["failed_rules"]:
        table.add_row(failed["rule"], failed["detail"], failed["change"] or "")
    return table
