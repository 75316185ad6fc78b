"""What operators take back without a right of their own on the generation: shares and delegations."""

from uuid import UUID

from django.db import transaction

from generations.actions import RESOURCE
from generations.models import Delegation, Share
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


@transaction.atomic
def revoke_share(share_id: UUID, *, actor: Actor) -> bool:
    """End a share at once. False if it is gone already."""
    share = Share.objects.select_for_update().filter(id=share_id).first()
    if share is None:
        return False
    record_event(
        "generation.share_withdrawn",
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject(RESOURCE, share.generation_id),
        reason="by_operator",
        details={"share": str(share.id), "team": str(share.team_id), "role": share.role},
    )
    share.delete()
    return True


@transaction.atomic
def revoke_delegation(delegation_id: UUID, *, actor: Actor) -> bool:
    """End a delegation at once. False if it is gone already."""
    delegation = Delegation.objects.select_for_update().filter(id=delegation_id).first()
    if delegation is None:
        return False
    record_event(
        "generation.delegation_revoked",
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject(RESOURCE, delegation.generation_id),
        reason="by_operator",
        details={
            "delegation": str(delegation.id),
            "delegator": str(delegation.delegator_id),
            "delegate": str(delegation.delegate_id),
        },
    )
    delegation.delete()
    return True
