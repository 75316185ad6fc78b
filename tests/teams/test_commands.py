"""The demo team."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from teams.models import Membership, Project, Team
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db


def seed() -> str:
    output = StringIO()
    call_command("seed_demo_teams", stdout=output)
    return output.getvalue()


def test_the_demo_people_have_a_team_a_child_team_and_a_project() -> None:
    call_command("seed_demo", stdout=StringIO())

    assert seed() == "Demo team: created.\n"

    roles = {it.user.email: it.role for it in Membership.objects.select_related("user")}
    assert roles == {f"{role}@velro.test": role for role in ("owner", "admin", "member", "viewer")}
    assert set(Team.objects.values_list("name", "parent__name")) == {
        ("Demo Studio", None),
        ("Demo Film", "Demo Studio"),
    }
    project = Project.objects.select_related("team").get()
    assert (project.name, project.visibility, project.team.name) == ("Launch", "team", "Demo Studio")


def test_seeding_again_leaves_the_team_as_it_is() -> None:
    call_command("seed_demo", stdout=StringIO())
    seed()
    Membership.objects.filter(user__email="viewer@velro.test").delete()

    assert seed() == "Demo team: present already.\n"
    assert (Team.objects.count(), Membership.objects.count()) == (2, 3)


def test_without_the_demo_people_there_is_no_demo_team() -> None:
    with pytest.raises(CommandError, match="seed_demo"):
        seed()


@pytest.mark.parametrize("deployment", [Deployment.STAGING, Deployment.PRODUCTION])
def test_the_demo_team_is_refused_where_people_work(settings: Settings, deployment: Deployment) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": deployment})

    with pytest.raises(CommandError, match="published password"):
        seed()
    assert not User.objects.exists()
