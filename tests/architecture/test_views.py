"""Every view of the API is protected by declaration, and every declared answer is the only way it answers."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from authorization.actions import Action
from velro.api.declarations import PUBLIC
from velro.api.views import ApiView

METHODS = ("get", "post", "put", "patch", "delete")


def api_views(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[type[APIView]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from api_views(pattern.url_patterns)
        elif view_class := getattr(pattern.callback, "view_class", None):
            yield view_class


VIEWS = sorted(set(api_views()), key=lambda view: view.__name__)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_view_declares_an_action_for_each_of_its_methods(view: type[APIView]) -> None:
    implemented = {method for method in METHODS if hasattr(view, method)}
    actions = getattr(view, "actions", {})
    assert set(actions) == implemented
    assert all(action == PUBLIC or isinstance(action, Action) for action in actions.values())


@pytest.mark.parametrize("view", [view for view in VIEWS if issubclass(view, ApiView)], ids=lambda view: view.__name__)
def test_a_view_declares_what_it_reads_and_answers(view: type[ApiView]) -> None:
    implemented = {method for method in METHODS if hasattr(view, method)}
    assert set(view.outputs) == implemented
    assert set(view.inputs) <= implemented - {"get", "delete"}


def test_there_are_views() -> None:
    assert len(VIEWS) > 10
