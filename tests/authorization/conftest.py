"""Fixtures of the engine's tests."""

import pytest

from authorization.registry import registry
from tests.authorization.prompts import PromptLibrary


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> PromptLibrary:
    library = PromptLibrary()
    monkeypatch.setitem(registry.resource_types, library.name, library)
    return library
