"""The large world is plausible, the same for the same seed, and never where people work."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from accounts.models import AccountStatus, User
from generations import actions
from generations.large_world.characters import (
    CHARACTERS,
    DEEP_MEMBER,
    DELEGATE,
    EVERYWHERE,
    GRANTEE,
    INVITED,
    SHARE_GUEST,
    STRANGER,
    SUSPENDED,
    WIDE_OWNER,
    Character,
)
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from generations.policies import GENERATION_RESOURCE
from teams.models import Membership, Project, Team, TeamAncestor, Visibility
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

SMALL = {"users": 150, "teams": 60, "generations": 2000}
TABLES = (User, Team, Membership, Project, Generation, Share, Delegation, GenerationUserGrant, GenerationGroupGrant)


def seed(**options: Any) -> None:
    call_command("seed_large", **SMALL | options)


def counts() -> Counter[str]:
    return Counter({table.__name__: table._default_manager.count() for table in TABLES})


def seen_by(character: Character) -> set[UUID]:
    user_id = User.objects.get(email=character.email).id
    return set(GENERATION_RESOURCE.visible_to(user_id, actions.READ).values_list("id", flat=True))


def test_it_has_the_asked_size_and_ten_levels() -> None:
    seed()

    found = counts()
    assert (found["User"], found["Team"], found["Generation"]) == (150, 60, 2000)
    assert TeamAncestor.objects.aggregate(deepest=Max("distance"))["deepest"] == 9
    assert 0.65 < Generation.objects.exclude(project=None).count() / 2000 < 0.85


def test_it_has_what_a_measurement_needs() -> None:
    seed()

    assert Team.objects.filter(is_closed=True).exists()
    assert Generation.objects.filter(
        project__visibility=Visibility.RESTRICTED, project__memberships__isnull=False
    ).exists()
    assert User.objects.filter(status=AccountStatus.SUSPENDED).exists()
    for way in (Share, Delegation):
        assert way.objects.filter(expires_at__lte=Now()).exists()
        assert way.objects.filter(starts_at__gt=Now(), expires_at__gt=F("starts_at")).exists()
    assert GenerationGroupGrant.objects.exists()


def test_its_characters_see_what_the_guide_says() -> None:
    seed()

    assert len(seen_by(WIDE_OWNER)) > 100
    assert len(seen_by(EVERYWHERE)) > len(seen_by(INVITED)) > 0
    assert seen_by(DEEP_MEMBER)
    assert seen_by(SHARE_GUEST)
    assert seen_by(DELEGATE)
    assert seen_by(GRANTEE)
    assert not seen_by(STRANGER)
    assert not seen_by(SUSPENDED)


def test_its_characters_sign_in_with_the_demo_password_and_nobody_else_can() -> None:
    seed()

    named = User.objects.filter(email__in=[character.email for character in CHARACTERS])
    assert all(person.check_password("velro-demo-password") for person in named)
    assert not any(person.has_usable_password() for person in User.objects.exclude(id__in=named))


def test_a_second_run_adds_nothing() -> None:
    seed()
    before = counts()

    seed(seed=2)

    assert counts() == before


def rows_of_a_world(seed_number: int) -> tuple[set[Any], ...]:
    with transaction.atomic():
        seed(seed=seed_number)
        generations = set(Generation.objects.values_list("id", "owner_id", "project_id", "model", "title", "cost"))
        memberships = set(Membership.objects.values_list("id", "team_id", "user_id", "role"))
        delegations = set(Delegation.objects.values_list("id", "generation_id", "delegate_id", "permissions"))
        transaction.set_rollback(True)
    return generations, memberships, delegations


def test_the_same_seed_makes_the_same_world() -> None:
    first = rows_of_a_world(3)

    assert rows_of_a_world(3) == first
    assert not any(again & before for again, before in zip(rows_of_a_world(4), first, strict=True))


def test_it_is_refused_where_people_work(settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": Deployment.STAGING})

    with pytest.raises(CommandError, match="development only"):
        seed()

    assert not User.objects.exists()


def test_it_is_refused_when_too_small_to_hold_its_characters() -> None:
    with pytest.raises(CommandError, match="Not below"):
        seed(users=10)
