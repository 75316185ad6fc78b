"""What a web process runs with every decision is machine code, made from these very sources, or Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.compiled import ARE_COMPILED
from velro.compiled import __main__ as command
from velro.compiled import store
from velro.compiled.importing import prefer_compiled
from velro.compiled.store import MODULES

PROGRAM = """
import sys
import velro.wsgi
from velro.compiled.store import MODULES
print(*(name for name in MODULES if not sys.modules[name].__file__.endswith(".so")), sep=",")
"""


# A class with a base from a module that stays Python.
DERIVED = """
from velro.errors import VelroError
class Refused(VelroError):
    pass
"""
COMPILE = """
import sys
from pathlib import Path
from velro.compiled.extensions import compile_into
compile_into(Path(sys.argv[1]), [Path(sys.argv[1]) / "derived.py"])
"""


def test_tests_run_them_compiled() -> None:
    """Or none of these tests is about them. Whoever changed one runs `make compiled` first, as `make test` does."""
    suffixes = {Path(str(sys.modules[module].__file__)).suffix for module in MODULES if module in sys.modules}
    assert suffixes <= ({".so"} if ARE_COMPILED else {".py"})
    assert ARE_COMPILED or "RUN_SOURCES" in os.environ


def test_a_class_derived_from_one_beside_them_is_refused(tmp_path: Path) -> None:
    """An instance of it would have another layout than Python thinks, and end the process when it is raised."""
    (tmp_path / "derived.py").write_text(DERIVED)
    run = subprocess.run([sys.executable, "-c", COMPILE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode
    assert 'Class cannot subclass "VelroError"' in run.stdout + run.stderr


def test_the_entry_of_the_web_server_runs_all_of_them_compiled() -> None:
    assert command.main() == 0
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == ""


def test_without_them_it_runs_and_says_so(tmp_path: Path) -> None:
    program = (
        f"from pathlib import Path\nfrom velro.compiled import store\nstore.STORE = Path({str(tmp_path)!r})\n{PROGRAM}"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].split(",") == list(store.MODULES)
    assert "modules_not_compiled" in run.stdout + run.stderr


def test_none_is_taken_where_one_was_imported_as_python() -> None:
    """As here. They know each other's classes, so a mixture of both would not work."""
    assert command.main() == 0
    finders = list(sys.meta_path)
    assert not prefer_compiled()
    assert sys.meta_path == finders


def test_a_change_of_any_source_has_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = {store.folder_of_sources()}
    sources = [store.source_of(module) for module in (*store.MODULES, store.COMPILER)]
    for source in sources:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(store.PROJECT_ROOT / source, tmp_path / source)
    monkeypatch.setattr(store, "PROJECT_ROOT", tmp_path)
    assert store.folder_of_sources() in folders, "the place is none of what it depends on"
    for source in sources:
        (tmp_path / source).write_bytes((tmp_path / source).read_bytes() + b"\n")
        folders.add(store.folder_of_sources())
    assert len(folders) == 1 + len(sources)


def test_a_compiler_that_fails_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compiler = tmp_path / "compiler"
    compiler.write_text("#!/bin/sh\necho no such header; exit 3\n")
    compiler.chmod(0o700)
    monkeypatch.setattr(store, "STORE", tmp_path / "compiled")
    monkeypatch.setattr(command, "STORE", tmp_path / "compiled")
    monkeypatch.setattr(sys, "executable", str(compiler))

    assert command.main() == 1
    said = capsys.readouterr().err
    assert "no such header" in said
    assert "run as Python" in said
    assert list((tmp_path / "compiled").iterdir()) == []
