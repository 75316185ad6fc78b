"""Whose request this is, seen through trusted proxies only: a client cannot choose its own address."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from velro.observability.networks import canonical_address, networks_of


def client_address_of(meta: Mapping[str, Any]) -> str:
    """The right-most address that is not one of our proxies. `meta` is a WSGI environment or `request.META`.

    X-Forwarded-For is the only header that is read, and only as far as trusted proxies wrote it.
    """
    peer = str(meta.get("REMOTE_ADDR", ""))
    address = canonical_address(peer) or peer
    trusted = networks_of(settings.ENVIRONMENT.trusted_proxies)
    if not trusted:
        return address
    for claimed in reversed(str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        nearer = canonical_address(claimed)
        if address not in trusted or nearer is None:
            break
        address = nearer
    return address
