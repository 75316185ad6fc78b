"""One world twice: in the reference, and in a transaction of the database that is never committed.

The reference says beforehand whether a step is refused, and why; a step that is refused changes nothing. After each
step all decisions are those of the reference.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, TypeVar
from uuid import UUID, uuid4

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from authorization import pipeline
from authorization.actions import Action
from authorization.deliberation import Deliberation
from authorization.facts import Principal, Question
from authorization.roles import Permission
from generations.policies import GENERATION_RESOURCE
from tests.authorization.reference import rules, team_rules
from tests.authorization.reference.world import World
from tests.authorization.reference.worlds import worlds
from tests.authorization.stored_worlds import clock_at, store
from velro.errors import VelroError

Chosen = TypeVar("Chosen")
START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
ACTIONS: Final = tuple(Action("generation", permission, permission) for permission in Permission)
numbers: Final = st.integers(0, 19)


def choose(values: Iterable[Chosen], number: int) -> Chosen:
    """One of them, in the order in which they came."""
    found = list(values)
    return found[number % len(found)]


def not_if(*, sees: bool, may: bool) -> dict[str, bool]:
    """Why somebody is refused who may not do it: because they may not even see it, or only that."""
    return {"not_found": not may and not sees, "permission_denied": not may and sees}


def any_of(*refused: Mapping[str, bool]) -> dict[str, bool]:
    """What stands in the way of a step of which several things must be allowed."""
    codes = {code for each in refused for code in each}
    return {code: any(each.get(code, False) for each in refused) for code in codes}


class Machine(RuleBasedStateMachine):
    """The frame of all steps. `steps` and `refusals` count over all runs."""

    steps: ClassVar[int] = 0
    refusals: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.world = World()
        self._steps = 0
        self._stack = ExitStack()
        self._stack.enter_context(transaction.atomic())
        self._stack.callback(transaction.set_rollback, rollback=True)
        self._stack.enter_context(clock_at(self.now))

    @initialize(world=worlds(START))
    def begin(self, world: World) -> None:
        self.world = world
        store(world, now=START)
        connection.check_constraints()

    def teardown(self) -> None:
        self._stack.close()
        self.report()

    @staticmethod
    def report() -> None:
        """Called after each life."""

    def person(self, number: int) -> UUID:
        return choose(self.world.people, number)

    def actor(self, number: int, able: Callable[[UUID], bool]) -> UUID:
        """Half of the time somebody who may, if there is anybody: most people may nothing."""
        those = [person for person in self.world.people if able(person)]
        return choose(those, number) if those and number % 2 else self.person(number // 2)

    def is_active(self, person: UUID) -> bool:
        return team_rules.is_active(self.world, person)

    def attempt(self, deed: Callable[[], Chosen], refused: Mapping[str, bool]) -> tuple[bool, Chosen | None]:
        """Whether it was done, and what came of it. It is refused if anything stands in its way, for such a reason."""
        reasons = {code for code, stands_in_the_way in refused.items() if stands_in_the_way}
        try:
            with transaction.atomic():
                done = deed()
                connection.check_constraints()
        except VelroError as refusal:
            reason = refusal.code
        else:
            assert not reasons, f"done, although {reasons}"
            return True, done
        assert reason in reasons, f"refused for {reason}, expected {reasons or 'success'}"
        Machine.refusals += 1
        return False, None

    @invariant()
    def decisions_are_those_of_the_reference(self) -> None:
        Machine.steps += 1
        self._steps += 1
        action = choose(ACTIONS, self._steps)
        for person in self.world.people:
            facts = GENERATION_RESOURCE.facts_for(person, list(self.world.generations))
            assert facts.keys() == self.world.generations.keys()
            for generation, found in facts.items():
                question = Question(person, action, generation, found, Principal(person, uuid4()))
                it = pipeline.run(pipeline.DECISION, Deliberation(question)).decision
                expected = rules.verdict(self.world, person, generation, self.now, action=str(action.permission))
                assert it is not None
                assert rules.Verdict(it.is_allowed, it.access_method, it.effective_role, it.permissions) == expected
