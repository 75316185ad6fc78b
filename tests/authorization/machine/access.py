"""Steps of what people hold on generations: creation, shares, delegations, grants, broken glass, accounts and time."""

from datetime import datetime
from typing import Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.authorization.machine import deeds
from tests.authorization.machine.machine import MINUTE, Machine, any_of, choose, not_if, numbers
from tests.authorization.reference import rules, team_rules
from tests.authorization.reference.rules import PERMISSIONS_OF
from tests.authorization.reference.world import BreakGlass, Delegation, Generation, ObjectGrant, Share, Window
from tests.authorization.reference.worlds import GROUPS
from tests.authorization.stored_worlds import set_clock

DELEGABLE: Final = ("read", "write", "delete")
minutes: Final = st.integers(0, 3)
permission_sets: Final = st.frozensets(st.sampled_from(DELEGABLE), min_size=1)


class AccessSteps(Machine):
    def generation(self, number: int) -> UUID:
        return choose(self.world.generations, number)

    def holds(self, person: UUID, generation: UUID, permission: str) -> bool:
        return permission in rules.verdict(self.world, person, generation, self.now).permissions

    def owns(self, person: UUID, generation: UUID) -> frozenset[str]:
        return rules.own_permissions(self.world, person, generation, self.now)

    def in_minutes(self, count: int) -> datetime:
        return self.now + count * MINUTE

    @rule(number=numbers, project=numbers, is_personal=st.booleans())
    def create_generation(self, number: int, project: int, is_personal: bool) -> None:  # noqa: FBT001 - drawn by name
        if is_personal or not self.world.projects:
            person, place = self.actor(number, self.is_active), None
            refused = {"not_found": False}
            if not self.is_active(person):
                return
        else:
            place = choose(self.world.projects, project)
            person = self.actor(
                number, lambda it: team_rules.may_in_project(self.world, it, place, "create_generations")
            )
            refused = not_if(
                sees=team_rules.may_in_project(self.world, person, place, "read"),
                may=team_rules.may_in_project(self.world, person, place, "create_generations"),
            )
        _, made = self.attempt(lambda: deeds.create_generation(person, place), refused)
        if made is not None:
            self.world.generations[made] = Generation(person, place)

    @precondition(lambda self: self.world.generations)
    @rule(generation=numbers, state=st.sampled_from(["available", "available", "archived", "quarantined", "deleted"]))
    def change_state(self, generation: int, state: str) -> None:
        made = self.generation(generation)
        deeds.change_state(made, state)
        self.world.generations[made].state = state

    @precondition(lambda self: self.world.generations and self.world.teams)
    @rule(
        number=numbers,
        generation=numbers,
        team=numbers,
        role=st.sampled_from(["viewer", "member"]),
        start=minutes,
        length=st.none() | minutes,
    )
    def share(self, number: int, generation: int, team: int, role: str, start: int, length: int | None) -> None:
        made, place = self.generation(generation), choose(self.world.teams, team)
        person = self.actor(number, lambda it: "share" in self.owns(it, made))
        window = Window(self.in_minutes(start), None if length is None else self.in_minutes(start + length))
        is_done, _ = self.attempt(
            lambda: deeds.share(person, made, place, role, window),
            any_of(
                not_if(sees=self.holds(person, made, "read"), may="share" in self.owns(person, made)),
                {
                    "permission_denied": not PERMISSIONS_OF[role] <= self.owns(person, made),
                    "not_found": not team_rules.may(self.world, person, place, "read"),
                    "team_archived": rules.is_closed(self.world, place),
                    "invalid_input": length == 0,
                },
            ),
        )
        if is_done:
            others = [it for it in self.world.shares if (it.generation, it.team) != (made, place)]
            self.world.shares = [*others, Share(made, place, role, window)]

    @precondition(lambda self: self.world.shares)
    @rule(number=numbers, share=numbers)
    def withdraw_share(self, number: int, share: int) -> None:
        shared = choose(self.world.shares, share)
        person = self.actor(number, lambda it: "share" in self.owns(it, shared.generation))
        is_done, _ = self.attempt(
            lambda: deeds.withdraw_share(person, shared.generation, shared.team),
            not_if(
                sees=self.holds(person, shared.generation, "read"),
                may="share" in self.owns(person, shared.generation),
            ),
        )
        if is_done:
            self.world.shares.remove(shared)

    @precondition(lambda self: self.world.generations)
    @rule(number=numbers, generation=numbers, other=numbers, permissions=permission_sets, start=minutes, length=minutes)
    def delegate(
        self, number: int, generation: int, other: int, permissions: frozenset[str], start: int, length: int
    ) -> None:
        made, somebody = self.generation(generation), self.person(other)
        person = self.actor(number, lambda it: permissions <= self.owns(it, made))
        sees = self.holds(person, made, "read")
        window = Window(self.in_minutes(start), self.in_minutes(start + length))
        _, row = self.attempt(
            lambda: deeds.delegate(person, made, somebody, permissions, window),
            not_if(sees=sees, may=sees and permissions <= self.owns(person, made))
            | {"invalid_input": length == 0 or somebody == person or not self.is_active(somebody)},
        )
        if row is not None:
            self.world.delegations.append(Delegation(made, person, somebody, permissions, window, row))

    @precondition(lambda self: self.world.delegations)
    @rule(number=numbers, delegation=numbers)
    def revoke_delegation(self, number: int, delegation: int) -> None:
        given = choose(self.world.delegations, delegation)
        person = self.actor(number, lambda it: it == given.delegator or self.holds(it, given.generation, "share"))
        may = person == given.delegator or self.holds(person, given.generation, "share")
        knows = may or (person == given.delegate and self.holds(person, given.generation, "read"))
        is_done, _ = self.attempt(
            lambda: deeds.revoke_delegation(person, given.generation, given.id), not_if(sees=knows, may=may)
        )
        if is_done:
            self.world.delegations = [it for it in self.world.delegations if it.id != given.id]

    def is_operator(self, person: UUID) -> bool:
        return self.is_active(person) and self.world.people[person].is_superuser

    @precondition(lambda self: self.world.generations)
    @rule(
        number=numbers,
        generation=numbers,
        holder=numbers,
        is_group=st.booleans(),
        permission=st.sampled_from([*DELEGABLE, "share"]),
        is_given=st.booleans(),
    )
    def grant_or_revoke(self, number: int, generation: int, holder: int, permission: str, **which: bool) -> None:
        made, is_given = self.generation(generation), which["is_given"]
        whose = choose(GROUPS, holder) if which["is_group"] else self.person(holder)
        person = self.actor(number, self.is_operator)
        is_own = whose == person or (whose, person) in self.world.group_members
        is_done, _ = self.attempt(
            lambda: deeds.set_grant(person, made, whose, permission, is_given=is_given),
            {"permission_denied": not self.is_operator(person) or (is_given and is_own)},
        )
        if is_done:
            self.hold_grant(made, whose, permission, is_given=is_given)

    def hold_grant(self, generation: UUID, holder: UUID | int, permission: str, *, is_given: bool) -> None:
        same = [it for it in self.world.object_grants if (it.generation, it.holder) == (generation, holder)]
        held = frozenset[str]().union(*(it.permissions for it in same))
        held = held | {permission} if is_given else held - {permission}
        others = [it for it in self.world.object_grants if it not in same]
        self.world.object_grants = [*others, ObjectGrant(generation, holder, held)]

    @rule(other=numbers)
    def join_or_leave_group(self, other: int) -> None:
        somebody, group = self.person(other), choose(GROUPS, other)
        is_in = (group, somebody) in self.world.group_members
        deeds.set_group(somebody, group, is_in=not is_in)
        self.world.group_members ^= {(group, somebody)}

    @precondition(lambda self: self.world.generations)
    @rule(number=numbers, generation=numbers)
    def break_glass(self, number: int, generation: int) -> None:
        made, person = self.generation(generation), self.actor(number, self.is_operator)
        own = [it for it in self.world.broken_glass if (it.generation, it.superuser) == (made, person)]
        is_broken = any(it.window.expires_at and self.now < it.window.expires_at for it in own)
        is_done, _ = self.attempt(
            lambda: deeds.break_glass(person, made),
            {
                "permission_denied": not self.is_operator(person),
                "glass_already_broken": self.is_operator(person) and is_broken,
            },
        )
        if is_done:
            self.world.broken_glass.append(BreakGlass(made, person, Window(self.now, self.in_minutes(15))))

    @rule(other=numbers)
    def suspend_or_reactivate(self, other: int) -> None:
        somebody = self.person(other)
        if self.world.people[somebody].status == "deactivated":
            return
        is_active = self.is_active(somebody)
        deeds.set_active(somebody, is_active=not is_active)
        self.world.people[somebody].status = "suspended" if is_active else "active"

    @rule(count=st.sampled_from([1, 1, 2, 15]))
    def let_time_pass(self, count: int) -> None:
        self.now = self.in_minutes(count)
        set_clock(self.now)
