"""What the engine asks of the features above it.

Each implements its part in its `policies.py` and registers in `registrations.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from authorization.actions import Action
from authorization.facts import Attempt, Decision, Path, Principal, ResourceFacts


class ResourceType(Protocol):
    """A kind of resource that can be authorized.

    One that has a `facts_edition` besides lets its facts be handed from process to process; their evidence then has a
    reading. It is another text whenever the same rows would be other facts, such as a digest of the statement.

    One that has a `facts_of` besides is asked about several people at once: for a sequence of pairs of a person and a
    resource it has facts of each, None for a resource that does not exist, in one statement whatever their number.
    """

    @property
    def name(self) -> str:
        """The `resource` part of its actions."""

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """Facts of the existing ones, in one statement whatever the number of ids."""

    def visible_to(self, user_id: UUID, action: Action) -> Any:
        """QuerySet of exactly those for which the decision allows `action`, from the same SQL as `facts_for`."""

    def holders_of(self, action: Action, resource_id: UUID) -> Any:
        """QuerySet of exactly the people whom the decision allows `action`, from the same SQL as `facts_for`."""


@dataclass(frozen=True, slots=True)
class Source:
    """The row that a path comes from. `name` is for people; `kind` says what the id is of, such as team or share."""

    kind: str
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that does not allow what was asked.

    `reason` is a stable code and `detail` a sentence. `change` is the least that would make the rule allow it; None
    where nothing could.
    """

    rule: str
    reason: str
    detail: str
    change: str | None = None


class Explainer(Protocol):
    """How a feature puts its rules into words."""

    def name_sources(self, paths: Sequence[Path]) -> Mapping[Path, Source]:
        """Where each comes from; those without a row of their own are left out."""

    def failed_rules(self, user_id: UUID, action: Action, facts: ResourceFacts) -> Sequence[FailedRule]:
        """For somebody who is denied: one for each rule, in the order of the rules, or for each row of one."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who somebody is, as memory has it. `holds_at` says whether it is so at a time of the database's clock."""

    principal: Principal
    holds_at: Callable[[float], bool]


class IdentitySource(Protocol):
    """Turns a bearer token into a principal."""

    def identify(self, attempt: Attempt) -> Principal:
        """Raises a subclass of `authorization.errors.Unauthenticated`."""

    def recognise(self, attempt: Attempt) -> Recognition | None:
        """The same from memory alone; None where the database would have to be asked, or told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """May they do this to these resources? With None for `user_id`, it is the caller who asks for themself."""

    action: Action
    resource_ids: Sequence[UUID]
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """All that a request asks, and what its body is answered with: `render` is given the decisions in their order."""

    asked: Sequence[Asked]
    render: Callable[[Sequence[Decision]], bytes]


class DecisionRoute(Protocol):
    """Addresses at which decisions about resources of one type are asked for, and how those are written.

    An operator may ask there about everybody, and everybody about themself.
    """

    @property
    def action(self) -> Action:
        """What a caller does by asking there."""

    @property
    def ending(self) -> str:
        """Of all its addresses, and of few others."""

    def questions_at(self, path: str, body: bytes) -> Questions | None:
        """What is asked; None for another address, or for a body that is not written plainly."""

    def around_duration(self, body: bytes) -> tuple[bytes, bytes] | None:
        """The two pieces of an answer between which stands how many milliseconds it took; None if it does not say."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Subject or resource of a question from outside, in AuthZEN's words. Nothing in it is believed yet."""

    type: str
    id: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question from outside: may this subject do this to this resource? `asked_by` is whose key asks."""

    subject: Entity
    action: str
    resource: Entity
    asked_by: Principal
    action_properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one question. `reason` is for the trail; `is_recorded` says that the engine left its record."""

    is_allowed: bool
    reason: str
    is_recorded: bool = False


class PolicySource(Protocol):
    """A resource type about which others may ask (AuthZEN 1.0).

    What is unknown (a subject, an action, a resource) is denied or not found, never an error.
    """

    @property
    def name(self) -> str:
        """The `resource.type` of its questions."""

    def evaluate(self, inquiries: Sequence[Inquiry]) -> Sequence[Verdict]:
        """One verdict per question, in their order; the number of statements does not grow with that of resources."""

    def find_subjects(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        """Ids above `after`, ascending, of subjects of the asked type that may; the asked subject id is ignored."""

    def find_resources(self, inquiry: Inquiry, *, after: str, limit: int) -> Sequence[str]:
        """Ids above `after`, ascending, of resources that the subject may act on; the asked resource id is ignored."""

    def find_actions(self, inquiry: Inquiry) -> Sequence[str]:
        """Names of what the subject may do to the resource; the asked action is ignored."""


@dataclass(frozen=True, slots=True)
class ForwardedRoute:
    """An address behind a gateway and what its caller must be allowed to do.

    `{id}` in `template` is one step of the path, the id of a resource of that type. With None for `action` it is enough
    to be signed in: no resource exists yet, or the service behind the gateway asks about each itself.
    """

    method: str
    template: str
    resource_type: str
    action: str | None
