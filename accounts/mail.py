"""Letters about accounts. Secrets stand in the text, never in an address that logs and proxies would keep."""

from django.conf import settings
from django.core.mail import send_mail

from accounts.models import User
from authorization.models import BreakGlassGrant
from authorization.roles import Permission

VERIFICATION = """Somebody, hopefully you, opened a Velro account with this address.

To confirm that the address is yours, send this token to {public_url}/api/v1/auth/email/verify within three days:

{token}

It confirms the password that was chosen at {chosen_at:%H:%M} UTC on {chosen_at:%d %B %Y}. Letters from before no
longer work.

If that was not you, do not send the token: without it the account stays closed. To have the account, register
yourself, and use the letter that follows.
"""

NOTICE = """Somebody tried to open a Velro account with this address, which has one already.

If it was you, sign in with the password you have. If it was not, there is nothing you need to do.
"""

BROKEN_GLASS = """{operator} ({address}) broke the glass in front of {resource_type} {resource_id}
at {opened_at:%H:%M} UTC on {opened_at:%d %B %Y}, and may {permissions} until {expires_at:%H:%M} UTC.

The reason given is:

    {reason}

You get this letter because you operate this Velro too. If the reason does not convince you, close the grant and ask.
Every use of it is in the audit trail: {public_url}/admin/
"""


def send_verification(user: User, *, token: str) -> None:
    """The letter with the token that proves the address. The time tells owners whether it is theirs."""
    text = VERIFICATION.format(public_url=settings.ENVIRONMENT.public_url, token=token, chosen_at=user.updated_at)
    send_mail("Confirm your e-mail address", text, None, [user.email])


def send_notice_of_registration(user: User) -> None:
    """The letter to the owner of an address that somebody registered again."""
    send_mail("You have a Velro account already", NOTICE, None, [user.email])


def send_alarm_of_broken_glass(reader: User, *, grant: BreakGlassGrant) -> None:
    """The letter to the other operators. It names what was opened by its id only, which shows nothing of it."""
    text = BROKEN_GLASS.format(
        operator=grant.user.get_full_name(),
        address=grant.user.email,
        resource_type=grant.resource_type,
        resource_id=grant.resource_id,
        opened_at=grant.opened_at,
        expires_at=grant.expires_at,
        permissions=", ".join(permission for permission in Permission if permission in grant.permissions),
        reason=grant.reason,
        public_url=settings.ENVIRONMENT.public_url,
    )
    send_mail("An operator broke the glass", text, None, [reader.email])
