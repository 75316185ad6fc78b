"""What can stand in the way of passing a generation on."""

from velro.errors import Conflict


class TooManyDelegations(Conflict):
    """There is a limit so that a delegation stays an exception that somebody can oversee."""

    code = "too_many_delegations"
    title = "You delegated this to as many people as you can"
