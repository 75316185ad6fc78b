"""A link opens one file for a short while, and says nothing when it does not."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import signing

from generations.media.links import PREFIX, SALT, Variant, media_link, open_media_link
from velro.errors import NotFound

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("variant", Variant)
def test_a_link_opens_what_it_was_made_for(variant: Variant) -> None:
    asset_id = uuid4()
    link = media_link(asset_id, variant=variant)
    assert link.startswith(PREFIX)
    assert open_media_link(link.removeprefix(PREFIX)) == (asset_id, variant)


def test_a_link_dies_after_five_minutes() -> None:
    with time_machine.travel(NOW, tick=False):
        token = media_link(uuid4()).removeprefix(PREFIX)
    with time_machine.travel(NOW + timedelta(seconds=299), tick=False):
        open_media_link(token)
    with time_machine.travel(NOW + timedelta(seconds=301), tick=False), pytest.raises(NotFound):
        open_media_link(token)


def test_a_forged_link_opens_nothing() -> None:
    token = media_link(uuid4()).removeprefix(PREFIX)
    other = media_link(uuid4()).removeprefix(PREFIX)
    spliced = ":".join([other.split(":")[0], *token.split(":")[1:]])
    foreign = [signing.dumps([str(uuid4()), "original"], salt="another"), signing.dumps(["x", "original"], salt=SALT)]
    wrong = [
        signing.dumps([str(uuid4()), "raw"], salt=SALT),
        signing.dumps("x", salt=SALT),
        signing.dumps(5, salt=SALT),
    ]
    for forged in ("", "a", "a:b:c", token[:-1], token + "a", token.upper(), spliced, *foreign, *wrong):
        with pytest.raises(NotFound):
            open_media_link(forged)
