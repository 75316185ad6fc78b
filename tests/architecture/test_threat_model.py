"""The page of threats names tests that exist, and every test of the catalogue stands on it."""

import ast
import re
from pathlib import Path
from typing import Final

from tests.architecture.source import ROOT, test_modules

PAGE: Final = (ROOT / "docs" / "threat-model.md").read_text()
# `folder/test_file.py` or `folder/test_file.py::[Class::]test_name`, below tests/.
NAMED: Final = re.findall(r"`([\w/]+/test_\w+\.py)(?:::([\w:]+))?`", PAGE)
CATALOGUE: Final = ROOT / "tests" / "security"


def names_in(tree: ast.AST, prefix: str = "") -> set[str]:
    """Test functions and classes, methods as `Class::method`."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            found |= {node.name} | names_in(node, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(f"{prefix}{node.name}")
    return found


def test_every_test_that_the_page_names_exists() -> None:
    known = {module.path: names_in(module.tree) for module in test_modules()}
    missing = [
        f"{file}::{name}" if name else file
        for file, name in NAMED
        if (path := ROOT / "tests" / file) not in known or (name and name not in known[path])
    ]

    assert len(NAMED) > 60
    assert missing == []


def test_every_file_of_the_catalogue_is_on_the_page() -> None:
    named = {Path(file).name for file, _ in NAMED}

    assert {path.name for path in CATALOGUE.glob("test_*.py")} - named == set()
