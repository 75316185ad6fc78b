"""Looks of the Django admin (django-unfold)."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Velro",
    "SITE_HEADER": "Velro",
    "SITE_SUBHEADER": "Operations",
    "SITE_SYMBOL": "auto_awesome",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
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
