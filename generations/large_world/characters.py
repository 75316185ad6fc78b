"""The people of the large world whom one signs in as, each for something worth looking at."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Character:
    """`name` is the local part of the address; `sees` is for the guide."""

    name: str
    sees: str

    @property
    def email(self) -> str:
        """What they sign in with."""
        return f"{self.name}@velro.test"


WIDE_OWNER: Final = Character("wide-owner", "owner of the largest company: whatever its teams made, ten levels down")
DEEP_MEMBER: Final = Character("deep-member", "member of the same company at its root: may write down to level ten")
EVERYWHERE: Final = Character("everywhere", "viewer in every team there is, by a membership in each")
INVITED: Final = Character("invited", "viewer in a team, and member of restricted projects below it")
SHARE_GUEST: Final = Character("share-guest", "member of the second company, with which the largest shares a lot")
DELEGATE: Final = Character("delegate", "nothing but delegations: running, expired, and soon to expire")
GRANTEE: Final = Character("grantee", "nothing but grants of administrators, in person and through a group")
SUSPENDED: Final = Character("suspended", "nothing, though an owner of the largest company: cannot even sign in")
STRANGER: Final = Character("stranger", "nothing: an outsider to every company")

CHARACTERS: Final = (
    WIDE_OWNER,
    DEEP_MEMBER,
    EVERYWHERE,
    INVITED,
    SHARE_GUEST,
    DELEGATE,
    GRANTEE,
    SUSPENDED,
    STRANGER,
)
# They belong to no company, or to all, and make nothing.
LONERS: Final = (EVERYWHERE, DELEGATE, GRANTEE, STRANGER)
