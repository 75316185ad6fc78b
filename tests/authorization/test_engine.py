"""The engine protects a resource type it has never heard of, and leaves a record of every decision."""

from uuid import uuid4

import pytest

from authorization import engine
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import ResourceState
from authorization.registry import Registry
from tests.authorization.prompts import AUTHOR, COLLEAGUE, MALLORY, READ, SHARE, PromptLibrary
from tests.support.trail import trail
from velro.errors import NotFound

pytestmark = pytest.mark.django_db


def test_the_owner_is_allowed_and_a_stranger_is_not(prompts: PromptLibrary) -> None:
    prompt = prompts.add()
    assert engine.decide(AUTHOR, READ, prompt).is_allowed
    assert not engine.decide(MALLORY, READ, prompt).is_allowed


def test_a_denial_and_an_unknown_id_are_the_same_decision_to_the_caller(prompts: PromptLibrary) -> None:
    denied = engine.decide(MALLORY, READ, prompts.add())
    absent = engine.decide(MALLORY, READ, uuid4())
    shown = [(d.is_allowed, d.access_method, d.effective_role, d.permissions) for d in (denied, absent)]
    assert shown[0] == shown[1] == (False, None, None, frozenset())


def test_requiring_hides_what_may_not_be_read_and_names_what_may(prompts: PromptLibrary) -> None:
    prompt = prompts.add(project_id=uuid4())
    with pytest.raises(NotFound):
        engine.require(MALLORY, SHARE, prompt)
    with pytest.raises(NotFound):
        engine.require(COLLEAGUE, SHARE, uuid4())
    with pytest.raises(PermissionDenied):
        engine.require(COLLEAGUE, SHARE, prompt)
    assert engine.require(COLLEAGUE, READ, prompt).access_method == "team_membership"


def test_nobody_is_required_to_sign_in() -> None:
    with pytest.raises(Unauthenticated):
        engine.require_principal(None)


def test_many_decisions_cost_one_statement_for_facts(prompts: PromptLibrary) -> None:
    wanted = [prompts.add(), uuid4(), prompts.add(state=ResourceState.DELETED)]
    decisions = engine.decide_many(AUTHOR, READ, wanted)
    assert [decisions[resource_id].is_allowed for resource_id in wanted] == [True, False, False]
    assert prompts.statements == 1


def test_every_decision_leaves_a_record(prompts: PromptLibrary) -> None:
    prompt = prompts.add()
    engine.decide(AUTHOR, READ, prompt)
    engine.decide(MALLORY, SHARE, prompt)
    records = (
        trail().order_by("at").values_list("actor_id", "action", "resource_type", "resource_id", "outcome", "reason")
    )
    assert set(records) == {
        (AUTHOR.user_id, "prompt:read", "prompt", prompt, "allowed", "granted_by_direct_ownership"),
        (MALLORY.user_id, "prompt:share", "prompt", prompt, "denied", "no_rule_applies"),
    }


def test_every_layer_is_timed(prompts: PromptLibrary) -> None:
    decision = engine.decide(AUTHOR, READ, prompts.add())
    assert [timing.layer for timing in decision.timings] == ["cache", "facts", "ownership", "team", "rbac", "audit"]
    assert decision.duration_ms > 0


def test_registering_twice_is_refused() -> None:
    fresh = Registry()
    fresh.add_resource_type(PromptLibrary())
    with pytest.raises(ValueError, match="registered twice"):
        fresh.add_resource_type(PromptLibrary())
    with pytest.raises(LookupError):
        _ = fresh.identity_source
