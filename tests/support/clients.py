"""Clients that speak to Velro over HTTP, as people do."""

from typing import Any

from rest_framework.test import APIClient

from accounts.models import User
from tests.support.factories import PASSWORD


def sign_in(email: str, password: str = PASSWORD, **headers: str) -> dict[str, Any]:
    """The answer of a successful login: access, refresh, session_id, user."""
    credentials = {"email": email, "password": password}
    response = APIClient().post("/api/v1/auth/login", credentials, format="json", headers=headers)
    assert response.status_code == 200, response.content
    return dict(response.json())


def bearer_client(access: str) -> APIClient:
    """A client that shows this access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def api_client_for(user: User) -> APIClient:
    """A client that is signed in as a person of `user_factory`."""
    return bearer_client(sign_in(user.email)["access"])
