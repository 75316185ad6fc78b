"""What is generated from code is committed as the code has it now."""

from django.core.management import call_command

from tests.architecture.source import ROOT
from velro.settings import document


def test_every_setting_is_documented() -> None:
    assert (ROOT / document.SETTINGS_PAGE).read_text() == document.settings_page(), "run: make schema"
    assert (ROOT / document.EXAMPLE_FILE).read_text() == document.example_file(), "run: make schema"


def test_the_committed_openapi_document_has_no_drift(tmp_path: object) -> None:
    generated = f"{tmp_path}/openapi.yaml"
    call_command("spectacular", file=generated, validate=True, fail_on_warn=True)
    with open(generated) as now:  # noqa: PTH123 - spectacular was given a string
        assert (ROOT / "docs/openapi.yaml").read_text() == now.read(), "run: make schema"
