"""Looks of the Django admin (django-unfold)."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _may_view(request: HttpRequest, *, app: str, model: str) -> bool:
    return bool(request.user.has_perm(f"{app}.view_{model}"))


def _list_of(model: str, *, app: str, title: str, icon: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": partial(_may_view, app=app, model=model),
    }


DOCUMENTATION = {"title": "API documentation", "icon": "api", "link": reverse_lazy("docs")}
NAVIGATION: list[dict[str, Any]] = [
    {
        "title": "People",
        "items": [
            _list_of("user", app="accounts", title="Users", icon="group"),
            _list_of("session", app="accounts", title="Sessions", icon="devices"),
        ],
    },
    {
        "title": "Generations",
        "items": [
            _list_of("generation", app="generations", title="Generations", icon="auto_awesome"),
            _list_of("asset", app="generations", title="Assets", icon="perm_media"),
        ],
    },
    {
        "title": "Background work",
        "items": [_list_of("outboxmessage", app="background", title="Outbox", icon="outbox")],
    },
    {
        "title": "Audit and keys",
        "items": [
            _list_of("auditevent", app="audit", title="Audit trail", icon="policy"),
            _list_of("signingkey", app="accounts", title="Signing keys", icon="key"),
        ],
    },
    {"title": "API", "separator": True, "items": [DOCUMENTATION]},
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Velro",
    "SITE_HEADER": "Velro",
    "SITE_SUBHEADER": "Operations",
    "SITE_SYMBOL": "auto_awesome",
    "SITE_URL": reverse_lazy("docs"),
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": NAVIGATION},
    # Takes the place of the link to the change of passwords, which `velro.operations_site` closes.
    "ACCOUNT": {"navigation": [{"title": "API documentation", "link": reverse_lazy("docs")}]},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .02 280)",
            "100": "oklch(94% .04 280)",
            "200": "oklch(89% .07 280)",
            "300": "oklch(81% .12 280)",
            "400": "oklch(71% .18 280)",
            "500": "oklch(62% .21 280)",
            "600": "oklch(55% .23 280)",
            "700": "oklch(48% .22 280)",
            "800": "oklch(41% .18 280)",
            "900": "oklch(35% .14 280)",
            "950": "oklch(26% .10 280)",
        }
    },
}
