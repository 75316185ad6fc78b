"""Reading requests strictly: what a client sends is either understood completely or refused."""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from velro.errors import MalformedRequest, RequestTooLarge

DEEPEST_NESTING = 32


class StrictJSONParser(BaseParser):
    """JSON in UTF-8, read up to the size limit even when chunked.

    No duplicate keys, NaN, numbers beyond all bounds, halves of characters, or deep nesting.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The decoded body. Raises RequestTooLarge, MalformedRequest or DRF's ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestTooLarge(f"The limit is {limit} bytes.")
        try:
            document = _decode(body)
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        if _depth(document) > DEEPEST_NESTING:
            raise MalformedRequest(f"The body is nested more than {DEEPEST_NESTING} levels deep.")
        return document


class JSONOnlyNegotiation(DefaultContentNegotiation):
    """`?format=` is an ordinary unknown parameter, not a way to choose the renderer."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:  # noqa: A002 - DRF names it
        """Ignore the suffix."""
        return list(renderers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """By the Accept header alone; event streams and problems are negotiated by their views."""
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, None)
        return chosen


def _decode(body: bytes) -> Any:
    document = json.loads(
        body.decode(), object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant, parse_float=_finite
    )
    if b"\\u" in body:
        # An escape can spell half a character, which no database keeps; encoding raises for it.
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise MalformedRequest("A number in the body is too large.")
    return number


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise MalformedRequest("An object in the body has the same key twice.")
    return document


def _refuse_constant(name: str) -> Any:
    raise MalformedRequest(f"{name} is not JSON.")


def _depth(document: Any) -> int:
    deepest, level = 0, [document]
    while level and deepest <= DEEPEST_NESTING:
        deepest += 1
        level = [inner for outer in level for inner in _children(outer)]
    return deepest


def _children(document: Any) -> list[Any]:
    children = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return [child for child in children if isinstance(child, dict | list)]
