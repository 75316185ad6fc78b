"""Why somebody may do something to a resource, or what stands in their way: decided anew by layers 4 to 6, uncached.

Nothing here is a decision that lets anybody in: whoever asks has the right to know, and leaves a record of asking.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from authorization import pipeline
from authorization.actions import Action
from authorization.deliberation import Deliberation
from authorization.facts import Decision, Path, Principal, Question, ResourceFacts
from authorization.layers.granting import permissions_given_by
from authorization.ports import FailedRule, Source
from authorization.registry import registry
from authorization.roles import Permission, Role
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


@dataclass(frozen=True, slots=True)
class OpenPath:
    """One path that allows what was asked. `source` is where it comes from, by name; it ends at `ends_at`."""

    path: Path
    source: Source | None

    @property
    def role(self) -> Role | None:
        """As far as which the path reaches; None where permissions are named one by one."""
        return self.path.role

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it gives while nothing but the path counts."""
        return permissions_given_by(self.path)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Either `paths` or `failed_rules` has something in it."""

    user_id: UUID
    action: Action
    decision: Decision
    paths: tuple[OpenPath, ...]
    failed_rules: tuple[FailedRule, ...]


def explain(user_id: UUID, action: Action, resource_id: UUID, *, asked_by: Principal) -> Explanation | None:
    """None for a resource that does not exist. Its feature registered an explainer."""
    facts = registry.resource_type(action.resource).facts_for(user_id, [resource_id]).get(resource_id)
    if facts is None:
        return None
    explainer = registry.explainers[action.resource]
    decision = judge(user_id, action, facts)
    allowing = [path for path in facts.paths if judge(user_id, action, replace(facts, paths=(path,))).is_allowed]
    sources = explainer.name_sources(allowing)
    explanation = Explanation(
        user_id=user_id,
        action=action,
        decision=decision,
        paths=tuple(OpenPath(path, sources.get(path)) for path in allowing),
        failed_rules=() if decision.is_allowed else tuple(explainer.failed_rules(user_id, action, facts)),
    )
    asker = Actor(asked_by.user_id, asked_by.session_id)
    record_explanation(user_id, action, resource_id, asked_by=asker)
    return explanation


def judge(user_id: UUID, action: Action, facts: ResourceFacts) -> Decision:
    """What layers 4 to 6 make of these facts. It leaves no record, and nobody is let in by it."""
    question = Question(user_id, action, facts.resource_id, facts, Principal(user_id, user_id))
    decision = pipeline.run(pipeline.DECISION, Deliberation(question)).decision
    if decision is None:
        raise AssertionError("layer 6 answers every question")
    return decision


def record_explanation(user_id: UUID, action: Action, resource_id: UUID, *, asked_by: Actor) -> None:
    """Who asked about whom, here or in the admin."""
    record_event(
        "authorization.explained",
        outcome=Outcome.SUCCEEDED,
        actor=asked_by,
        subject=Subject(action.resource, resource_id),
        details={"about_user": str(user_id), "action": str(action)},
    )
