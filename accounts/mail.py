"""Letters about accounts. Secrets stand in the text, never in an address that logs and proxies would keep."""

from django.conf import settings
from django.core.mail import send_mail

from accounts.models import User

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


def send_verification(user: User, *, token: str) -> None:
    """The letter with the token that proves the address. The time tells owners whether it is theirs."""
    text = VERIFICATION.format(public_url=settings.ENVIRONMENT.public_url, token=token, chosen_at=user.updated_at)
    send_mail("Confirm your e-mail address", text, None, [user.email])


def send_notice_of_registration(user: User) -> None:
    """The letter to the owner of an address that somebody registered again."""
    send_mail("You have a Velro account already", NOTICE, None, [user.email])
