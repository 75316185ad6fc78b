"""The product's own source as syntax trees, for tests that hold it to the norms."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("velro", "authorization", "accounts", "teams", "generations")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def line_count(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[FunctionNode]:
        return (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))


def _read(folders: tuple[str, ...]) -> tuple[Module, ...]:
    paths = sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
    )
    return tuple(Module(path, text := path.read_text(), ast.parse(text)) for path in paths)


@cache
def product_modules() -> tuple[Module, ...]:
    return _read(PACKAGES)


@cache
def test_modules() -> tuple[Module, ...]:
    return _read(("tests",))


test_modules.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it by its name
