"""In which country an address is registered, by a table inside the package `iptocc`: no network is asked."""

from iptocc import country_code

from velro.observability.networks import is_public_address


def country_of(address: str) -> str:
    """ISO 3166 code, such as `DE`; empty for private addresses and for those no registry has given out.

    The registries know to whom a block was given, which mostly is where it is used. A look-up takes well under a
    microsecond, less than remembering it would.
    """
    return country_code(address) or ""


def is_placeless(address: str) -> bool:
    """An address of a private network, which lies in no country."""
    return not is_public_address(address)
