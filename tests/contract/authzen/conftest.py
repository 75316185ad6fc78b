"""A service with an API key, and the resource types of the scenarios, which only these tests know."""

import pytest
from rest_framework.test import APIClient

from authorization.registry import registry
from tests.contract.authzen.records import RecordPolicy
from tests.contract.authzen.todos import PersonPolicy, TodoPolicy
from tests.support.api_keys import key_client_for
from tests.support.factories import user_factory


@pytest.fixture
def service(db: None) -> APIClient:  # noqa: ARG001 - asked for its effect
    return key_client_for(user_factory())


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> RecordPolicy:
    policy = RecordPolicy()
    monkeypatch.setitem(registry.policy_sources, policy.name, policy)
    return policy


@pytest.fixture
def todos(monkeypatch: pytest.MonkeyPatch) -> TodoPolicy:
    policy = TodoPolicy()
    for source in (policy, PersonPolicy()):
        monkeypatch.setitem(registry.policy_sources, source.name, source)
    return policy
