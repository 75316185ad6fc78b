"""Looks of the Django admin (django-unfold)."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
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


def _is_among_generations(request: HttpRequest) -> bool:
    # The explorer stands below the list of generations, and has an entry of its own.
    return request.path.startswith("/admin/generations/generation/") and not request.path.endswith("/explore/")


DOCUMENTATION = {"title": "API documentation", "icon": "api", "link": reverse_lazy("docs")}
NAVIGATION: list[dict[str, Any]] = [
    {"title": "Velro", "items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
    {
        "title": "People",
        "items": [
            _list_of("user", app="accounts", title="Users", icon="group"),
            _list_of("group", app="auth", title="Groups", icon="diversity_3"),
            _list_of("session", app="accounts", title="Sessions", icon="devices"),
            _list_of("apikey", app="accounts", title="API keys", icon="vpn_key"),
        ],
    },
    {
        "title": "Teams",
        "items": [
            _list_of("team", app="teams", title="Teams", icon="groups"),
            _list_of("project", app="teams", title="Projects", icon="folder_open"),
            _list_of("invitation", app="teams", title="Invitations", icon="mail"),
        ],
    },
    {
        "title": "Access",
        "items": [
            {"title": "Access explorer", "icon": "travel_explore", "link": reverse_lazy("admin:access_explorer")},
            _list_of("share", app="generations", title="Shares", icon="share"),
            _list_of("delegation", app="generations", title="Delegations", icon="badge"),
            _list_of("generationusergrant", app="generations", title="Granted to people", icon="key"),
            _list_of("generationgroupgrant", app="generations", title="Granted to groups", icon="key_vertical"),
            _list_of("breakglassgrant", app="authorization", title="Broken glass", icon="emergency_home"),
        ],
    },
    {
        "title": "Generations",
        "items": [
            _list_of("generation", app="generations", title="Generations", icon="auto_awesome")
            | {"active": _is_among_generations},
            _list_of("asset", app="generations", title="Assets", icon="perm_media"),
        ],
    },
    {
        "title": "Background work",
        "items": [
            _list_of("outboxmessage", app="background", title="Outbox", icon="outbox"),
            _list_of("materializedviewrefresh", app="caching", title="Materialized views", icon="table_view"),
            {"title": "Caches", "icon": "memory", "link": reverse_lazy("admin:caches")},
        ],
    },
    {
        "title": "Audit and keys",
        "items": [
            _list_of("auditevent", app="audit", title="Audit trail", icon="policy"),
            _list_of("blockednetwork", app="blocking", title="Blocked networks", icon="block"),
            _list_of("signingkey", app="accounts", title="Signing keys", icon="key"),
        ],
    },
    {"title": "API", "separator": True, "items": [DOCUMENTATION]},
]


def _stylesheet(_request: HttpRequest) -> str:
    return static("velro/admin.css")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Velro",
    "SITE_HEADER": "Velro",
    "SITE_SUBHEADER": "Operations",
    "SITE_SYMBOL": "auto_awesome",
    "SITE_URL": reverse_lazy("docs"),
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "velro.dashboard.fill_dashboard",
    "STYLES": [_stylesheet],
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
