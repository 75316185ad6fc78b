"""Which limits there are. Knows no Django, because the settings are checked against it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

WRITTEN_LIMIT = re.compile(r"([a-z_]+)=([1-9][0-9]{0,9})/([1-9][0-9]{0,6})")


@dataclass(frozen=True)
class RateLimit:
    """At most `quota` requests within any `window` seconds. `name` is the policy in the RateLimit headers.

    `standing_form` takes what remains, and the seconds until more does.
    """

    name: str
    quota: int
    window: int
    standing_form: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Written anew for each request, so prepared."""
        object.__setattr__(self, "standing_form", f'"{self.name}";r=%d;t=%d')

    @property
    def policy(self) -> str:
        """As the header RateLimit-Policy names it."""
        return f'"{self.name}";q={self.quota};w={self.window}'

    def standing(self, remaining: int, reset: int) -> str:
        """As the header RateLimit says where somebody stands under it."""
        return self.standing_form % (remaining, reset)


@dataclass(frozen=True)
class Charge:
    """One request to count: under which limit, and on whose account. `key` is of both together."""

    limit: RateLimit
    account: str
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Another quota or window is another counter.

        Accounts can hold any character, so the length says where the name of the limit ends.
        """
        name, quota, window = self.limit.name, self.limit.quota, self.limit.window
        object.__setattr__(self, "key", f"{len(name)}:{name}/{quota}/{window}/{self.account}")


class Endpoint(StrEnum):
    """Endpoints that have a limit of their own; a view names its own in `limits`."""

    SIGN_IN = "sign_in"
    REGISTRATION = "registration"
    REFRESH = "refresh"
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - an endpoint
    INVITATION = "invitation"


# Requests and seconds. A household or an office may sign in together; a list of passwords gets nowhere.
DEFAULTS: Final[Mapping[Endpoint, tuple[int, int]]] = MappingProxyType(
    {
        Endpoint.SIGN_IN: (30, 300),
        Endpoint.REGISTRATION: (20, 3600),
        Endpoint.REFRESH: (120, 300),
        Endpoint.EMAIL_VERIFICATION: (30, 300),
        Endpoint.PASSWORD_CHANGE: (10, 300),
        Endpoint.INVITATION: (100, 3600),
    }
)


@lru_cache(maxsize=16)
def endpoint_limits(changes: tuple[str, ...]) -> Mapping[Endpoint, RateLimit]:
    """Every limit of an endpoint; `changes` are written `sign_in=30/300`, as requests per seconds.

    Raises ValueError that names what cannot be read or is no endpoint.
    """
    values = dict(DEFAULTS) | dict(_read(changes))
    return MappingProxyType({endpoint: RateLimit(endpoint, *value) for endpoint, value in values.items()})


def _read(changes: Iterable[str]) -> Iterable[tuple[Endpoint, tuple[int, int]]]:
    for change in changes:
        found = WRITTEN_LIMIT.fullmatch(change)
        if not found or found[1] not in set(Endpoint):
            raise ValueError(f"{change!r} is not <endpoint>=<requests>/<seconds> with one of: {', '.join(Endpoint)}")
        yield Endpoint(found[1]), (int(found[2]), int(found[3]))
