"""The story of the tour, told to a whole running copy: what it promises on the screen has to happen."""

from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO

import pytest
from rich.console import Console

from tests.support.live import LiveCopy
from velro.demo.client import Velro
from velro.demo.story import tell_team_story
from velro.demo.tour import PEOPLE

pytestmark = pytest.mark.live

PASSWORD = "velro-demo-password"


@pytest.fixture
def people(live_copy: LiveCopy) -> Iterator[dict[str, Velro]]:
    """Signed in, one by one."""
    with ExitStack() as stack:
        signed_in = {}
        for name in PEOPLE:
            person = Velro.sign_in(live_copy.base_url, email=f"{name}@velro.test", password=PASSWORD)
            stack.callback(person.http.close)
            signed_in[name] = person
        yield signed_in


def test_the_team_story_is_told_to_its_end(people: dict[str, Velro]) -> None:
    screen = StringIO()

    tell_team_story(Console(file=screen, width=120), people=people)

    told = screen.getvalue()
    assert told.count("✓") >= 4
    assert "✗" not in told
