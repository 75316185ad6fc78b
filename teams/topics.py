"""The names of what the outbox does for teams."""

from typing import Final

INVITATION: Final = "teams.invitation"
