"""`Idempotency-Key`: a request that is sent again gets the answer of the first, and its work is done once.

The key is claimed in a short transaction of its own; the view then runs in a transaction that also stores its answer,
so the work and the memory of it are committed together or not at all. A request that fails frees its key; one that
dies frees it when its lease ends, and if it turns out to be merely slow, the fencing token makes it roll back instead
of working twice.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol, cast
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from velro.api.headers import IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED
from velro.api.models import IdempotencyRecord
from velro.encryption import seal, unseal
from velro.errors import Conflict, MalformedRequest, VelroError

MARK: Final = "is_idempotent"
LEASE: Final = timedelta(seconds=60)
log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(hours=24)

ViewMethod = Callable[..., Response]


class Identified(Protocol):
    """What is asked of whoever is signed in; the type that has it lives above this package."""

    @property
    def user_id(self) -> UUID:
        """Keys are per person."""


class IdempotencyKeyReused(VelroError):
    """The key belongs to a request with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "This idempotency key was used with another body"


class RequestStillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    code = "request_still_running"
    title = "The first request with this idempotency key is still running"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request wants a key for."""

    user_id: UUID
    route: str
    key: str
    fingerprint: str

    @property
    def place(self) -> dict[str, Any]:
        """The unique columns."""
        return {"user_id": self.user_id, "route": self.route, "key": self.key}


def idempotent(method: ViewMethod) -> ViewMethod:
    """Decorates a method of an `ApiView` that creates something. Without the header the method runs as it is."""

    @functools.wraps(method)
    def run_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(IDEMPOTENCY_KEY.name)
        if key is None:
            return method(view, request, *args, **kwargs)
        record = claim_key(_claim_of(request, key=key))
        if record.status_code is not None:
            return _replay(record)
        try:
            with transaction.atomic():
                return _remember(record, method(view, request, *args, **kwargs))
        except Exception:
            _free(record)
            raise

    vars(run_once)[MARK] = True
    return run_once


def _free(record: IdempotencyRecord) -> None:
    """Let the key be used again at once; if the database is gone, it is free when its lease ends."""
    try:
        IdempotencyRecord.objects.filter(id=record.id, owner=record.owner, status_code__isnull=True).delete()
    except DatabaseError as error:
        log.warning("idempotency_key_not_freed", error=type(error).__name__)


def is_idempotent(method: Callable[..., Any]) -> bool:
    """Whether this method is decorated; asked by the OpenAPI document."""
    return hasattr(method, MARK)


def claim_key(claim: Claim) -> IdempotencyRecord:
    """The finished record of an earlier request, or one that now belongs to this request.

    Raises IdempotencyKeyReused or RequestStillRunning.
    """
    now = timezone.now()
    IdempotencyRecord.objects.filter(**claim.place, created_at__lt=now - KEPT_FOR, leased_until__lt=now).delete()
    fresh = IdempotencyRecord(
        **claim.place, fingerprint=claim.fingerprint, owner=uuid4(), leased_until=now + LEASE, created_at=now
    )
    IdempotencyRecord.objects.bulk_create([fresh], ignore_conflicts=True)
    record = IdempotencyRecord.objects.filter(**claim.place).first()
    if record is None:
        raise _still_running()
    if record.owner == fresh.owner:
        return record
    if record.fingerprint != claim.fingerprint:
        raise IdempotencyKeyReused
    return record if record.status_code is not None else _take_over(record)


def purge_expired_records() -> int:
    """Forget what is older than 24 hours. Returns how many."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted


def _take_over(record: IdempotencyRecord) -> IdempotencyRecord:
    now, owner = timezone.now(), uuid4()
    abandoned = IdempotencyRecord.objects.filter(
        id=record.id, owner=record.owner, status_code__isnull=True, leased_until__lt=now
    )
    if not abandoned.update(owner=owner, leased_until=now + LEASE):
        raise _still_running()
    record.owner = owner
    return record


def _remember(record: IdempotencyRecord, response: Response) -> Response:
    """Store the answer in the transaction of the work, which is undone if the key is no longer ours."""
    body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
    answer = json.dumps({"headers": dict(response.headers), "body": body})
    held = IdempotencyRecord.objects.filter(id=record.id, owner=record.owner, status_code__isnull=True)
    if not held.update(status_code=response.status_code, answer=seal(answer.encode(), context=_context(record))):
        raise _still_running()
    return response


def _replay(record: IdempotencyRecord) -> Response:
    answer = json.loads(unseal(record.answer, context=_context(record)))
    return Response(
        json.loads(answer["body"]) if answer["body"] else None,
        status=record.status_code,
        headers={**answer["headers"], IDEMPOTENCY_REPLAYED.name: "true"},
    )


def _claim_of(request: Request, *, key: str) -> Claim:
    if not re.fullmatch(IDEMPOTENCY_KEY.pattern, key):
        raise MalformedRequest(f"{IDEMPOTENCY_KEY.name} must be 1 to 255 visible ASCII characters.")
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return Claim(
        user_id=cast("Identified", request.user).user_id,
        route=f"{request.method} {request.path}",
        key=key,
        fingerprint=hashlib.sha256(body.encode()).hexdigest(),
    )


def _context(record: IdempotencyRecord) -> str:
    return f"api_idempotencyrecord.answer:{record.id}"


def _still_running() -> RequestStillRunning:
    return RequestStillRunning(headers={"Retry-After": "1"})
