"""Has the tests run what a web process runs: what `make compiled` made, or the sources where there is nothing.

Loaded with `-p tests.support.compiled`, before anything of Velro is imported. `RUN_SOURCES=1` has them run the sources.
"""

import os
from typing import Final

from velro.compiled.importing import prefer_compiled

ARE_COMPILED: Final = "RUN_SOURCES" not in os.environ and prefer_compiled()


def pytest_report_header() -> str:
    """Which of both it is."""
    return f"velro.compiled: {'its modules are compiled' if ARE_COMPILED else 'all modules run from their sources'}"
