"""How the caches of this process are doing: a word for everybody, and the figures for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.caching.counters import Miss
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.caching.sharing import SHARER
from authorization.facts import Principal
from authorization.freshness.listener import LISTENER, Listener, seconds_now
from velro import __version__
from velro.api.declarations import PUBLIC, Answer
from velro.api.health import HealthOutput
from velro.api.views import ApiView
from velro.caching.breaker import BreakerState
from velro.caching.figures import TierFigures
from velro.caching.freshness import SIZE
from velro.caching.models import MaterializedViewRefresh, Tier
from velro.caching.sampling import process_name
from velro.caching.tiers import read_tiers


class CacheTierOutput(serializers.Serializer[Any]):
    """What one tier did in this process since it started. Times are in milliseconds, of a sample of the hits."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    misses_by_reason = serializers.DictField(child=serializers.IntegerField())
    hit_rate = serializers.FloatField(allow_null=True, help_text="Between 0 and 1; null before the first look-up.")
    fills = serializers.IntegerField()
    evictions = serializers.IntegerField()
    entries = serializers.IntegerField()
    bytes = serializers.IntegerField(help_text="About what the entries take in memory.")
    avg_ms = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)


class CacheSharedOutput(serializers.Serializer[Any]):
    """How this process gets on with the server by which processes share facts (L2)."""

    is_on = serializers.BooleanField()
    breaker = serializers.ChoiceField(
        choices=[str(state) for state in BreakerState], help_text="Open: it does not answer and is left alone."
    )
    times_opened = serializers.IntegerField()
    failures = serializers.IntegerField(help_text="Questions and values that did not reach it.")
    dropped = serializers.IntegerField(help_text="Values that were left out because too many others waited.")
    refused = serializers.IntegerField(help_text="Values that no process of ours can have left there.")


class CacheLeaseOutput(serializers.Serializer[Any]):
    """Whether this process may answer from memory. `peers` counts those that listen, itself among them."""

    is_held = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    peers = serializers.IntegerField(allow_null=True, help_text="null while it has not watched for long enough.")


class CacheViewOutput(serializers.Serializer[Any]):
    """A materialized view. Its rows are as old as `refreshed_at`, which is null while it was never filled."""

    name = serializers.CharField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True, source="row_count")
    bytes = serializers.IntegerField(allow_null=True)
    is_failing = serializers.BooleanField()


class CacheHealthOutput(HealthOutput):
    """`status` is degraded while nothing is answered from memory. All but it and `version` is for operators."""

    process = serializers.CharField(required=False)
    tiers = CacheTierOutput(many=True, required=False)
    shared = CacheSharedOutput(required=False)
    lease = CacheLeaseOutput(required=False)
    views = CacheViewOutput(many=True, required=False)


class CacheHealthView(ApiView):
    """The tiers are those of the process that answers."""

    is_token_heeded = True
    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, CacheHealthOutput)}

    def get(self, request: Request) -> Response:
        """Say whether decisions are answered from memory. Operators see each tier, the lease and the views."""
        state = lease_state(LISTENER)
        detail = _detail(state) if _is_told_all(request.user) else {}
        return self.answer({"status": "ok" if state.is_held else "degraded", "version": __version__, **detail})


def _is_told_all(caller: object) -> bool:
    """Operators, in a session of theirs: no API key reaches as far."""
    return isinstance(caller, Principal) and caller.is_operator and caller.scopes is None


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Whether a process may answer from memory, since when it may, and how many listen; None where it cannot tell."""

    is_held: bool
    since: datetime | None
    peers: int | None


def lease_state(listener: Listener) -> LeaseState:
    """Of this process, at this moment."""
    since, peers = listener.leased_since, listener.recent_peers()
    return LeaseState(
        is_held=since is not None,
        since=None if since is None else timezone.now() - timedelta(seconds=seconds_now() - since),
        peers=None if peers is None else len(peers),
    )


@dataclass(frozen=True, slots=True)
class SharedState:
    """Whether processes share facts, and how this one gets on with the server by which they do."""

    is_on: bool
    breaker: BreakerState
    times_opened: int
    failures: int
    dropped: int
    refused: int


def shared_state() -> SharedState:
    """Of this process, since it started."""
    store, misses = SHARED_FACTS.store, SHARED_FACTS.figures().misses
    return SharedState(
        is_on=settings.ENVIRONMENT.decision_cache_lifetime > 0,
        breaker=store.breaker.state,
        times_opened=store.breaker.times_opened,
        failures=store.failures,
        dropped=SHARER.dropped,
        refused=misses[Miss.REFUSED],
    )


def _detail(state: LeaseState) -> Mapping[str, Any]:
    return {
        "process": process_name(),
        "tiers": [_tier(tier, figures) for tier, figures in read_tiers().items()],
        "shared": shared_state(),
        "lease": state,
        "views": [_view(row) for row in MaterializedViewRefresh.objects.annotate(bytes=SIZE)],
    }


def _tier(tier: Tier, figures: TierFigures) -> Mapping[str, Any]:
    times = figures.lookups
    in_ms = {"avg_ms": times.mean, **{f"p{it}_ms": times.percentile(it / 100) for it in (50, 95, 99)}}
    return {
        "tier": tier,
        "hits": figures.hits,
        "misses": figures.missed,
        "misses_by_reason": figures.misses,
        "hit_rate": figures.hit_rate,
        "fills": figures.fills,
        "evictions": figures.evictions,
        "entries": figures.entries,
        "bytes": figures.bytes,
        **{name: round(value / 1000, 6) if times.count else None for name, value in in_ms.items()},
    }


def _view(row: Any) -> Mapping[str, Any]:
    return {
        "name": row.name,
        "refreshed_at": row.refreshed_at,
        "row_count": row.row_count,
        "bytes": row.bytes,
        "is_failing": bool(row.last_error),
    }
