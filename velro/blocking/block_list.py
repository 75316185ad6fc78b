"""The blocked networks as this process knows them: a copy that is at most BLOCKED_NETWORKS_MAX_AGE seconds old."""

from threading import Lock
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError

from velro.blocking.models import BlockedNetwork
from velro.observability.networks import NetworkSet
from velro.recurring import Recurring

log = structlog.get_logger(__name__)

SHORTEST_WAIT: Final = 0.05


class BlockList:
    """One per process.

    Where requests are answered, a thread renews the copy before it is old. If it does not come to that, one request
    renews it, and those that come meanwhile use what there is.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._networks = NetworkSet(())
        self._renew_at: float | None = None

    def has(self, address: str, *, may_read: bool = True) -> bool:
        """Whether a blocked network holds this address. Without `may_read` the copy is good however old it is."""
        if may_read and self.is_old() and self._lock.acquire(blocking=self._renew_at is None):
            try:
                if self.is_old():
                    self._read()
            finally:
                self._lock.release()
        return address in self._networks

    def lets_in(self, address: str) -> bool:
        """Whether no blocked network holds it, by a copy that is not old."""
        return self._renew_at is not None and monotonic() < self._renew_at and address not in self._networks

    def is_old(self) -> bool:
        """Whether the next to ask has to renew the copy."""
        return self._renew_at is None or monotonic() >= self._renew_at

    def renew(self) -> None:
        """Read what is blocked now."""
        with self._lock:
            self._read()

    def _read(self) -> None:
        """A database that does not answer leaves the copy as it is."""
        read_at = monotonic()
        try:
            self._networks = NetworkSet(BlockedNetwork.objects.in_force().values_list("network", flat=True))
        except DatabaseError as error:
            log.error("blocked_networks_not_read", error=type(error).__name__)  # noqa: TRY400 - the type says it all
        self._renew_at = read_at + settings.ENVIRONMENT.blocked_networks_max_age


def seconds_between_renewals() -> float:
    """So that a copy is renewed before it is old, though the database takes its time."""
    return max(settings.ENVIRONMENT.blocked_networks_max_age / 2, SHORTEST_WAIT)


block_list = BlockList()
RENEWING: Final = Recurring("blocked-networks", block_list.renew, seconds=seconds_between_renewals)
