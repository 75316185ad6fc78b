"""Object grants: guardian stores them, operators give them, the engine alone says what they are worth."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group
from django.test import Client, RequestFactory
from django.urls import resolve
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from accounts.models import AccountStatus, User
from authorization.errors import PermissionDenied
from authorization.grants import ObjectGrant, grant_permission, grants_on, revoke_permission
from authorization.roles import Permission
from generations.models import Generation, GenerationGroupGrant, GenerationUserGrant
from tests.generations.conftest import signed_in
from tests.generations.places import held
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.audit.services import SYSTEM, Actor

pytestmark = pytest.mark.django_db

READ, WRITE, SHARE, DELETE = Permission.READ, Permission.WRITE, Permission.SHARE, Permission.DELETE
NAMES = {permission: f"generations.{permission}_generation" for permission in Permission}


@pytest.fixture
def operator() -> User:
    return user_factory(is_staff=True, is_superuser=True)


@pytest.fixture
def person() -> User:
    return user_factory(display_name="Petra")


@pytest.fixture
def generation() -> Generation:
    return make(signed_in(user_factory()))


def test_what_is_granted_is_held_at_once_and_gone_when_revoked(
    operator: User, person: User, generation: Generation
) -> None:
    actor = Actor(operator.id)
    assert [grant_permission(it, to=person, on=generation, actor=actor) for it in (READ, DELETE, READ)] == [
        True,
        True,
        False,
    ]
    assert held(person, generation) == {READ, DELETE}
    assert revoke_permission(DELETE, holder=person, on=generation, actor=actor)
    assert not revoke_permission(DELETE, holder=person, on=generation, actor=actor)
    assert held(person, generation) == {READ}
    events = trail().filter(resource_id=generation.id, name__startswith="object_grant").order_by("at")
    assert [(it.name, it.details["permission"], it.actor_id) for it in events] == [
        ("object_grant.given", "read", operator.id),
        ("object_grant.given", "delete", operator.id),
        ("object_grant.revoked", "delete", operator.id),
    ]


def test_a_group_passes_it_to_its_people(operator: User, person: User, generation: Generation) -> None:
    group = Group.objects.create(name="Reviewers")
    grant_permission(READ, to=group, on=generation, actor=Actor(operator.id))
    assert held(person, generation) == set()
    person.groups.add(group)
    assert held(person, generation) == {READ}
    person.groups.remove(group)
    assert held(person, generation) == set()


def test_who_was_granted_what(operator: User, person: User, generation: Generation) -> None:
    group = Group.objects.create(name="Reviewers")
    for permission in (READ, WRITE):
        grant_permission(permission, to=person, on=generation, actor=Actor(operator.id))
    grant_permission(READ, to=group, on=generation, actor=Actor(operator.id))
    grant_permission(READ, to=person, on=make(signed_in(user_factory())), actor=Actor(operator.id))
    assert grants_on(generation) == [
        ObjectGrant("user", person.id, "Petra", frozenset({READ, WRITE})),
        ObjectGrant("group", group.pk, "Reviewers", frozenset({READ})),
    ]


def test_operators_grant_nothing_to_themselves(operator: User, generation: Generation) -> None:
    group = Group.objects.create(name="Operators")
    operator.groups.add(group)
    for holder in (operator, group):
        with pytest.raises(PermissionDenied):
            grant_permission(READ, to=holder, on=generation, actor=Actor(operator.id))
    assert held(operator, generation) == set()
    events = trail().filter(name="object_grant.refused").order_by("at")
    assert [(it.reason, it.severity, it.actor_id, it.resource_id) for it in events] == [
        ("permission_denied", "warning", operator.id, generation.id)
    ] * 2
    assert [it.details for it in events] == [
        {"permission": "read", "user": str(operator.id)},
        {"permission": "read", "group": str(group.pk)},
    ]


def test_only_active_superusers_grant_and_revoke(person: User, generation: Generation) -> None:
    others = [user_factory(is_staff=True), user_factory(is_superuser=True, status=AccountStatus.SUSPENDED)]
    for actor in (*(Actor(it.id) for it in others), Actor(generation.owner_id), SYSTEM):
        with pytest.raises(PermissionDenied):
            grant_permission(READ, to=person, on=generation, actor=actor)
        with pytest.raises(PermissionDenied):
            revoke_permission(READ, holder=person, on=generation, actor=actor)
    assert not GenerationUserGrant.objects.exists()
    assert trail().filter(name="object_grant.refused").count() == 8


def everything() -> Any:
    """Guardian declares that it takes one row; it documents that it takes many."""
    return Generation.objects.all()


def test_what_guardian_stores_in_bulk_the_engine_sees_at_once(person: User) -> None:
    ours = [make(signed_in(user_factory())) for _ in range(3)]
    assign_perm(NAMES[READ], person, everything())
    assert [held(person, it) for it in ours] == [{READ}] * 3
    group = Group.objects.create(name="Reviewers")
    person.groups.add(group)
    assign_perm(NAMES[WRITE], group, everything().filter(id=ours[0].id))
    assert held(person, ours[0]) == {READ, WRITE}
    remove_perm(NAMES[READ], person, everything())
    assert [held(person, it) for it in ours] == [{WRITE}, set(), set()]
    assert (UserObjectPermission.objects.count(), GroupObjectPermission.objects.count()) == (0, 0)


def test_has_perm_answers_as_the_engine_does(person: User, generation: Generation) -> None:
    assign_perm(NAMES[READ], person, generation)
    assert {it for it in Permission if person.has_perm(NAMES[it], generation)} == {READ}
    assert {it for it in Permission if generation.owner.has_perm(NAMES[it], generation)} == set(Permission)
    assert person.has_perm("read_generation", generation)
    assert person.has_perms([NAMES[READ]], generation)
    assert not person.has_perms([NAMES[READ], NAMES[WRITE]], generation)
    assert trail().filter(resource_id=generation.id, actor_id=person.id, outcome="denied").exists()


def test_a_superuser_holds_nothing_on_a_row_by_being_one(operator: User, generation: Generation) -> None:
    assert operator.has_perm("generations.view_generation")
    assert not any(operator.has_perm(name, generation) for name in NAMES.values())
    assert not operator.has_perm("anything", generation)


@pytest.mark.parametrize(
    "name", ["accounts.read_generation", "read", "generations.view_generation", "", "x_generation"]
)
def test_an_unknown_permission_is_held_by_nobody(generation: Generation, name: str) -> None:
    assert not generation.owner.has_perm(name, generation)


def test_who_is_not_active_or_not_there_holds_nothing(generation: Generation) -> None:
    owner = generation.owner
    User.objects.filter(id=owner.id).update(status=AccountStatus.SUSPENDED)
    assert not owner.has_perm(NAMES[READ], generation)
    assert not AnonymousUser().has_perm(NAMES[READ], generation)


def test_the_pages_of_guardian_in_the_admin_do_not_exist(operator: User, generation: Generation) -> None:
    client = Client()
    client.force_login(operator)
    page = f"/admin/generations/generation/{generation.id}/permissions/"
    assert "permissions" not in resolve(page).route
    for answer in (client.get(page, follow=True), client.post(page, {"user": operator.email}, follow=True)):
        assert "permissions" not in getattr(answer.resolver_match, "route", "")
    assert not GenerationUserGrant.objects.exists()


def test_no_page_of_guardian_is_in_the_admin_and_ours_are_to_look_at(operator: User) -> None:
    pages = admin.site._registry
    assert not {UserObjectPermission, GroupObjectPermission} & set(pages)
    assert not any("guardian" in kind.__module__ for page in pages.values() for kind in type(page).__mro__)
    request = RequestFactory().get("/admin/")
    request.user = operator
    for table in (GenerationUserGrant, GenerationGroupGrant, User, Group):
        page = pages[table]
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)
