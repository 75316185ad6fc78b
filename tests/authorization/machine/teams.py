"""Steps of teams: the tree, the people in it, its projects."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.authorization.machine import deeds
from tests.authorization.machine.machine import Machine, any_of, choose, not_if, numbers
from tests.authorization.reference import rules, team_rules
from tests.authorization.reference.world import ROLES, Project, Team, World

MANY: Final = 12


def without_team(world: World, team: UUID) -> World:
    """With all that goes with it: its projects are empty."""
    projects = {project: it for project, it in world.projects.items() if it.team != team}
    return replace(
        world,
        teams={it: kept for it, kept in world.teams.items() if it != team},
        memberships={(place, person): role for (place, person), role in world.memberships.items() if place != team},
        projects=projects,
        project_roles={pair: role for pair, role in world.project_roles.items() if pair[0] in projects},
        shares=[share for share in world.shares if share.team != team],
    )


class TeamSteps(Machine):
    def team(self, number: int) -> UUID:
        return choose(self.world.teams, number)

    def project(self, number: int) -> UUID:
        return choose(self.world.projects, number)

    def may(self, person: UUID, team: UUID, deed: str) -> bool:
        return team_rules.may(self.world, person, team, deed)

    def denial(self, person: UUID, team: UUID, deed: str) -> dict[str, bool]:
        sees, is_shut = self.may(person, team, "read"), rules.is_closed(self.world, team)
        denied = not_if(sees=sees, may=self.may(person, team, deed))
        # Who sees a closed team owns it.
        return denied | {
            "permission_denied": denied["permission_denied"] and not is_shut,
            "team_archived": denied["permission_denied"] and is_shut,
        }

    def level(self, team: UUID) -> int:
        return len(list(rules.chain(self.world, team)))

    def deepest_team(self) -> UUID:
        return max(self.world.teams, key=self.level)

    def with_role(self, team: UUID, person: UUID, role: str | None) -> World:
        held = {pair: it for pair, it in self.world.memberships.items() if pair != (team, person)}
        return replace(self.world, memberships=held | ({(team, person): role} if role else {}))

    @precondition(lambda self: len(self.world.teams) < MANY)
    @rule(number=numbers)
    def create_root(self, number: int) -> None:
        person = self.actor(number, self.is_active)
        _, made = self.attempt(lambda: deeds.create_team(person, None), {"not_found": not self.is_active(person)})
        if made is not None:
            self.world.teams[made] = Team()
            self.world.memberships[made, person] = "owner"

    @precondition(lambda self: len(self.world.teams) < MANY)
    @rule(number=numbers, parent=numbers)
    def create_child(self, number: int, parent: int) -> None:
        above = self.deepest_team() if parent % 4 == 0 else self.team(parent)
        person = self.actor(number, lambda it: self.may(it, above, "create_teams"))
        _, made = self.attempt(
            lambda: deeds.create_team(person, above),
            self.denial(person, above, "create_teams") | {"team_too_deep": self.level(above) >= team_rules.MOST_LEVELS},
        )
        if made is not None:
            self.world.teams[made] = Team(above)

    @precondition(lambda self: self.world.teams)
    @rule(number=numbers, team=numbers, other=numbers, role=st.sampled_from(ROLES))
    def add(self, number: int, team: int, other: int, role: str) -> None:
        place, somebody = self.team(team), self.person(other)
        person = self.actor(number, lambda it: self.may(it, place, "manage_members"))
        is_done, _ = self.attempt(
            lambda: deeds.add_member(person, place, somebody, role),
            self.denial(person, place, "manage_members")
            | self.out_of_reach(person, place, role)
            | {
                "already_member": (place, somebody) in self.world.memberships,
                "not_found": not (self.is_active(somebody) and self.may(person, place, "read")),
            },
        )
        if is_done:
            self.world = self.with_role(place, somebody, role)

    def out_of_reach(self, person: UUID, team: UUID, *roles: str) -> dict[str, bool]:
        own = rules.role(self.world, person, team)
        reaches = self.may(person, team, "manage_members") and all(team_rules.may_hand_out(own, it) for it in roles)
        is_open = not rules.is_closed(self.world, team)
        return {"permission_denied": is_open and self.may(person, team, "read") and not reaches}

    @precondition(lambda self: self.world.memberships)
    @rule(number=numbers, membership=numbers, role=st.sampled_from([None, *ROLES]))
    def change_or_remove(self, number: int, membership: int, role: str | None) -> None:
        place, somebody = choose(self.world.memberships, membership)
        person = self.actor(number, lambda it: self.may(it, place, "manage_members"))
        after = self.with_role(place, somebody, role)
        roles = [self.world.memberships[place, somebody], *([role] if role else [])]
        is_done, _ = self.attempt(
            lambda: deeds.change_role(person, place, somebody, role),
            self.denial(person, place, "manage_members")
            | self.out_of_reach(person, place, *roles)
            | self.loses_last_owner(after, place, somebody),
        )
        if is_done:
            self.world = after

    def loses_last_owner(self, after: World, team: UUID, person: UUID) -> dict[str, bool]:
        was_owner = self.world.memberships.get((team, person)) == "owner"
        is_owner = after.memberships.get((team, person)) == "owner"
        return {"last_owner": was_owner and not is_owner and team in team_rules.ownerless_roots(after)}

    @precondition(lambda self: self.world.teams)
    @rule(team=numbers, other=numbers)
    def touch_who_is_no_member(self, team: int, other: int) -> None:
        """What comes from above is changed there."""
        place, somebody = self.team(team), self.person(other)
        person = self.actor(1, lambda it: self.may(it, place, "manage_members"))
        if (place, somebody) in self.world.memberships or not self.may(person, place, "manage_members"):
            return
        is_inherited = rules.role(self.world, somebody, place) is not None
        reason = {"membership_inherited": is_inherited, "not_found": not is_inherited}
        self.attempt(lambda: deeds.change_role(person, place, somebody, "viewer"), reason)

    @precondition(lambda self: self.world.memberships)
    @rule(number=numbers)
    def leave(self, number: int) -> None:
        team, person = choose(self.world.memberships, number)
        after = self.with_role(team, person, None)
        is_left = self.may(person, team, "read") and not rules.is_closed(self.world, team)
        is_done, _ = self.attempt(
            lambda: deeds.leave_team(person, team),
            {
                "not_found": not self.may(person, team, "read"),
                "team_archived": self.may(person, team, "read") and not is_left,
            }
            | self.loses_last_owner(after, team, person),
        )
        if is_done:
            self.world = after

    @precondition(lambda self: self.world.teams)
    @rule(number=numbers, team=numbers, other=numbers)
    def transfer(self, number: int, team: int, other: int) -> None:
        place, somebody = self.team(team), self.person(other)
        person = self.actor(number, lambda it: self.may(it, place, "transfer"))
        has_role = self.may(somebody, place, "read")
        is_done, _ = self.attempt(
            lambda: deeds.transfer_team(person, place, somebody),
            self.denial(person, place, "transfer") | {"invalid_input": somebody == person or not has_role},
        )
        if is_done:
            self.world = self.with_role(place, somebody, "owner")
            if (place, person) in self.world.memberships:
                self.world = self.with_role(place, person, "admin")

    @precondition(lambda self: self.world.teams)
    @rule(number=numbers, team=numbers, parent=numbers, is_to_root=st.booleans())
    def move(self, number: int, team: int, parent: int, is_to_root: bool) -> None:  # noqa: FBT001 - drawn by name
        place, above = self.team(team), None if is_to_root else self.team(parent)
        person = self.actor(number, lambda it: team_rules.may_move(self.world, it, place, above))
        teams = self.world.teams | {place: replace(self.world.teams[place], parent=above)}
        moved = replace(self.world, teams=teams)
        is_cycle = team_rules.makes_cycle(self.world, place, above)
        is_done, _ = self.attempt(
            lambda: deeds.move_team(person, place, above),
            any_of(
                self.denial(person, place, "move"),
                {} if above is None else self.denial(person, above, "create_teams"),
                {
                    "team_cycle": is_cycle,
                    "team_too_deep": not is_cycle and team_rules.levels(moved) > team_rules.MOST_LEVELS,
                    "last_owner": self.becomes_ownerless_root(place, moved),
                },
            ),
        )
        if is_done:
            self.world = moved

    def becomes_ownerless_root(self, team: UUID, moved: World) -> bool:
        return self.world.teams[team].parent is not None and team in team_rules.ownerless_roots(moved)

    @precondition(lambda self: self.world.teams)
    @rule(number=numbers, team=numbers, is_archived=st.booleans())
    def archive_or_restore(self, number: int, team: int, is_archived: bool) -> None:  # noqa: FBT001 - drawn by name
        place = self.team(team)
        verb, deed = ("archive", deeds.archive_team) if is_archived else ("restore", deeds.restore_team)
        person = self.actor(number, lambda it: self.may(it, place, verb))
        is_done, _ = self.attempt(lambda: deed(person, place), self.denial(person, place, verb))
        if is_done:
            self.world.teams[place].is_archived = is_archived

    @precondition(lambda self: len(self.world.teams) > 1)
    @rule(number=numbers, team=numbers)
    def delete(self, number: int, team: int) -> None:
        place = self.team(team)
        person = self.actor(number, lambda it: self.may(it, place, "delete"))
        projects = {project for project, it in self.world.projects.items() if it.team == place}
        has_children = any(it.parent == place for it in self.world.teams.values())
        has_work = any(it.project in projects for it in self.world.generations.values())
        is_done, _ = self.attempt(
            lambda: deeds.delete_team(person, place),
            self.denial(person, place, "delete") | {"team_not_empty": has_children or has_work},
        )
        if is_done:
            self.world = without_team(self.world, place)

    @precondition(lambda self: self.world.teams)
    @rule(number=numbers, team=numbers, visibility=st.sampled_from(["team", "restricted"]))
    def create_project(self, number: int, team: int, visibility: str) -> None:
        place = self.team(team)
        person = self.actor(number, lambda it: self.may(it, place, "create_projects"))
        _, made = self.attempt(
            lambda: deeds.create_project(person, place, visibility),
            self.denial(person, place, "create_projects"),
        )
        if made is not None:
            self.world.projects[made] = Project(place, visibility)

    def may_in_project(self, person: UUID, project: UUID, deed: str) -> bool:
        return team_rules.may_in_project(self.world, person, project, deed)

    def denial_in_project(self, person: UUID, project: UUID, deed: str) -> dict[str, bool]:
        sees = self.may_in_project(person, project, "read")
        return not_if(sees=sees, may=self.may_in_project(person, project, deed))

    @precondition(lambda self: self.world.projects)
    @rule(number=numbers, project=numbers, visibility=st.sampled_from(["team", "restricted"]))
    def change_visibility(self, number: int, project: int, visibility: str) -> None:
        place = self.project(project)
        person = self.actor(number, lambda it: self.may_in_project(it, place, "manage"))
        is_done, _ = self.attempt(
            lambda: deeds.set_visibility(person, place, visibility), self.denial_in_project(person, place, "manage")
        )
        if is_done:
            self.world.projects[place].visibility = visibility

    def out_of_reach_in_project(self, person: UUID, project: UUID, *roles: str | None) -> dict[str, bool]:
        own = team_rules.role_in_project(self.world, person, project)
        reaches = all(it is None or team_rules.may_hand_out(own, it) for it in roles)
        return {"permission_denied": self.may_in_project(person, project, "manage") and not reaches}

    @precondition(lambda self: self.world.projects)
    @rule(number=numbers, project=numbers, other=numbers, role=st.sampled_from(ROLES[:3]))
    def put_project_member(self, number: int, project: int, other: int, role: str) -> None:
        place, somebody = self.project(project), self.person(other)
        person = self.actor(number, lambda it: self.may_in_project(it, place, "manage"))
        is_done, _ = self.attempt(
            lambda: deeds.put_project_member(person, place, somebody, role),
            any_of(
                self.denial_in_project(person, place, "manage"),
                self.out_of_reach_in_project(person, place, role, self.world.project_roles.get((place, somebody))),
                {"not_in_team": not self.may_in_project(somebody, place, "read")},
            ),
        )
        if is_done:
            self.world.project_roles[place, somebody] = role

    @precondition(lambda self: self.world.project_roles)
    @rule(number=numbers, membership=numbers, is_leaving=st.booleans())
    def remove_project_member(self, number: int, membership: int, is_leaving: bool) -> None:  # noqa: FBT001 - by name
        (place, somebody), held = choose(self.world.project_roles.items(), membership)
        person = somebody if is_leaving else self.actor(number, lambda it: self.may_in_project(it, place, "manage"))
        is_own = person == somebody
        is_done, _ = self.attempt(
            lambda: deeds.remove_project_member(person, place, somebody),
            any_of(
                self.denial_in_project(person, place, "see_members" if is_own else "manage"),
                {} if is_own else self.out_of_reach_in_project(person, place, held),
            ),
        )
        if is_done:
            del self.world.project_roles[place, somebody]
