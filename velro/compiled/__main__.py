"""`python -m velro.compiled`: compiles what is to be compiled, unless that was done."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from velro.compiled.store import MODULES, PROJECT_ROOT, STORE, folder_of_sources

LAST_LINES: Final = 20


def main() -> int:
    """Returns 1 where it fails."""
    folder = folder_of_sources()
    if folder.is_dir():
        return 0
    console = Console(stderr=True)
    STORE.mkdir(exist_ok=True)
    with (
        console.status(f"Compiling {len(MODULES)} modules, once ..."),
        TemporaryDirectory(dir=STORE, prefix="unfinished-") as unfinished,
    ):
        run = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "velro.compiled.extensions", unfinished],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            console.print(*f"{run.stdout}{run.stderr}".splitlines()[-LAST_LINES:], sep="\n", markup=False)
            console.print("velro: the modules could not be compiled, so they run as Python, more slowly.")
            return 1
        # Somebody else may have compiled the same meanwhile.
        if not folder.is_dir():
            (Path(unfinished) / "modules").rename(folder)
    for older in set(STORE.glob("[0-9a-f]*")) - {folder}:
        shutil.rmtree(older)
    return 0


if __name__ == "__main__":
    sys.exit(main())
