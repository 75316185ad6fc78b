"""The names of what the outbox does for generations. `generations.registrations` says who does it."""

from typing import Final

SUBMIT: Final = "generations.submit"
RECONCILE: Final = "generations.reconcile"
FOLLOW: Final = "generations.follow"
COLLECT: Final = "generations.collect"
CANCEL: Final = "generations.cancel"
