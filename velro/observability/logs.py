"""One line per event: JSON for machines, coloured text for people in development."""

import os
import sys
from collections.abc import Callable
from typing import Any

import structlog

SECRET_NAMES = ("password", "token", "secret", "authorization", "cookie", "refresh", "api_key", "fal_key")
REDACTED = "[redacted]"
# Local variables of a frame hold passwords and keys; a traceback shows where, never with what.
TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def hide_secrets(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace the value of every key whose name speaks of a secret."""
    for name in event:
        if any(secret in name.lower() for secret in SECRET_NAMES):
            event[name] = REDACTED
    return event


SHARED_PROCESSORS: tuple[Callable[..., Any], ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    hide_secrets,
)
# One list for the life of a process: a logger that was used keeps the one it found.
PROCESSORS: list[Callable[..., Any]] = [*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def logging_config(*, level: str, is_pretty: bool) -> dict[str, Any]:
    """Configuration for `logging.config.dictConfig`; also routes structlog through the standard library."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderers: list[Callable[..., Any]] = (
        [_console_renderer()]
        if is_pretty
        else [structlog.processors.ExceptionRenderer(TRACEBACKS), structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(SHARED_PROCESSORS),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The client libraries print addresses with query strings at INFO; FAL's carry our webhook token.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "celery": {"level": "WARNING" if level == "INFO" else level},
            "django.request": {"level": "CRITICAL"},
        },
    }


def _console_renderer() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty() or "FORCE_COLOR" in os.environ,
        pad_event_to=12,
        exception_formatter=structlog.dev.RichTracebackFormatter(show_locals=False),
    )
