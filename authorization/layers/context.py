"""Layer 2, context: where a request comes from. It may refuse, never grant."""

from django.conf import settings

from authorization.deliberation import Admission
from authorization.errors import AddressBlocked
from authorization.refusals import record_refusal
from authorization.visits import current_visit
from velro.blocking.block_list import block_list
from velro.observability.client_country import country_of, is_placeless
from velro.observability.networks import networks_of, subscriber_of


def refuse_unwelcome(admission: Admission) -> Admission:
    """Refuse by network and by country. Whatever forbids wins over whatever allows.

    The address was read through trusted proxies only, so it cannot be chosen.
    """
    address = admission.attempt.client_address
    reason = _objection_to(address)
    if reason:
        record_refusal(reason, account=subscriber_of(address), details={"country": country_of(address)})
        raise AddressBlocked
    return admission


def _objection_to(address: str) -> str | None:
    """A reason for the trail; the caller never learns which list they are on."""
    environment, visit = settings.ENVIRONMENT, current_visit()
    if address in networks_of(environment.denied_networks):
        return "network_denied"
    if block_list.has(address, may_read=visit is None or not visit.is_probe):
        return "network_blocked"
    if environment.allowed_networks and address not in networks_of(environment.allowed_networks):
        return "network_not_allowed"
    return _objection_to_country(address) if environment.denied_countries or environment.allowed_countries else None


def _objection_to_country(address: str) -> str | None:
    environment, country = settings.ENVIRONMENT, country_of(address)
    if country in environment.denied_countries:
        return "country_denied"
    if environment.allowed_countries and country not in environment.allowed_countries and not is_placeless(address):
        return "country_not_allowed"
    return None
