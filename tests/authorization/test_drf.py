"""The permission class asks the engine, for a person and for an object."""

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from authorization.drf import HasAction
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Principal
from tests.authorization.prompts import AUTHOR, COLLEAGUE, MALLORY, SHARE, PromptLibrary
from velro.api.declarations import PUBLIC
from velro.errors import NotFound

pytestmark = pytest.mark.django_db


class ThingView(APIView):
    actions = {"get": SHARE, "post": PUBLIC}  # noqa: RUF012 - a view's declaration


def is_permitted(method: str, user: Principal | None, *, resource_id: UUID | None = None) -> bool:
    request = ThingView().initialize_request(getattr(APIRequestFactory(), method)("/"))
    vars(request)["_user"] = user
    if resource_id is None:
        return HasAction().has_permission(request, ThingView())
    return HasAction().has_object_permission(request, ThingView(), SimpleNamespace(pk=resource_id))


def test_a_method_that_declares_nothing_is_denied_to_everybody() -> None:
    assert not is_permitted("delete", AUTHOR)


def test_a_public_method_needs_nobody() -> None:
    assert is_permitted("post", None)


def test_any_other_method_needs_somebody() -> None:
    assert is_permitted("get", AUTHOR)
    with pytest.raises(Unauthenticated):
        is_permitted("get", None)


def test_an_object_is_decided_by_the_engine(prompts: PromptLibrary) -> None:
    prompt = prompts.add(project_id=uuid4())
    with pytest.raises(NotFound):
        is_permitted("get", MALLORY, resource_id=prompt)
    with pytest.raises(PermissionDenied):
        is_permitted("get", COLLEAGUE, resource_id=prompt)
    assert is_permitted("get", AUTHOR, resource_id=prompts.add())
