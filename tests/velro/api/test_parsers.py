"""Bodies that mean two things, or take too much to read, are refused before anybody looks inside."""

import json

import pytest
from django.conf import settings
from django.test import Client

from velro.api.parsers import DEEPEST_NESTING

pytestmark = pytest.mark.urls("tests.velro.api.specimens")


def code_of(body: str | bytes) -> str:
    """The code of the refusal; `invalid_input` means that the body was read."""
    response = Client(raise_request_exception=False).post("/echo", body, content_type="application/json")
    assert response.status_code in {400, 413}
    return str(response.json()["code"])


def nested(levels: int, *, opening: str = "[", closing: str = "]", inside: str = "") -> str:
    """An object whose member goes so many levels deep, itself included."""
    return '{"x": ' + opening * (levels - 1) + inside + closing * (levels - 1) + "}"


def test_the_deepest_nesting_is_read_and_one_more_is_not() -> None:
    assert code_of(nested(DEEPEST_NESTING)) == "invalid_input"
    assert code_of(nested(DEEPEST_NESTING + 1)) == "malformed_request"


def test_objects_and_mixtures_count_as_lists_do() -> None:
    assert code_of(nested(DEEPEST_NESTING + 1, opening='{"a": ', closing="}", inside="1")) == "malformed_request"
    pairs = (DEEPEST_NESTING + 2) // 2
    assert code_of(nested(pairs + 1, opening='[{"a": ', closing="}]", inside="1")) == "malformed_request"


def test_a_deep_branch_behind_many_flat_ones_is_found() -> None:
    assert code_of('{"a": [' + "[]," * 5000 + "[" * 40 + "]" * 40 + "]}") == "malformed_request"


@pytest.mark.parametrize("body", ["[" * 500_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_a_bottomless_body_is_refused_like_any_other(body: str) -> None:
    assert code_of(body) == "malformed_request"


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "a", "name": "a"}',
        '{"name": "a", "\\u006eame": "b"}',
        '{"inner": {"size": 1, "size": 2}}',
        '{"tags": [{"a": 1, "a": 1}]}',
        '{"": 1, "": 2}',
    ],
)
def test_the_same_key_twice_is_refused_wherever_it_stands(body: str) -> None:
    assert code_of(body) == "malformed_request"


def test_keys_that_only_look_alike_are_different() -> None:
    assert code_of(json.dumps({"name": 1, "Name": 1, "n\u0430me": 1})) == "invalid_input"


@pytest.mark.parametrize(
    "body",
    [
        '{"name": 1e400}',
        '{"name": -1e400}',
        '{"name": ' + "9" * 5000 + "}",
        '{"name": "\\ud800"}',
        '{"\\udfff": 1}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"name": "a"}'.encode("utf-16"),
        '{"name": 0x10}',
        '{"name": "a",}',
        "{'name': 'a'}",
        '{"name": "a\x00"}',
    ],
)
def test_what_is_not_exactly_json_is_refused(body: str | bytes) -> None:
    assert code_of(body) == "malformed_request"


def test_the_limit_holds_to_the_byte() -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    padding = limit - len('{"x": ""}')

    assert code_of('{"x": "' + "a" * padding + '"}') == "invalid_input"
    assert code_of('{"x": "' + "a" * (padding + 1) + '"}') == "request_too_large"
