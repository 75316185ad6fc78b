"""Long answers are written as DRF writes them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer

from authorization.roles import Permission
from velro.api.renderers import LongJSONRenderer


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"decisions": [{"id": uuid4(), "permissions": [Permission.READ], "access_granted": True, "role": None}] * 3},
        {"title": "Größe „M“", "status": 400},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"amount": Decimal("0.10")},
        {"message": gettext_lazy("This field is required.")},
        {1: "a key that is no text"},
    ],
)
@pytest.mark.parametrize("accepted", [None, "application/json", "application/json; indent=4"])
def test_an_answer_is_the_same_as_from_drf(data: Any, accepted: str | None) -> None:
    assert LongJSONRenderer().render(data, accepted) == JSONRenderer().render(data, accepted)
