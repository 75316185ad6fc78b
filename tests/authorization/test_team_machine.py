"""Teams live in random steps; what the services refuse and what the engine decides is what the rules say."""

import sys

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.authorization.machine.access import AccessSteps
from tests.authorization.machine.machine import Machine
from tests.authorization.machine.teams import TeamSteps

STEPS_OF_A_LIFE = 50
IS_LONG = settings.get_current_profile_name() == "long"
LIVES = 2_000 if IS_LONG else 40


class TeamMachine(TeamSteps, AccessSteps):
    """Everything that can happen."""


@pytest.fixture
def progress(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on the terminal that counts the steps, where they are many."""
    if not IS_LONG:
        return
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show() -> None:
        with capture.global_and_fixture_disabled():
            counted = f"{Machine.steps:>9,} of {LIVES * STEPS_OF_A_LIFE:,} steps, {Machine.refusals:,} refused"
            print(f"\r{counted}", end="", file=sys.stderr, flush=True)  # noqa: T201 - a progress line

    monkeypatch.setattr(Machine, "report", staticmethod(show))


@pytest.mark.django_db
@pytest.mark.timeout(0 if IS_LONG else 900)
@pytest.mark.usefixtures("progress")
def test_every_step_ends_as_the_rules_say() -> None:
    run_state_machine_as_test(
        TeamMachine,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS_OF_A_LIFE,
            deadline=None,
            backend="hypothesis-urandom",
            # Explaining a failure would take longer than making it small.
            phases=[Phase.reuse, Phase.generate, Phase.shrink],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert Machine.steps >= 0.95 * LIVES * STEPS_OF_A_LIFE
    assert Machine.refusals > 0.1 * Machine.steps
