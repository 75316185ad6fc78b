"""Commands that make accounts."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.support.clients import sign_in
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

DEMO_PASSWORD = "velro-demo-password"


def seed() -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    return output.getvalue()


def test_the_demo_accounts_sign_in() -> None:
    assert seed() == "Demo accounts: 6 created, 0 present already.\n"
    for name in ("owner", "admin", "member", "viewer", "outsider"):
        sign_in(f"{name}@velro.test", DEMO_PASSWORD)
    operators = User.objects.filter(is_staff=True, is_superuser=True)
    assert [user.email for user in operators] == ["staff@velro.test"]
    assert not User.objects.filter(email_verified_at=None).exists()


def test_seeding_again_reads_once_and_leaves_people_as_they_are(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    seed()
    User.objects.filter(email="owner@velro.test").update(display_name="Renamed", status="suspended")
    with django_assert_num_queries(1):
        assert seed() == "Demo accounts: 0 created, 6 present already.\n"
    renamed = User.objects.get(email="owner@velro.test")
    assert (renamed.display_name, renamed.status) == ("Renamed", "suspended")


@pytest.mark.parametrize("deployment", [Deployment.STAGING, Deployment.PRODUCTION])
def test_demo_accounts_are_refused_where_people_work(settings: Settings, deployment: Deployment) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": deployment})
    with pytest.raises(CommandError, match="published password"):
        seed()
    assert not User.objects.exists()


def test_createsuperuser_makes_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_SUPERUSER_PASSWORD", "an operator's password")
    call_command("createsuperuser", interactive=False, email="Root@Velro.test", display_name="Root", stdout=StringIO())
    user = User.objects.get_by_natural_key("ROOT@velro.test")
    assert (user.is_staff, user.is_superuser, user.is_email_verified) == (True, True, True)
    sign_in("root@velro.test", "an operator's password")
