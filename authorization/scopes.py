"""What an API key can be limited to. A session is not limited: it may whatever its person may."""

from enum import StrEnum


class Scope(StrEnum):
    """One kind of work that a machine does for a person. An action without a scope is closed to every key."""

    EVALUATE = "authz:evaluate"
