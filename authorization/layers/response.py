"""Layer 9, response: nothing that leaves may be stored, framed, sniffed or run elsewhere. A view's stricter value wins.

Header values follow the OWASP Secure Headers Project, by kind of content.
"""

from dataclasses import replace
from types import MappingProxyType

from django.conf import settings

from authorization.deliberation import Delivery

DENIED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "keyboard-map", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
FEATURES_OF_PAGES = ", ".join(f"{feature}=()" for feature in DENIED_FEATURES)
EVERYWHERE = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": f"{FEATURES_OF_PAGES}, unload=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Origin-Agent-Cluster": "?1",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-DNS-Prefetch-Control": "off",
        "Cache-Control": "no-store, max-age=0",
    }
)
# What decides about an answer of the API; caches that ignore no-store must at least not mix up callers.
VARIES_BY = ("Origin", "Accept", "Authorization")
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
JSON_TYPES = frozenset({"application/json", "application/problem+json"})
# The admin theme evaluates its Alpine expressions and writes inline styles, so pages cannot be stricter than this.
PAGES = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def forbid_caching_and_framing(delivery: Delivery) -> Delivery:
    """Add the headers of the content's kind."""
    of_kind = _of_page() if delivery.media_type == "text/html" else {"Content-Security-Policy": NOTHING_RUNS}
    headers = {**EVERYWHERE, **of_kind, **delivery.headers}
    if delivery.media_type in JSON_TYPES:
        headers["Vary"] = _varying(delivery.headers.get("Vary", ""))
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
    return replace(delivery, headers=headers)


def _of_page() -> dict[str, str]:
    """Django compares the referrer of a form with the host where a browser sends no origin; its scripts heed unload."""
    policy = f"{PAGES}; upgrade-insecure-requests" if settings.SECURE_HSTS_SECONDS else PAGES
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": FEATURES_OF_PAGES,
    }


def _varying(by_view: str) -> str:
    names = [name.strip() for name in by_view.split(",") if name.strip()]
    known = {name.lower() for name in names}
    return ", ".join([*names, *(name for name in VARIES_BY if name.lower() not in known)])
