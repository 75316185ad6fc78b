"""Compiles into a folder: `python -m velro.compiled.extensions FOLDER`, in the root of the project."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mypyc.build import mypycify
from setuptools import setup

from velro.compiled.store import MODULES, source_of

# What they import from elsewhere stays Python and may be anything: each value from there is checked as it comes in.
# A class that is derived from one of those would be laid out wrongly, so the compiler has to refuse it.
TYPES: Final = ("--config-file=", "--follow-imports=skip", "--ignore-missing-imports", "--disallow-subclassing-any")


def compile_into(folder: Path, sources: Iterable[Path]) -> None:
    """Ends the process where that fails, after the compiler has said why."""
    setup(
        name="velro-compiled",
        packages=[],
        py_modules=[],
        ext_modules=mypycify([*TYPES, *map(str, sources)], target_dir=str(folder / "c")),
        script_args=["--quiet", "build_ext", "--build-lib", str(folder / "modules"), "--build-temp", str(folder / "o")],
    )


if __name__ == "__main__":
    compile_into(Path(sys.argv[1]), [source_of(module) for module in MODULES])
