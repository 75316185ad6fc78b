"""Cursors are opaque: unchanged they lead through the whole list, changed they are refused."""

import base64

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from tests.support.clients import api_client_for, sign_in
from tests.support.factories import user_factory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/users/sessions"


@pytest.fixture
def client_with_sessions() -> APIClient:
    user = user_factory()
    for _ in range(4):
        sign_in(user.email)
    return api_client_for(user)


def test_the_links_lead_through_the_whole_list(client_with_sessions: APIClient) -> None:
    url, seen = f"{LIST}?limit=2", []
    while url:
        page = client_with_sessions.get(url).json()
        seen += [session["id"] for session in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("position", ["p=abc", "p=2024", "p=9999999", "o=-1&p=x", "r=1&p=%00", "p=" + "9" * 300])
def test_a_cursor_that_points_nowhere_is_refused(client_with_sessions: APIClient, position: str) -> None:
    cursor = base64.b64encode(position.encode()).decode()
    response = client_with_sessions.get(LIST, {"cursor": cursor})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?cursor"


def test_links_name_the_public_address(client_with_sessions: APIClient, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"public_url": "https://velro.example"})
    link = client_with_sessions.get(f"{LIST}?limit=2").json()["next"]
    assert link.startswith(f"https://velro.example{LIST}?")
