"""Layer 1, input, its second half: how often the same caller may come. It may refuse, never grant.

Requests are counted before anything is known or decided, so what is allowed, denied and absent costs the same.
"""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from authorization.deliberation import Admission
from authorization.errors import RateLimited
from authorization.refusals import record_refusal
from authorization.visits import Visit, current_visit
from velro.audit.services import SYSTEM, Actor
from velro.observability.networks import subscriber_of
from velro.rate_limits.limiter import limiter
from velro.rate_limits.limits import Charge, RateLimit


def charge_address(admission: Admission) -> Admission:
    """Count the request for its address and, if anybody may come there, for the endpoint. Raises RateLimited."""
    visit = current_visit()
    if visit is not None and visit.is_limited:
        charges = [address_charge(admission.attempt.client_address)]
        if visit.endpoint and visit.is_endpoint_public:
            charges.append(Charge(visit.endpoint, charges[0].account))
        _take(visit, charges)
    return admission


def charge_person(admission: Admission) -> Admission:
    """Count the request for whoever layer 3 found, wherever they come from. Raises RateLimited."""
    visit, principal = current_visit(), admission.principal
    if visit is not None and visit.is_limited and principal is not None:
        charges = [person_charge(principal.user_id)]
        if visit.endpoint and not visit.is_endpoint_public:
            charges.append(Charge(visit.endpoint, charges[0].account))
        _take(visit, charges, actor=Actor(principal.user_id, principal.session_id))
    return admission


def address_charge(client_address: str) -> Charge:
    """One request of whoever comes from there."""
    return Charge(_general("address", settings.ENVIRONMENT.rate_limit_per_ip), subscriber_of(client_address))


def person_charge(user_id: UUID) -> Charge:
    """One request of this person."""
    return Charge(_general("user", settings.ENVIRONMENT.rate_limit_per_user), str(user_id))


def _general(name: str, quota: int) -> RateLimit:
    return RateLimit(name, quota, settings.ENVIRONMENT.rate_limit_window)


def _take(visit: Visit, charges: Sequence[Charge], *, actor: Actor = SYSTEM) -> None:
    standings = limiter().take(charges)
    visit.standings.extend(standings)
    exceeded = [standing for standing in standings if not standing.is_accepted]
    if not exceeded:
        return
    limit, account = exceeded[-1].limit, charges[0].account
    details = {"limit": limit.name, "quota": limit.quota, "window": limit.window, "account": account}
    record_refusal("rate_limited", account=f"{limit.name}/{account}", actor=actor, details=details)
    raise RateLimited(seconds=max(standing.reset for standing in exceeded))
