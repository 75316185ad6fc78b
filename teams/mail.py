"""Letters about teams. The token stands in the text, never in an address that logs and proxies would keep."""

from django.conf import settings
from django.core.mail import send_mail

from teams.models import Invitation

INVITATION = """{inviter} invites you to the team "{team}" on Velro, as {role}.

To join, sign in with this address, or open an account with it, and send this token to
{public_url}/api/v1/invitations/accept before {expires_at:%d %B %Y, %H:%M} UTC:

{token}

If you do not know what this is about, there is nothing you need to do.
"""


def send_invitation(invitation: Invitation, *, token: str) -> None:
    """The letter that makes its reader a member."""
    text = INVITATION.format(
        inviter=invitation.invited_by.display_name,
        team=invitation.team.name,
        role=invitation.role,
        public_url=settings.ENVIRONMENT.public_url,
        expires_at=invitation.expires_at,
        token=token,
    )
    send_mail("You are invited to a team", text, None, [invitation.email])
