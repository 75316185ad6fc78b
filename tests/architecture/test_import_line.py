"""The import contracts of `.importlinter` hold."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT


def test_the_line_of_apps_holds() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
