"""Refusals that are no decisions, in the audit trail.

Those ahead of any decision are recorded once in a while for each caller, so that no flood can fill it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from authorization.errors import Unauthenticated
from authorization.facts import Attempt
from velro.audit.models import Outcome, Severity
from velro.audit.services import SYSTEM, Actor, Subject, record_event
from velro.errors import VelroError
from velro.observability.networks import subscriber_of
from velro.rate_limits.limiter import limiter

log = structlog.get_logger(__name__)

REFUSED = "request.refused"


def record_refusal(reason: str, *, account: str, actor: Actor = SYSTEM, details: Mapping[str, Any]) -> None:
    """Record the first refusal of this account for this reason in each RATE_LIMIT_WINDOW.

    A trail that cannot be written stops nothing here: the request is refused either way.
    """
    if not limiter().is_first(f"refused_{reason}", account, within=settings.ENVIRONMENT.rate_limit_window):
        return
    try:
        record_event(REFUSED, outcome=Outcome.DENIED, reason=reason, actor=actor, details=details)
    except DatabaseError as error:
        log.error("refusal_not_recorded", reason=reason, error=type(error).__name__)  # noqa: TRY400 - no traceback each time


@contextmanager
def recording_disbelief(attempt: Attempt) -> Iterator[None]:
    """Record that a token is not believed: by address and code, since nobody knows whose it is. Never the token."""
    try:
        yield
    except Unauthenticated as refusal:
        account = subscriber_of(attempt.client_address)
        record_refusal(refusal.code, account=account, details={"account": account})
        raise


@contextmanager
def recording_refused_change(name: str, *, actor: Actor, subject: Subject, **details: str) -> Iterator[None]:
    """One transaction. What is refused in it is undone, and leaves an event with the refusal's code as its reason."""
    try:
        with transaction.atomic():
            yield
    except VelroError as refusal:
        record_event(
            name,
            outcome=Outcome.DENIED,
            severity=Severity.WARNING,
            actor=actor,
            subject=subject,
            reason=refusal.code,
            details=details,
        )
        raise
