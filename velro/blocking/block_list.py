"""The blocked networks as this process knows them: a copy that is at most BLOCKED_NETWORKS_MAX_AGE seconds old."""

from threading import Lock
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError

from velro.blocking.models import BlockedNetwork
from velro.observability.networks import NetworkSet

log = structlog.get_logger(__name__)


class BlockList:
    """One per process. One request renews an old copy; those that come meanwhile use what there is."""

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

    def is_old(self) -> bool:
        """Whether the next to ask has to renew the copy."""
        return self._renew_at is None or monotonic() >= self._renew_at

    def _read(self) -> None:
        """A database that does not answer leaves the copy as it is."""
        read_at = monotonic()
        try:
            self._networks = NetworkSet(BlockedNetwork.objects.in_force().values_list("network", flat=True))
        except DatabaseError as error:
            log.error("blocked_networks_not_read", error=type(error).__name__)  # noqa: TRY400 - the type says it all
        self._renew_at = read_at + settings.ENVIRONMENT.blocked_networks_max_age


block_list = BlockList()
