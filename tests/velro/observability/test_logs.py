"""Secrets stay out of the log, whatever key they come under."""

import json
import logging

import structlog

from velro.observability.context import accept_request_id
from velro.observability.logs import REDACTED, hide_secrets, logging_config


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
    formatter = logging_config(level="INFO", is_pretty=False)["formatters"]["structured"]
    rendered = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    ).format(logging.LogRecord("velro.test", logging.INFO, "", 0, "hello %s", ("world",), None))
    line = json.loads(rendered)
    assert (line["event"], line["level"], line["logger"]) == ("hello world", "info", "velro.test")


def test_a_request_id_is_accepted_only_in_its_alphabet() -> None:
    assert accept_request_id("Trace-1.a_b") == "Trace-1.a_b"
    for offered in (None, "", "a b", "a\nb", "x" * 129, "ü"):
        assert accept_request_id(offered) != offered
