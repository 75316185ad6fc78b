"""Which spellings of an id reach a resource, and which tokens reach a key."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorization.deliberation import Admission
from authorization.errors import TokenInvalid
from authorization.facts import Attempt
from authorization.layers.input import parse_resource_id
from authorization.layers.input_tokens import refuse_malformed

CANONICAL = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def test_the_canonical_form_is_accepted() -> None:
    assert parse_resource_id(CANONICAL) == UUID(CANONICAL)


@given(st.uuids(version=4))
def test_every_random_id_is_accepted(resource_id: UUID) -> None:
    if len(set(resource_id.hex)) >= 6:
        assert parse_resource_id(str(resource_id)) == resource_id


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL.upper(),
        CANONICAL.replace("-", ""),
        "{" + CANONICAL + "}",
        "urn:uuid:" + CANONICAL,
        CANONICAL + "\n",
        " " + CANONICAL,
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-4000-8000-000000000000",
        "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        "7c9e6679-7425-10de-944b-e07fc1f90ae7",
        "7c9e6679-7425-40de-c44b-e07fc1f90ae7",
        "\N{ARABIC-INDIC DIGIT SEVEN}c9e6679-7425-40de-944b-e07fc1f90ae7",
        "1",
        "",
        "7c9e6679-7425-40de-944b-e07fc1f90ae7' OR '1'='1",
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UUID v4"):
        parse_resource_id(text)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["a" * 5000, "with space", "semi;colon", "line\nbreak", "nul\0", "ünicode", "a/b"])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        refuse_malformed(Admission(Attempt("192.0.2.1", "", token)))


def test_no_token_goes_on_as_nobody() -> None:
    admission = Admission(Attempt("192.0.2.1", "", None))
    assert refuse_malformed(admission) is admission


def test_an_attempt_never_prints_its_token() -> None:
    assert "secret-token" not in repr(Attempt("192.0.2.1", "", f"secret-token-{uuid4()}"))
