"""The engine protects a resource type it has never heard of, and leaves a record of every decision."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from authorization import engine
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Decision, Principal, ResourceState
from authorization.layer_times import forget_layer_times, layer_times
from authorization.registry import Registry
from tests.authorization.prompts import AUTHOR, COLLEAGUE, MALLORY, READ, SHARE, PromptLibrary
from tests.support.trail import trail
from velro.audit.models import AuditEvent
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


def asked_together(prompts: PromptLibrary) -> list[UUID]:
    """Some are alike, and between them are others."""
    return [
        resource_id
        for _ in range(3)
        for resource_id in (
            prompts.add(),
            prompts.add(state=ResourceState.DELETED),
            uuid4(),
            prompts.add(project_id=uuid4()),
        )
    ]


@pytest.mark.parametrize("principal", [AUTHOR, COLLEAGUE, MALLORY])
def test_many_at_once_are_decided_and_recorded_as_one_by_one(prompts: PromptLibrary, principal: Principal) -> None:
    wanted = asked_together(prompts)
    together = engine.decide_many(principal, READ, wanted)
    by_one = {resource_id: engine.decide(principal, READ, resource_id) for resource_id in wanted}

    assert list(together) == wanted
    assert [without_times(it) for it in together.values()] == [without_times(it) for it in by_one.values()]
    rows = list(trail().order_by("id"))
    first, second = rows[: len(wanted)], rows[len(wanted) :]
    assert [row.resource_id for row in first] == wanted == [row.resource_id for row in second]
    assert [columns(row) for row in first] == [columns(row) for row in second]
    assert len({row.id for row in rows}) == 2 * len(wanted)


def without_times(decision: Decision) -> Decision:
    return replace(decision, duration_ms=0, timings=())


def columns(row: AuditEvent) -> dict[str, Any]:
    """Of a record, those that are alike whenever the question is."""
    own = {"id", "at", "duration_ms", "details"}
    shown = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name not in own}
    assert row.duration_ms is not None
    assert row.duration_ms > 0
    return shown | {"details": list(row.details)}


def test_layers_decide_once_about_all_in_which_they_see_the_same(prompts: PromptLibrary) -> None:
    forget_layer_times()
    engine.decide_many(AUTHOR, READ, asked_together(prompts))
    assert {it.layer: it.count for it in layer_times()} == {
        "cache": 1, "facts": 1, "ownership": 3, "team": 3, "rbac": 3, "audit": 1,
    }  # fmt: skip


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
