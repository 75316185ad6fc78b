"""What travels through the layers of each stage. Every layer takes one of these and returns it, changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from authorization.actions import ALL_PERMISSIONS, Permission
from authorization.facts import Attempt, Decision, Grant, LayerTiming, Principal, Question
from authorization.roles import Role


@dataclass(frozen=True, slots=True)
class Admission:
    """Layers 1 to 3: who knocks. `principal` stays None for a request without a token."""

    attempt: Attempt
    principal: Principal | None = None
    timings: tuple[LayerTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Deliberation:
    """Layers 4 to 8: may they.

    Rules add `grants`; the state of the resource limits them by `ceiling` and `least_role`.
    """

    question: Question
    grants: tuple[Grant, ...] = ()
    ceiling: frozenset[Permission] = ALL_PERMISSIONS
    least_role: Role = Role.VIEWER
    decision: Decision | None = None
    timings: tuple[LayerTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """Layers 9 and 10: what leaves. `body` is None for a stream; `wants_digest` when the client asked for one."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes | None
    wants_digest: bool = False
    timings: tuple[LayerTiming, ...] = ()
