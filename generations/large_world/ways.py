"""Ways into single generations beside the teams: shares, delegations, and grants of administrators."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Model

from accounts.models import User
from generations.large_world.chance import Chance
from generations.large_world.characters import DELEGATE, GRANTEE, WIDE_OWNER, Character
from generations.large_world.organisation import Organisation
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from generations.models.sharing import SHAREABLE
from teams.models import Team

SHARED: Final = 0.1
DELEGATED: Final = 0.05
GRANTED: Final = 0.01
FOR_CHARACTERS: Final = 300
TEAMS_OF_HOTTEST: Final = 200
GRANTS_OF_GROUP: Final = 60
PEOPLE_IN_GROUP: Final = 25
# As bits, reading most often.
DELEGATED_PERMISSIONS: Final = {1: 70, 3: 20, 9: 5, 11: 5}
# From when until when, in hours from now.
WINDOWS: Final = {(-2000, 2000): 60, (-100, 2): 15, (-2000, -1): 20, (24, 2000): 5}
ENDLESS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Scene:
    """What ways lead to and from. `generations` are those that are neither deleted nor in quarantine."""

    organisation: Organisation
    generations: Sequence[Generation]
    chance: Chance
    now: datetime

    @property
    def hottest(self) -> Generation:
        """The one that is shared with more teams than any other."""
        return next(self.of_largest_company())

    def person(self, character: Character) -> User:
        """One whom one signs in as."""
        return self.organisation.people.characters[character]

    def of_largest_company(self) -> Iterator[Generation]:
        """What its projects hold."""
        teams = {team.id for team in self.organisation.companies[0].teams}
        return (it for it in self.generations if it.project is not None and it.project.team_id in teams)

    def window(self) -> dict[str, datetime]:
        """When a way begins and ends: mostly now, some soon over, some over, some not begun."""
        begins, ends = self.chance.weighted(WINDOWS)
        return {"starts_at": self.now + timedelta(hours=begins), "expires_at": self.now + timedelta(hours=ends)}


def plan_shares(scene: Scene) -> list[Share]:
    """A tenth of all, with any team; many of the largest company with the second; one with a great many teams."""
    teams = [team for company in scene.organisation.companies for team in company.teams]
    second, hottest = scene.organisation.companies[1].root, scene.hottest
    wanted: dict[tuple[Generation, Team], None] = dict.fromkeys(
        chain(
            ((hottest, team) for team in teams[:TEAMS_OF_HOTTEST]),
            ((generation, second) for generation in islice(scene.of_largest_company(), FOR_CHARACTERS)),
            ((generation, scene.chance.pick(teams)) for generation in _some(scene, SHARED)),
        )
    )
    return [_share(scene, generation, team, may_be_endless=generation is not hottest) for generation, team in wanted]


def plan_delegations(scene: Scene) -> list[Delegation]:
    """Creators delegate to anybody; an owner who made none of it delegates, too."""
    people = scene.organisation.people.active
    delegate, owner = scene.person(DELEGATE), scene.person(WIDE_OWNER)
    wanted = chain(
        ((it, it.owner, delegate) for it in islice(scene.of_largest_company(), FOR_CHARACTERS)),
        ((it, owner, delegate) for it in islice(scene.of_largest_company(), FOR_CHARACTERS)),
        ((it, it.owner, scene.chance.pick(people)) for it in _some(scene, DELEGATED)),
    )
    return [_delegation(scene, *row) for row in wanted if row[1].id != row[2].id]


def plan_user_grants(scene: Scene, permissions: Mapping[str, Permission]) -> list[GenerationUserGrant]:
    """One permission each, by the names `read_generation` and so on."""
    people, names = scene.organisation.people.active, sorted(permissions)
    chosen = _some(scene, GRANTED)
    holders = [scene.person(GRANTEE)] * min(FOR_CHARACTERS, len(chosen) // 2)
    holders += [scene.chance.pick(people) for _ in chosen[len(holders) :]]
    return [
        GenerationUserGrant(content_object=it, user=holder, permission=permissions[scene.chance.pick(names)])
        for it, holder in zip(chosen, holders, strict=True)
    ]


def plan_group_grants(scene: Scene, groups: Sequence[Group], permission: Permission) -> list[GenerationGroupGrant]:
    """What everybody in a group may do."""
    return [
        GenerationGroupGrant(content_object=it, group=group, permission=permission)
        for group in groups
        for it in scene.chance.some(scene.generations, GRANTS_OF_GROUP)
    ]


def plan_group_members(scene: Scene, groups: Sequence[Group]) -> list[Model]:
    """Who is in each group. The grantee is in the first."""
    people, row = scene.organisation.people.staff, User.groups.through
    members = [(scene.person(GRANTEE), groups[0])]
    members += [(person, group) for group in groups for person in scene.chance.some(people, PEOPLE_IN_GROUP)]
    return [row(user=person, group=group) for person, group in members]


def _some(scene: Scene, share: float) -> list[Generation]:
    return scene.chance.some(scene.generations, int(len(scene.generations) * share))


def _share(scene: Scene, generation: Generation, team: Team, *, may_be_endless: bool) -> Share:
    times: dict[str, datetime | None] = dict(scene.window())
    if scene.chance.happens(ENDLESS) and may_be_endless:
        times = {"starts_at": generation.finished_at, "expires_at": None}
    return Share(
        id=scene.chance.uuid(),
        generation=generation,
        team=team,
        role=scene.chance.pick(SHAREABLE),
        shared_by=generation.owner,
        created_at=generation.updated_at,
        updated_at=generation.updated_at,
        **times,
    )


def _delegation(scene: Scene, generation: Generation, delegator: User, delegate: User) -> Delegation:
    return Delegation(
        id=scene.chance.uuid(),
        generation=generation,
        delegator=delegator,
        delegate=delegate,
        permissions=scene.chance.weighted(DELEGATED_PERMISSIONS),
        created_at=generation.updated_at,
        updated_at=generation.updated_at,
        **scene.window(),
    )
