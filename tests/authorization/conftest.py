"""Fixtures of the engine's tests."""

from collections.abc import Iterator

import pytest

from authorization.registry import registry
from tests.authorization.prompts import PromptLibrary


@pytest.fixture
def prompts() -> Iterator[PromptLibrary]:
    library = PromptLibrary()
    registry.add_resource_type(library)
    yield library
    registry.remove_resource_type(library.name)
