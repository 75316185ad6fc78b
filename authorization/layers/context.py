"""Layer 2, context: where a request comes from. It may refuse, never grant."""

from django.conf import settings

from authorization.deliberation import Admission
from authorization.errors import AddressBlocked
from velro.observability.client_address import is_in_networks, networks_of


def refuse_denied_networks(admission: Admission) -> Admission:
    """Refuse addresses in DENIED_NETWORKS.

    The address was read through trusted proxies only, so it cannot be chosen.
    """
    denied = networks_of(settings.ENVIRONMENT.denied_networks)
    if is_in_networks(admission.attempt.client_address, denied):
        raise AddressBlocked
    return admission
