"""The norms of docs/architecture.md, measured.

A failure names the place; the cure is a better shape, not a higher limit.
"""

import ast
from statistics import median

from tests.architecture.source import FunctionNode, product_modules, test_modules

BANNED_NAMES = {"utils", "helpers", "common", "misc", "core", "base"}


def length_of(function: FunctionNode) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_files_stay_small() -> None:
    sizes = {module.name: module.line_count for module in product_modules()}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert median(sizes.values()) <= 90


def test_test_files_stay_readable() -> None:
    assert {module.name: module.line_count for module in test_modules() if module.line_count > 600} == {}


def test_functions_stay_small() -> None:
    sizes = {
        f"{module.name}:{function.name}": length_of(function)
        for module in product_modules()
        for function in module.functions()
    }
    assert {name: size for name, size in sizes.items() if size > 50} == {}
    assert median(sizes.values()) <= 10


def test_no_module_is_a_drawer() -> None:
    assert [module.name for module in product_modules() if module.path.stem in BANNED_NAMES] == []


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{module.name}:{node.lineno}"
        for module in product_modules()
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_every_module_says_why_it_exists() -> None:
    silent = [module.name for module in product_modules() if module.text.strip() and not ast.get_docstring(module.tree)]
    assert silent == []


def test_nothing_is_swallowed() -> None:
    """An `except Exception` must log what it caught; a bare `except` or an empty handler is never right."""
    swallowing = [
        f"{module.name}:{handler.lineno}"
        for module in product_modules()
        for handler in ast.walk(module.tree)
        if isinstance(handler, ast.ExceptHandler) and (handler.type is None or _does_nothing(handler))
    ]
    assert swallowing == []


def _does_nothing(handler: ast.ExceptHandler) -> bool:
    is_broad = isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    return is_broad and all(isinstance(statement, ast.Pass | ast.Continue) for statement in handler.body)


def test_sql_is_never_formatted() -> None:
    formatted = [
        f"{module.name}:{call.lineno}"
        for module in product_modules()
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"execute", "raw", "extra"}
        and any(isinstance(argument, ast.JoinedStr) for argument in call.args)
    ]
    assert formatted == []


def test_comments_say_why_and_are_few() -> None:
    lines = [line.strip() for module in product_modules() for line in module.text.splitlines()]
    share = sum(line.startswith("#") for line in lines) / len(lines)
    assert share <= 0.08
