"""The names of what the outbox does for accounts."""

from typing import Final

WELCOME: Final = "accounts.welcome"
