"""Error codes are what clients branch on: renaming one, or giving one two meanings, is noticed here."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import get_resolver

from tests.architecture.source import ROOT
from velro.api.error_reference import ERRORS_PAGE, error_classes, errors_page
from velro.errors import VelroError


def test_the_committed_list_of_codes_is_the_one_of_the_code() -> None:
    assert get_resolver().url_patterns
    assert (ROOT / ERRORS_PAGE).read_text() == errors_page(), "a code changed; if that is meant, run: make schema"


def test_a_code_has_one_status_and_one_title() -> None:
    meanings: dict[str, tuple[int, str]] = {}
    for error in error_classes():
        if not error.__module__.startswith("tests."):
            assert meanings.setdefault(error.code, (error.status, error.title)) == (error.status, error.title)


def test_codes_are_words_and_statuses_are_errors() -> None:
    for error in error_classes():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code), error
        assert 400 <= error.status <= 599, error


def test_a_renamed_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    call_command("error_reference", check=True)

    monkeypatch.setattr(VelroError, "code", "oops")

    with pytest.raises(CommandError, match="out of date"):
        call_command("error_reference", check=True)
