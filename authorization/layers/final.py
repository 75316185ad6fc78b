"""Layer 10, final: a last look at what leaves. It can only stop an answer, or add its length and digest."""

import base64
import hashlib
import re
from dataclasses import replace

from authorization.deliberation import Delivery
from velro.errors import VelroError

# Of the OWASP list of headers that tell what something runs on or how it is traced.
REMOVED_HEADERS = re.compile(
    r"server|via|product|(x-)?powered-by.*|(x-)?sourcemap|x-(generator|generated-by|framework|runtime|version|cms)"
    r"|x-(aspnet.*|b3|backend|datadog|envoy|kong|php|varnish|litespeed|served|server)(-.*)?",
    re.IGNORECASE,
)
UNSAFE_IN_HEADER = re.compile(r"[\r\n\0]")
# Marks of what must never leave: tracebacks, private keys, password hashes. Looked for in answers that report a fault
# of ours, where a library's text could slip in; a person's own text in a success is theirs to see.
LEAKS = re.compile(
    rb"Traceback \(most recent call last\)|-----BEGIN [A-Z ]*PRIVATE KEY-----|\$argon2(?:id|i|d)\$"
    rb"|/site-packages/|psycopg\.errors\.|django\.db\.utils\.|\nDETAIL:  "
)
FIRST_FAULT_OF_OURS = 500


class LeakPrevented(VelroError):
    """The answer held something that must not leave. The client sees an ordinary internal error."""


def inspect(delivery: Delivery) -> Delivery:
    """Refuse injected headers and leaking bodies. Raises LeakPrevented."""
    if any(UNSAFE_IN_HEADER.search(name + value) for name, value in delivery.headers.items()):
        raise LeakPrevented
    if delivery.status >= FIRST_FAULT_OF_OURS and delivery.body is not None and LEAKS.search(delivery.body):
        raise LeakPrevented
    headers = {name: value for name, value in delivery.headers.items() if not REMOVED_HEADERS.fullmatch(name)}
    if delivery.media_type.startswith("text/") and "charset=" not in headers["Content-Type"].lower():
        headers["Content-Type"] += "; charset=utf-8"
    # Without its length an answer would be sent in chunks.
    if delivery.body and "Content-Length" not in headers:
        headers["Content-Length"] = str(len(delivery.body))
    if delivery.wants_digest and delivery.body is not None:
        digest = base64.b64encode(hashlib.sha256(delivery.body).digest()).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return replace(delivery, headers=headers)
