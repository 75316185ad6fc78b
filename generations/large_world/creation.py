"""Makes the large world: all of it in one transaction, or nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.db.models import Model

from accounts.models import User
from authorization.roles import Permission as Access
from generations.large_world.chance import Chance
from generations.large_world.companies import plan_companies
from generations.large_world.loading import load
from generations.large_world.organisation import Organisation, plan_organisation
from generations.large_world.people import plan_people
from generations.large_world.ways import (
    Scene,
    plan_delegations,
    plan_group_grants,
    plan_group_members,
    plan_shares,
    plan_user_grants,
)
from generations.large_world.works import plan_generations
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from teams.models import Membership, Project, ProjectMembership, Team

GROUPS: Final = 20
GRANTABLE: Final = tuple(f"{permission}_generation" for permission in Access)
# A large COPY may take longer than any request.
NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
# Where this says nothing, each row's trigger undoes a subtransaction, which looks through all rows so far.
NO_TRIGGER_IGNORED: Final = "SET LOCAL pgtrigger.ignore = '{}'"
ANALYZE: Final = "ANALYZE"

# Called with what is being written and how many rows of it there are; hands back the rows, counted.
Watch = Callable[[str, int, Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the world is to be."""

    users: int
    teams: int
    generations: int


@dataclass(frozen=True, slots=True)
class Creation:
    """One run. `now` is what its times are counted back from; nobody acts in it but the system itself."""

    size: Size
    chance: Chance
    now: datetime
    watch: Watch

    def make(self, *, password: str) -> UUID:
        """Write everything and bring the planner's figures up to date; the id of the generation shared most."""
        with transaction.atomic():
            _execute(NO_TIMEOUT)
            _execute(NO_TRIGGER_IGNORED)
            organisation = self._make_organisation(password)
            usable = self._make_generations(organisation)
            scene = Scene(organisation, usable, self.chance, self.now)
            self._make_ways(scene)
            _execute(ANALYZE)
        return scene.hottest.id

    def _make_organisation(self, password: str) -> Organisation:
        people = plan_people(self.size.users, chance=self.chance, now=self.now, password=password)
        companies = plan_companies(self.size.teams, chance=self.chance, now=self.now)
        organisation = plan_organisation(people, companies, chance=self.chance, now=self.now)
        self._load(User, people.everybody)
        self._load(Team, [team for company in companies for team in company.teams])
        self._load(Membership, organisation.memberships(chance=self.chance, now=self.now))
        self._load(Project, [project for projects in organisation.projects.values() for project in projects])
        self._load(ProjectMembership, organisation.project_memberships(chance=self.chance, now=self.now))
        return organisation

    def _make_generations(self, organisation: Organisation) -> list[Generation]:
        generations = list(
            self.watch(
                "planning generations",
                self.size.generations,
                plan_generations(organisation, number=self.size.generations, chance=self.chance, now=self.now),
            )
        )
        self._load(Generation, generations)
        return [it for it in generations if it.deleted_at is None and it.quarantined_at is None]

    def _make_ways(self, scene: Scene) -> None:
        permissions = {it.codename: it for it in Permission.objects.filter(codename__in=GRANTABLE)}
        groups = Group.objects.bulk_create(Group(name=f"Large world {number}") for number in range(1, GROUPS + 1))
        self._load(Share, plan_shares(scene))
        self._load(Delegation, plan_delegations(scene))
        self._load(GenerationUserGrant, plan_user_grants(scene, permissions))
        self._load(GenerationGroupGrant, plan_group_grants(scene, groups, permissions["read_generation"]))
        self._load(User.groups.through, plan_group_members(scene, groups))

    def _load(self, model: type[Model], rows: Sequence[Model]) -> None:
        load(model, self.watch(model.__name__, len(rows), rows))


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
