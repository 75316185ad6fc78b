"""Bodies of the scenarios, and how they are sent."""

import json
from typing import Any

from rest_framework.test import APIClient

EVALUATION, EVALUATIONS = "/access/v1/evaluation", "/access/v1/evaluations"
SUBJECTS, RESOURCES, ACTIONS = (f"/access/v1/search/{name}" for name in ("subject", "resource", "action"))
ENDPOINTS = (EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS)


def entity(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    """A subject or resource."""
    return {"type": kind, "id": name, **({"properties": properties} if properties else {})}


def user(name: str, **properties: Any) -> dict[str, Any]:
    """A subject of the scenario."""
    return entity("user", name, **properties)


def record(name: str, **properties: Any) -> dict[str, Any]:
    """A resource of the scenario."""
    return entity("record", name, **properties)


def action(name: str, **properties: Any) -> dict[str, Any]:
    """An action of the scenario."""
    return {"name": name, **({"properties": properties} if properties else {})}


QUESTION = {"subject": user("alice"), "action": action("read"), "resource": record("record-1")}


def send(client: APIClient, path: str, body: Any, **options: Any) -> Any:
    """Post a body, which may be text already."""
    text = body if isinstance(body, str) else json.dumps(body)
    return client.generic("POST", path, text, **{"content_type": "application/json", **options})


def ask(client: APIClient, path: str, body: Any) -> Any:
    """The decoded answer of a call that goes well."""
    answer = send(client, path, body)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json"
    return answer.json()
