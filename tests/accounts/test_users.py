"""The user table defends itself, whoever writes to it."""

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, transaction

from accounts.models import User
from tests.support.factories import user_factory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", [{"email": "UPPER@velro.test"}, {"email": ""}, {"status": "sleeping"}], ids=str)
def test_the_database_refuses_what_the_code_would(change: dict[str, Any]) -> None:
    user = user_factory()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=user.id).update(**change)


def test_an_address_has_one_account() -> None:
    user = user_factory()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(user.email.upper(), "whatever password", display_name="Twin")


def test_passwords_are_hashed_with_argon2id_at_the_chosen_cost() -> None:
    user = User.objects.create_user("person@velro.test", "some long password", display_name="Person")
    decoded = identify_hasher(user.password).decode(user.password)
    assert (decoded["variety"], decoded["memory_cost"], decoded["time_cost"]) == ("argon2id", 19456, 2)


def test_nobody_signs_in_without_a_password() -> None:
    user = User.objects.create_user("person@velro.test", display_name="Person")
    assert not user.has_usable_password()
    assert not user.check_password("")
