"""Fetch and authorize in one call, so that no view can hold a generation it may not use."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from authorization import engine
from authorization.actions import Action
from authorization.explain import Explanation, explain
from authorization.facts import Decision, Principal
from authorization.roles import Permission
from generations import actions
from generations.models import Delegation, Generation, Share
from generations.reach import people_reaching
from velro.errors import NotFound


def access_generation(principal: Principal, generation_id: UUID, *, action: Action) -> Generation:
    """The generation with its assets.

    Raises NotFound for who may not read it, PermissionDenied for who may only read.
    """
    engine.require(principal, action, generation_id)
    generation = Generation.objects.prefetch_related("assets").filter(id=generation_id, deleted_at__isnull=True).first()
    if generation is None:
        raise NotFound
    return generation


def authorize_generation(principal: Principal, generation_id: UUID, *, action: Action) -> Decision:
    """For who changes it under locks. Raises NotFound for who may not read it, whatever else they may."""
    decision = engine.require(principal, action, generation_id)
    if Permission.READ not in decision.permissions:
        raise NotFound
    return decision


def authorize_deleted_generation(principal: Principal, generation_id: UUID) -> None:
    """To take it back. Raises NotFound for everybody else."""
    engine.require(principal, actions.RESTORE_DELETED, generation_id)


def access_shares(principal: Principal, generation_id: UUID) -> QuerySet[Share]:
    """How it is shared, for whoever may share it. Raises NotFound or PermissionDenied."""
    engine.require(principal, actions.SHARE, generation_id)
    return Share.objects.filter(generation_id=generation_id).select_related("team")


def access_delegations(principal: Principal, generation_id: UUID) -> QuerySet[Delegation]:
    """All of them for whoever may share the generation; for others who may read it, those from and to themselves."""
    decision = engine.require(principal, actions.READ, generation_id)
    delegations = Delegation.objects.filter(generation_id=generation_id).select_related("delegate")
    if Permission.SHARE in decision.permissions:
        return delegations
    return delegations.filter(Q(delegator_id=principal.user_id) | Q(delegate_id=principal.user_id))


def access_people(principal: Principal, generation_id: UUID) -> QuerySet[User]:
    """Who reaches it, for whoever may share it. Raises NotFound or PermissionDenied."""
    engine.require(principal, actions.SHARE, generation_id)
    return people_reaching(generation_id)


def explain_access(
    principal: Principal, generation_id: UUID, *, action: Action, user_id: UUID | None = None
) -> Explanation:
    """Why somebody, or the caller, may or may not. For whoever may share it, and for operators, who see nothing of it.

    Raises NotFound or PermissionDenied.
    """
    decision = engine.decide(principal, actions.SHARE, generation_id)
    if not decision.is_allowed and not principal.is_operator:
        raise engine.refusal_of(decision)
    explanation = explain(user_id or principal.user_id, action, generation_id, asked_by=principal)
    if explanation is None:
        raise NotFound
    return explanation
