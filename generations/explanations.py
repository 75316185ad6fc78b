"""The rules of generations in words: where a way comes from, or why a rule does not apply and what would change that.

Every failed rule is told as if the account were active and the generation available; that either is not, is told apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from authorization.actions import Action
from authorization.facts import AccessMethod, Path, ResourceFacts, ResourceState
from authorization.layers.ownership import CEILING_OF_STATE
from authorization.ports import FailedRule, Source
from authorization.role_fields import permissions_of
from authorization.roles import Permission, Role, least_role_for
from generations.models import Delegation, Share
from generations.models.sharing import DELEGABLE, SHAREABLE
from generations.situation import situation_of
from teams.models import Project, Team

ACCOUNT: Final = "account"
STATE: Final = "state"
CHANGE_OF_STATE: Final = MappingProxyType(
    {
        ResourceState.DELETED: "Restore the generation within 30 days of its deletion.",
        ResourceState.ARCHIVED: "Take the generation out of the archive.",
        ResourceState.QUARANTINED: "Release the generation from quarantine.",
    }
)
NAMED: Final[Mapping[AccessMethod, tuple[str, QuerySet[Any], str]]] = MappingProxyType(
    {
        AccessMethod.TEAM_MEMBERSHIP: ("team", Team.objects.all(), "name"),
        AccessMethod.PROJECT_MEMBERSHIP: ("project", Project.objects.all(), "name"),
        AccessMethod.TEAM_SHARE: ("share", Share.objects.all(), "team__name"),
        AccessMethod.DELEGATION: ("delegation", Delegation.objects.all(), "delegator__display_name"),
    }
)


class GenerationExplainer:
    """One statement per kind of source, and one for everything that surrounds a denial."""

    def name_sources(self, paths: Sequence[Path]) -> Mapping[Path, Source]:
        """Teams and projects by their name, shares by their team, delegations by who delegated."""
        found: dict[Path, Source] = {}
        for method, (kind, rows, name) in NAMED.items():
            ids = {path: path.source_id for path in paths if path.method is method and path.source_id}
            if ids:
                names = dict(rows.filter(id__in=ids.values()).values_list("id", name))
                found |= {path: Source(kind, id_, names[id_]) for path, id_ in ids.items() if id_ in names}
        return found

    def failed_rules(self, user_id: UUID, action: Action, facts: ResourceFacts) -> Sequence[FailedRule]:
        """In the order of the rules, after what stands in the way of all of them."""
        permission = action.permission
        if permission is None:
            return []
        denial = Denial(user_id, permission, facts)
        return [*denial.of_account(), *denial.of_state(), *denial.of_rules()]


@dataclass(frozen=True)
class Denial:
    """One person who is denied one permission."""

    user_id: UUID
    permission: Permission
    facts: ResourceFacts

    @cached_property
    def situation(self) -> Mapping[str, Any]:
        """Loaded once."""
        return situation_of(self.user_id, self.facts.resource_id)

    @property
    def least_role(self) -> Role:
        """The lowest that holds the permission."""
        return least_role_for(self.permission)

    def of_account(self) -> Iterator[FailedRule]:
        """Unknown and closed accounts look alike."""
        if not self.situation["is_active"]:
            detail = "There is no active account with this id."
            yield FailedRule(ACCOUNT, "account_not_active", detail, "Ask about, or open, an active account.")

    def of_state(self) -> Iterator[FailedRule]:
        """What a state leaves to nobody, or in quarantine to few."""
        state = self.facts.state
        if self.permission not in CEILING_OF_STATE[state] or state is ResourceState.QUARANTINED:
            detail = f"The generation is {state}, which leaves no {self.permission} to this person."
            yield FailedRule(STATE, f"resource_{state}", detail, CHANGE_OF_STATE[state])

    def of_rules(self) -> Iterator[FailedRule]:
        """Rules 3, 1 and 2, 4, 5, 6, 7: as access methods are ordered. Those that would apply are left out."""
        rules = (
            (AccessMethod.DIRECT_OWNERSHIP, self._ownership()),
            (AccessMethod.TEAM_MEMBERSHIP, self._team()),
            (AccessMethod.PROJECT_MEMBERSHIP, self._project()),
            (AccessMethod.TEAM_SHARE, self._shares()),
            (AccessMethod.DELEGATION, self._delegations()),
            (AccessMethod.OBJECT_GRANT, self._grants()),
            (AccessMethod.BREAK_GLASS, self._glass()),
        )
        for method, failures in rules:
            yield from (FailedRule(str(method), *failure) for failure in failures)

    def _ownership(self) -> Iterator[tuple[str, str, str | None]]:
        project = self.situation["project"]
        if self.facts.owner_id != self.user_id:
            yield "not_the_creator", "Somebody else made it.", None
        elif project is not None:
            yield from self._any_role(project)

    def _team(self) -> Iterator[tuple[str, str, str | None]]:
        project = self.situation["project"]
        if project is None:
            yield "not_in_a_project", "It belongs to no project.", self._move()
            return
        yield from _archive(project)
        least = max(self.least_role, Role.ADMIN, key=_rank) if project["is_restricted"] else self.least_role
        if (project["role"] or 0) >= least.rank:
            return
        change = f"Give them the role of {least} or higher in the team {project['team']}."
        if project["is_restricted"] and project["role"]:
            detail = f"The project {project['name']} is restricted, and they are {_name(project['role'])} in its team."
            yield "project_restricted", detail, change
        else:
            yield *_short(project["role"], f"the team {project['team']}"), change

    def _project(self) -> Iterator[tuple[str, str, str | None]]:
        project = self.situation["project"]
        if project is None:
            yield "not_in_a_project", "It belongs to no project.", self._move()
            return
        yield from self._any_role(project)
        if (project["explicit"] or 0) < self.least_role.rank:
            change = f"Give them the role of {self.least_role} or higher in the project {project['name']}."
            yield *_short(project["explicit"], f"the project {project['name']}"), change

    def _shares(self) -> Iterator[tuple[str, str, str | None]]:
        if self.least_role not in SHAREABLE:
            yield "beyond_a_share", f"No share gives {self.permission}.", None
        elif not self.situation["shares"]:
            change = f"Share it as {self.least_role} with a team in which they are {self.least_role} or higher."
            yield "not_shared", "It is shared with no team.", change
        else:
            for share in self.situation["shares"]:
                yield from self._share(share)

    def _share(self, share: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
        team = f"the team {share['team']}"
        yield from _archive(share)
        yield from _period(share, f"The share with {team}")
        if (share["role"] or 0) < self.least_role.rank:
            change = f"Give them the role of {self.least_role} or higher in {team}."
            yield *_short(share["role"], team), change
        if share["limit"] < self.least_role.rank:
            detail = f"The share with {team} gives at most {_name(share['limit'])}."
            yield "share_too_low", detail, f"Share it with {team} as {self.least_role}."

    def _delegations(self) -> Iterator[tuple[str, str, str | None]]:
        if self.permission not in DELEGABLE:
            yield "beyond_a_delegation", f"{self.permission.capitalize()} cannot be delegated.", None
        elif not self.situation["delegations"]:
            change = f"Let somebody who holds {self.permission} themself delegate it to them."
            yield "not_delegated", "Nobody delegated anything here to them.", change
        else:
            for delegation in self.situation["delegations"]:
                yield from self._delegation(delegation)

    def _delegation(self, delegation: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
        who = delegation["delegator"]
        yield from _period(delegation, f"The delegation by {who}")
        if self.permission not in permissions_of(delegation["permissions"]):
            detail = f"The delegation by {who} leaves out {self.permission}."
            yield "permission_not_delegated", detail, f"Let {who} delegate {self.permission} too."
        if not delegation["is_delegator_active"]:
            yield "delegator_not_active", f"The account of {who} is not active.", f"Reactivate the account of {who}."
        if self.permission not in permissions_of(delegation["held"]):
            detail = f"{who} does not hold {self.permission} any more."
            yield "delegator_lost_it", detail, f"Give {self.permission} to {who}."

    def _grants(self) -> Iterator[tuple[str, str, str | None]]:
        change = f"Let an operator grant {self.permission} on it to them, or to a group of theirs."
        if not self._has_path(AccessMethod.OBJECT_GRANT):
            yield "not_granted", f"Nobody granted {self.permission} on it to them.", change

    def _glass(self) -> Iterator[tuple[str, str, str | None]]:
        if self.permission is Permission.SHARE:
            yield "beyond_the_glass", "Share is never behind the glass.", None
        elif not self.situation["is_superuser"]:
            yield "not_a_superuser", "Only superusers break glass.", None
        elif not self._has_path(AccessMethod.BREAK_GLASS):
            change = f"Let them break the glass for {self.permission}, with a written reason, for 15 minutes."
            yield "glass_not_broken", "Being a superuser gives nothing.", change

    def _has_path(self, method: AccessMethod) -> bool:
        paths = (path for path in self.facts.paths if path.method is method)
        return any(path.mask is not None and self.permission in path.mask for path in paths)

    def _any_role(self, project: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
        yield from _archive(project)
        if project["role"] is None:
            team = f"the team {project['team']}"
            yield "no_role", f"They have no role in {team}.", f"Give them any role in {team}."

    def _move(self) -> str:
        return f"Move it into a project in which they are {self.least_role} or higher."


def _archive(place: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    name = place["archived"]
    if name is not None:
        yield "team_archived", f"The team {name} is archived.", f"Restore the team {name}."


def _period(row: Mapping[str, Any], what: str) -> Iterable[tuple[str, str, str | None]]:
    if row["is_early"]:
        yield "not_begun", f"{what} has not begun.", "Let it begin now."
    if row["is_over"]:
        yield "over", f"{what} is over.", "Give it a later end."


def _short(rank: int | None, place: str) -> tuple[str, str]:
    if rank is None:
        return "no_role", f"They have no role in {place}."
    return "role_too_low", f"They are {_name(rank)} in {place}."


def _name(rank: int) -> Role:
    return Role.of_rank(rank)


def _rank(role: Role) -> int:
    return role.rank


GENERATION_EXPLAINER = GenerationExplainer()
