"""Shutting networks out and letting them in again, each with its record."""

from django.db import transaction

from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.blocking.models import BlockedNetwork
from velro.observability.networks import parse_network


@transaction.atomic
def block_network(block: BlockedNetwork, *, actor: Actor) -> None:
    """Store a new or changed block. Every process heeds it within BLOCKED_NETWORKS_MAX_AGE."""
    block.network = str(parse_network(block.network.strip()))
    block.save()
    _record("network.blocked", block, actor=actor)


@transaction.atomic
def unblock_network(block: BlockedNetwork, *, actor: Actor) -> None:
    """Remove a block."""
    _record("network.unblocked", block, actor=actor)
    block.delete()


def _record(name: str, block: BlockedNetwork, *, actor: Actor) -> None:
    until = block.expires_at.isoformat() if block.expires_at else None
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject("blocked_network", block.id),
        details={"network": block.network, "reason": block.reason, "expires_at": until},
    )
