"""Has compiled modules imported in place of their sources."""

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

from velro.compiled.store import MODULES, SUFFIX, folder_of_sources


class CompiledModules(MetaPathFinder):
    """Finds them by name, before Python looks for sources."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files: Final = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for what was not compiled."""
        file = self._files.get(fullname)
        return spec_from_file_location(fullname, file) if file else None


def prefer_compiled() -> bool:
    """Import them from now on, if these very sources were compiled. Returns whether they were.

    They know each other's classes, so it is all or none: False as well where one was imported before.
    """
    folder = folder_of_sources()
    if not folder.is_dir() or not sys.modules.keys().isdisjoint(MODULES):
        return False
    files = {_name_of(file.relative_to(folder)): file for file in folder.rglob(f"*{SUFFIX}")}
    sys.meta_path.insert(0, CompiledModules(files))
    return True


def _name_of(file: Path) -> str:
    return ".".join((*file.parent.parts, file.name.removesuffix(SUFFIX)))
