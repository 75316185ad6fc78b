"""Schemathesis reads the published document and sends what it allows and what it forbids, in every shape it knows.

Each operation gets the cases at its boundaries and a fixed number of random ones, the same in each run.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from tests.support.clients import sign_in
from tests.support.factories import user_factory
from tests.support.published import DOCUMENT
from velro.api.chunked import ChunkedBodies

RANDOM_REQUESTS = 15
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 2026,
        "generation": {"max-examples": RANDOM_REQUESTS, "deterministic": True, "database": "none"},
        # What a schema allows may still be refused: a wrong password, an unknown model, a spent token.
        "checks": {"positive_data_acceptance": {"enabled": False}},
    }
)
SCHEMA = schemathesis.openapi.from_path(DOCUMENT, config=CONFIG)
# As in `velro.web`, which also starts threads that no test wants.
SCHEMA.app = ChunkedBodies(get_wsgi_application(), limit=django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


@pytest.fixture
def credentials(db: None) -> Iterator[dict[str, str]]:  # noqa: ARG001 - asked for its effect
    """Of a new person. As with Django's own client, the end of a request must not close the test's connection."""
    signed_in = sign_in(user_factory().email)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {signed_in['access']}"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@SCHEMA.parametrize()
# One person per operation is enough: whatever the requests write is undone after the last.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_request_is_answered_as_documented(case: Case[Any], credentials: dict[str, str]) -> None:
    case.call_and_validate(headers=credentials)
