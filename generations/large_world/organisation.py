"""Who works in which team with which role, and what the teams work on."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from authorization.roles import Role
from generations.large_world.chance import Chance
from generations.large_world.characters import DEEP_MEMBER, EVERYWHERE, INVITED, SHARE_GUEST, SUSPENDED, WIDE_OWNER
from generations.large_world.companies import Company
from generations.large_world.people import People
from generations.large_world.words import PROJECTS
from teams.models import Membership, Project, ProjectMembership, Team, Visibility

ROLES: Final = {Role.VIEWER: 30, Role.MEMBER: 52, Role.ADMIN: 14, Role.OWNER: 4}
EXPLICIT_ROLES: Final = {Role.VIEWER: 30, Role.MEMBER: 60, Role.ADMIN: 10}
MEMBERSHIPS: Final = {1: 60, 2: 25, 3: 10, 5: 5}
RESTRICTED: Final = 0.25
FREELANCERS: Final = 0.03
RESTRICTED_OF_INVITED: Final = 20
PROJECTS_NEARBY: Final = 3
PROJECTS_FAR_AWAY: Final = 8


@dataclass(slots=True)
class Organisation:
    """Rows still to be written, by what makes them unique, and where each person can make things."""

    companies: list[Company]
    people: People
    roles: dict[tuple[UUID, UUID], Role] = field(default_factory=dict)
    projects: dict[UUID, list[Project]] = field(default_factory=dict)
    project_roles: dict[tuple[UUID, UUID], Role] = field(default_factory=dict)
    workplaces: dict[UUID, list[Project]] = field(default_factory=lambda: defaultdict(list))

    def memberships(self, *, chance: Chance, now: datetime) -> list[Membership]:
        """One row per role in a team."""
        return [
            Membership(id=chance.uuid(), team_id=team, user_id=user, role=role, created_at=now, updated_at=now)
            for (team, user), role in self.roles.items()
        ]

    def project_memberships(self, *, chance: Chance, now: datetime) -> list[ProjectMembership]:
        """One row per explicit role in a project."""
        return [
            ProjectMembership(
                id=chance.uuid(), project_id=project, user_id=user, role=role, created_at=now, updated_at=now
            )
            for (project, user), role in self.project_roles.items()
        ]


def plan_organisation(people: People, companies: list[Company], *, chance: Chance, now: datetime) -> Organisation:
    """Roles and projects of everybody."""
    organisation = Organisation(companies, people)
    _employ(organisation, chance=chance)
    _place_characters(organisation)
    for company in companies:
        for team in company.teams:
            organisation.projects[team.id] = [
                _plan_project(team.id, chance=chance, now=now) for _ in range(chance.number(1, 3))
            ]
    _open_restricted_projects(organisation, chance=chance)
    _invite(organisation, chance=chance)
    _find_workplaces(organisation, chance=chance)
    return organisation


def _employ(organisation: Organisation, *, chance: Chance) -> None:
    """People come to the companies by size. The first active one of each is the owner at its root."""
    waiting = iter(organisation.people.staff)
    everywhere = [company for company in organisation.companies for _ in company.teams]
    for company in organisation.companies:
        founder = next(person for person in waiting if person.is_active)
        organisation.roles[company.root.id, founder.id] = Role.OWNER
    for person in waiting:
        company = chance.pick(everywhere)
        for team in chance.some(company.teams, chance.weighted(MEMBERSHIPS)):
            organisation.roles[team.id, person.id] = chance.weighted(ROLES)
        if chance.happens(FREELANCERS):
            abroad = chance.pick(chance.pick(everywhere).teams)
            organisation.roles[abroad.id, person.id] = Role.MEMBER


def _place_characters(organisation: Organisation) -> None:
    largest, second = organisation.companies[:2]
    placed = {
        WIDE_OWNER: (largest.root, Role.OWNER),
        SUSPENDED: (largest.root, Role.OWNER),
        DEEP_MEMBER: (largest.root, Role.MEMBER),
        INVITED: (largest.spine[1], Role.VIEWER),
        SHARE_GUEST: (second.root, Role.MEMBER),
    }
    for character, (team, role) in placed.items():
        organisation.roles[team.id, organisation.people.characters[character].id] = role
    everywhere = organisation.people.characters[EVERYWHERE]
    for company in organisation.companies:
        for team in company.teams:
            organisation.roles[team.id, everywhere.id] = Role.VIEWER


def _plan_project(team_id: UUID, *, chance: Chance, now: datetime) -> Project:
    begun = now - timedelta(days=chance.number(200, 400))
    return Project(
        id=chance.uuid(),
        team_id=team_id,
        name=chance.pick(PROJECTS),
        visibility=Visibility.RESTRICTED if chance.happens(RESTRICTED) else Visibility.TEAM,
        created_at=begun,
        updated_at=begun,
    )


def _open_restricted_projects(organisation: Organisation, *, chance: Chance) -> None:
    """Some people from the team and the teams above it get a role of their own."""
    people = defaultdict(list)
    for team_id, user_id in organisation.roles:
        people[team_id].append(user_id)
    for company in organisation.companies:
        for team in company.teams:
            candidates = [user_id for above in company.lineage[team.id] for user_id in people[above.id]]
            for project in organisation.projects[team.id]:
                if project.visibility == Visibility.RESTRICTED:
                    for user_id in chance.some(candidates, chance.number(2, 6)):
                        organisation.project_roles[project.id, user_id] = chance.weighted(EXPLICIT_ROLES)


def _invite(organisation: Organisation, *, chance: Chance) -> None:
    largest, invited = organisation.companies[0], organisation.people.characters[INVITED]
    restricted = [
        project
        for team in largest.below(largest.spine[1])
        for project in organisation.projects[team.id]
        if project.visibility == Visibility.RESTRICTED
    ]
    for project in chance.some(restricted, RESTRICTED_OF_INVITED):
        organisation.project_roles[project.id, invited.id] = Role.MEMBER


def _find_workplaces(organisation: Organisation, *, chance: Chance) -> None:
    """A few of the projects that a role of member or higher reaches: restricted ones, then those of the own team."""
    _find_restricted_workplaces(organisation)
    members = defaultdict(list)
    for (team_id, user_id), role in organisation.roles.items():
        if role is not Role.VIEWER:
            members[team_id].append(user_id)
    for company in organisation.companies:
        for team in filter(company.is_open, company.teams):
            reached = _open_projects(organisation, company, team)
            for user_id in members[team.id]:
                nearest, farther = reached[:PROJECTS_NEARBY], reached[PROJECTS_NEARBY:]
                organisation.workplaces[user_id] += nearest + chance.some(farther, PROJECTS_FAR_AWAY)


def _find_restricted_workplaces(organisation: Organisation) -> None:
    open_teams = (team for company in organisation.companies for team in company.teams if company.is_open(team))
    open_projects = {project.id: project for team in open_teams for project in organisation.projects[team.id]}
    for (project_id, user_id), role in organisation.project_roles.items():
        if role is not Role.VIEWER and project_id in open_projects:
            organisation.workplaces[user_id].append(open_projects[project_id])


def _open_projects(organisation: Organisation, company: Company, team: Team) -> list[Project]:
    below = company.below(team) if team in company.spine else [team]
    return [
        project
        for it in below
        if company.is_open(it)
        for project in organisation.projects[it.id]
        if project.visibility == Visibility.TEAM
    ]
