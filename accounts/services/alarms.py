"""Telling operators what another operator did."""

from uuid import UUID

import structlog

from accounts.mail import send_alarm_of_broken_glass
from accounts.models import AccountStatus, User
from authorization.models import BreakGlassGrant

log = structlog.get_logger(__name__)


def tell_of_broken_glass(grant_id: UUID) -> None:
    """A letter to each other active superuser."""
    grant = BreakGlassGrant.objects.select_related("user").get(id=grant_id)
    others = User.objects.filter(is_superuser=True, status=AccountStatus.ACTIVE).exclude(id=grant.user_id)
    for other in others.order_by("email"):
        send_alarm_of_broken_glass(other, grant=grant)


def give_up_telling_of_broken_glass(grant_id: UUID) -> None:
    """The mail system refused the letters for good; the trail and the log have it all the same."""
    log.critical("glass_alarm_undelivered", grant_id=str(grant_id))
