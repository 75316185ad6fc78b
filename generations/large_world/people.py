"""Who lives in the large world."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from accounts.models import AccountStatus, User
from generations.large_world.chance import Chance
from generations.large_world.characters import CHARACTERS, LONERS, SUSPENDED, Character
from generations.large_world.words import FIRST_NAMES, LAST_NAMES

STATUSES: Final = {AccountStatus.ACTIVE: 970, AccountStatus.SUSPENDED: 20, AccountStatus.DEACTIVATED: 10}
OLDEST_DAYS: Final = 700


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, the characters by who they are, and those who work in companies (without the characters)."""

    characters: Mapping[Character, User]
    staff: list[User]

    @property
    def everybody(self) -> list[User]:
        """All rows."""
        return [*self.characters.values(), *self.staff]

    @property
    def active(self) -> list[User]:
        """Those who can have made something lately."""
        loners = {self.characters[character].id for character in LONERS}
        return [person for person in self.everybody if person.is_active and person.id not in loners]


def plan_people(number: int, *, chance: Chance, now: datetime, password: str) -> People:
    """So many people. `password`, hashed, is that of the characters; nobody else can sign in."""
    characters = {it: _character(it, chance=chance, now=now, password=password) for it in CHARACTERS}
    staff = [_employee(position, chance=chance, now=now) for position in range(number - len(characters))]
    return People(characters, staff)


def _character(character: Character, *, chance: Chance, now: datetime, password: str) -> User:
    return User(
        id=chance.uuid(),
        email=character.email,
        display_name=character.name.replace("-", " ").capitalize(),
        status=AccountStatus.SUSPENDED if character is SUSPENDED else AccountStatus.ACTIVE,
        password=password,
        email_verified_at=now,
        created_at=now - timedelta(days=OLDEST_DAYS),
        updated_at=now,
    )


def _employee(position: int, *, chance: Chance, now: datetime) -> User:
    first, last = chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES)
    joined = now - timedelta(days=OLDEST_DAYS * chance.share())
    return User(
        id=chance.uuid(),
        email=f"{first}.{last}.{position}@large.velro.test".lower(),
        display_name=f"{first} {last}",
        status=chance.weighted(STATUSES),
        password=UNUSABLE_PASSWORD_PREFIX,
        email_verified_at=joined,
        created_at=joined,
        updated_at=joined,
    )
