"""The names of what the outbox does for the engine."""

from typing import Final

# Handled by accounts, who know the other operators.
GLASS_BROKEN: Final = "authorization.glass_broken"
