"""Secrets stay out of the log, whatever key they come under."""

import json
import logging
import sys

import pytest
import structlog

from velro.observability.context import accept_request_id
from velro.observability.logs import REDACTED, hide_secrets, logging_config

SECRET = f"{sys.byteorder}-not-in-the-source"


def rendered(record: logging.LogRecord, *, is_pretty: bool) -> str:
    formatter = logging_config(level="INFO", is_pretty=is_pretty)["formatters"]["structured"]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    ).format(record)


def test_values_under_secret_names_are_hidden() -> None:
    event = {"event": "x", "refresh": "r", "Authorization": "a", "new_password": "p", "webhook_token": "t", "user": "u"}
    assert hide_secrets(None, "info", event) == {
        "event": "x",
        "refresh": REDACTED,
        "Authorization": REDACTED,
        "new_password": REDACTED,
        "webhook_token": REDACTED,
        "user": "u",
    }


def test_production_lines_are_json() -> None:
    record = logging.LogRecord("velro.test", logging.INFO, "", 0, "hello %s", ("world",), None)
    line = json.loads(rendered(record, is_pretty=False))
    assert (line["event"], line["level"], line["logger"]) == ("hello world", "info", "velro.test")


def test_a_request_id_is_accepted_only_in_its_alphabet() -> None:
    assert accept_request_id("Trace-1.a_b") == "Trace-1.a_b"
    for offered in (None, "", "a b", "a\nb", "x" * 129, "ü"):
        assert accept_request_id(offered) != offered


@pytest.mark.parametrize("is_pretty", [True, False])
def test_a_traceback_never_shows_the_values_of_a_frame(*, is_pretty: bool) -> None:
    def sign_in(password: str) -> None:
        raise RuntimeError(f"no {len(password)}")

    try:
        sign_in(SECRET)
    except RuntimeError:
        record = logging.LogRecord("velro.test", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    line = rendered(record, is_pretty=is_pretty)
    assert "RuntimeError" in line
    assert "sign_in" in line
    assert SECRET not in line
