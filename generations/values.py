"""Small values that models, services and serializers speak of."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in an ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result. `code` is stable, `message` is for people."""

    code: str
    message: str
