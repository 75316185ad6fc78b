"""A demo team for a local copy, with the demo people in it."""

from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from authorization.roles import Role
from teams.models import Membership, Project, Visibility
from teams.services.changes import Operator
from teams.services.creation import create_child_team, create_root_team
from teams.services.membership import add_member
from velro.audit.services import SYSTEM

NAME: Final = "Demo Studio"
CHILD: Final = "Demo Film"
PROJECT: Final = "Launch"
ADDRESS_OF_ROLE: Final = {role: f"{role}@velro.test" for role in Role}


class Command(BaseCommand):
    """`manage.py seed_demo_teams`, after `seed_demo` and safe to run again."""

    help = "Create the demo team of the demo accounts if it is missing. Refused in staging and production."

    def handle(self, *_: Any, **__: Any) -> None:
        """A team that its demo owner has already is left as it is, whatever was done to it."""
        if settings.ENVIRONMENT.is_deployed:
            raise CommandError("The demo people have a published password: they are for development only.")
        people = {person.email: person for person in User.objects.filter(email__in=ADDRESS_OF_ROLE.values())}
        if len(people) < len(ADDRESS_OF_ROLE):
            raise CommandError("Create the demo accounts first: manage.py seed_demo")
        owned = Membership.objects.filter(user=people[ADDRESS_OF_ROLE[Role.OWNER]], role=Role.OWNER, team__name=NAME)
        is_present = owned.exists()
        if not is_present:
            _create({role: people[address] for role, address in ADDRESS_OF_ROLE.items()})
        self.stdout.write(f"Demo team: {'present already' if is_present else 'created'}.")


@transaction.atomic
def _create(people: dict[Role, User]) -> None:
    system = Operator(SYSTEM)
    team = create_root_team(NAME, principal=system, owner_id=people[Role.OWNER].id)
    for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER):
        add_member(team.id, principal=system, user_id=people[role].id, role=role)
    create_child_team(team.id, principal=system, name=CHILD)
    Project.objects.create(team=team, name=PROJECT, visibility=Visibility.TEAM)
