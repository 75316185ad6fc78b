"""Layer 10, final: a last look at what leaves. It can only stop an answer or add a digest."""

import base64
import hashlib
import re
from dataclasses import replace

from authorization.deliberation import Delivery
from velro.errors import VelroError

REMOVED_HEADERS = frozenset({"server", "x-powered-by"})
UNSAFE_IN_HEADER = re.compile(r"[\r\n\0]")
# Marks of what must never leave: tracebacks, private keys, password hashes. Looked for in answers that report a fault
# of ours, where a library's text could slip in; a person's own text in a success is theirs to see.
LEAKS = re.compile(rb"Traceback \(most recent call last\)|-----BEGIN [A-Z ]*PRIVATE KEY-----|\$argon2(?:id|i|d)\$")
FIRST_FAULT_OF_OURS = 500


class LeakPrevented(VelroError):
    """The answer held something that must not leave. The client sees an ordinary internal error."""


def inspect(delivery: Delivery) -> Delivery:
    """Refuse injected headers and leaking bodies. Raises LeakPrevented."""
    if any(UNSAFE_IN_HEADER.search(name + value) for name, value in delivery.headers.items()):
        raise LeakPrevented
    if delivery.status >= FIRST_FAULT_OF_OURS and delivery.body is not None and LEAKS.search(delivery.body):
        raise LeakPrevented
    headers = {name: value for name, value in delivery.headers.items() if name.lower() not in REMOVED_HEADERS}
    if delivery.wants_digest and delivery.body is not None:
        digest = base64.b64encode(hashlib.sha256(delivery.body).digest()).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return replace(delivery, headers=headers)
