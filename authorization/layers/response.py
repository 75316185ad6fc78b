"""Layer 9, response: nothing that leaves may be stored, framed, sniffed or run elsewhere. A view's stricter value wins.

Header values follow the OWASP Secure Headers Project, by kind of content.
"""

from dataclasses import replace
from types import MappingProxyType

from django.conf import settings

from authorization.deliberation import Delivery

DENIED_FEATURES = ("camera", "microphone", "geolocation", "payment", "usb", "clipboard-read", "display-capture")
EVERYWHERE = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in DENIED_FEATURES),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-DNS-Prefetch-Control": "off",
        "Cache-Control": "no-store, max-age=0",
    }
)
NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The admin theme evaluates its Alpine expressions and writes inline styles, so pages cannot be stricter than this.
PAGES = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def forbid_caching_and_framing(delivery: Delivery) -> Delivery:
    """Add the headers of the content's kind."""
    headers = {**EVERYWHERE, "Content-Security-Policy": PAGES if delivery.media_type == "text/html" else NOTHING_RUNS}
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
    return replace(delivery, headers={**headers, **delivery.headers})
