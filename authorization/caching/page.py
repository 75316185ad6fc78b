"""The page of the admin about caches: what they are worth, and the means to start anew."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from authorization.caching.forgetting import forget_everything, forget_one, kinds
from authorization.caching.health import lease_state, shared_state
from authorization.caching.warm_up import WARMER, warm_up_everywhere
from authorization.freshness.listener import LISTENER
from authorization.layer_panel import read_layer_times
from velro.admin_columns import moment
from velro.admin_dialogs import Dialog, answer_dialog, require_operator
from velro.admin_pages import AdminPage
from velro.audit.services import Actor
from velro.caching.breaker import BreakerState
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.figures import TierFigures
from velro.caching.freshness import refreshed_at
from velro.caching.models import Tier
from velro.caching.sampling import process_name
from velro.caching.tier_report import MEGABYTE, TIER_REPORT
from velro.caching.tiers import read_tiers

TITLE: Final = "Caches"
HEADERS: Final = (
    "Tier", "Hit rate", "Hits", "Misses", "Fills", "Evictions", "Entries", "MB", "p50 us", "p95 us", "p99 us",
)  # fmt: skip
LABEL_OF_MISS: Final = {
    "absent": "not there",
    "changed": "changed",
    "expired": "expired",
    "no_lease": "without a lease",
    "refused": "refused",
    "unavailable": "not to be reached",
}
FORGET: Final = Dialog(
    "Forget everything",
    "Every process forgets what it knows and asks the database anew. Decisions stay right; they take longer for a "
    "while. The audit trail keeps that you asked for it.",
    "Forget everything",
)


LABEL_OF_STATE: Final = {
    BreakerState.CLOSED: "can be reached",
    BreakerState.OPEN: "cannot be reached, and is left alone for some seconds",
    BreakerState.HALF_OPEN: "could not be reached, and is being tried again",
}


class ForgetOneForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    """Of what."""

    kind = forms.ChoiceField(
        choices=lambda: [(kind, kind.capitalize()) for kind in kinds()], widget=UnfoldAdminSelectWidget
    )
    subject_id = forms.UUIDField(label="Id", widget=UnfoldAdminTextInputWidget)


WARM_UP: Final = Dialog(
    "Warm up",
    "Every web process loads, beside its requests, what was asked most in the last day, as it does when it starts and "
    "from time to time. The audit trail keeps that you asked for it.",
    "Warm up",
)
FORGET_ONE: Final = Dialog(
    "Forget one",
    "Every process forgets what depends on this one person, team, project or resource, and asks the database anew. The "
    "audit trail keeps that you asked for it.",
    "Forget it",
    form_class=ForgetOneForm,
)


def show_caches(request: HttpRequest) -> HttpResponse:
    """Of the process that answers, and of all processes by the hour."""
    require_operator(request)
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "lease": lease_state(LISTENER),
        "process": process_name(),
        "now": {
            "table": {"headers": HEADERS, "rows": [_row_of(*tier) for tier in read_tiers().items()]},
            "hint": _shared_hint(),
        },
        "by_hour": _tiers_by_hour(),
        "layers": read_layer_times(request),
        "forget": reverse("admin:caches_forget"),
        "forget_one": reverse("admin:caches_forget_one"),
        "warm_up": reverse("admin:caches_warm_up"),
        "warmed_up": WARMER.last,
    }
    return TemplateResponse(request, "velro/caches.html", context)


def forget(request: HttpRequest) -> HttpResponse:
    """The dialog behind "Forget everything"."""

    def act(_chosen: Mapping[str, Any]) -> None:
        forget_everything(actor=Actor(request.user.pk))

    done = "Every process has forgotten what it knew."
    return answer_dialog(request, FORGET, act=act, done=done, back=reverse("admin:caches"))


def warm_up(request: HttpRequest) -> HttpResponse:
    """The dialog behind "Warm up"."""

    def act(_chosen: Mapping[str, Any]) -> None:
        warm_up_everywhere(actor=Actor(request.user.pk))

    done = "Every web process loads what was asked most."
    return answer_dialog(request, WARM_UP, act=act, done=done, back=reverse("admin:caches"))


def forget_chosen(request: HttpRequest) -> HttpResponse:
    """The dialog behind "Forget one"."""

    def act(chosen: Mapping[str, Any]) -> None:
        forget_one(chosen["kind"], chosen["subject_id"], actor=Actor(request.user.pk))

    done = "Every process has forgotten what it knew of it."
    return answer_dialog(request, FORGET_ONE, act=act, done=done, back=reverse("admin:caches"))


CACHE_PAGES: Final = (
    AdminPage("caches/", "caches", show_caches),
    AdminPage("caches/forget/", "caches_forget", forget),
    AdminPage("caches/forget-one/", "caches_forget_one", forget_chosen),
    AdminPage("caches/warm-up/", "caches_warm_up", warm_up),
)


def _shared_hint() -> str:
    shared = shared_state()
    if not shared.is_on:
        return "Processes share nothing: L2 is switched off."
    counts = f"{shared.failures:,} failures, {shared.dropped:,} values left out, {shared.refused:,} refused"
    return f"L2 {LABEL_OF_STATE[shared.breaker]}: {counts}."


def _tiers_by_hour() -> Mapping[str, Any]:
    refreshed = refreshed_at(CACHE_PERFORMANCE)
    return {
        "table": {"headers": TIER_REPORT.headers, "rows": TIER_REPORT.read() if refreshed else []},
        "hint": format_html("Added up {}.", moment(refreshed)) if refreshed else "",
        "empty": "No process has stored a sample yet." if refreshed else "The view was not filled yet.",
    }


def _row_of(tier: Tier, figures: TierFigures) -> list[Any]:
    times = figures.lookups
    reasons = ", ".join(f"{count:,} {LABEL_OF_MISS.get(why, why)}" for why, count in figures.misses.items() if count)
    return [
        tier.label,
        "-" if figures.hit_rate is None else f"{figures.hit_rate:.1%}",
        f"{figures.hits:,}",
        f"{figures.missed:,} ({reasons})" if reasons else "0",
        *(f"{count:,}" for count in (figures.fills, figures.evictions, figures.entries)),
        f"{figures.bytes / MEGABYTE:,.1f}",
        *(f"{times.percentile(share):,.1f}" if times.count else "-" for share in (0.50, 0.95, 0.99)),
    ]
