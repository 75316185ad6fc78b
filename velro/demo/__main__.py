"""Command line of the tour."""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from velro.demo.client import TourInterrupted
from velro.demo.tour import take_tour


def main() -> int:
    """0 when every stop worked."""
    parser = argparse.ArgumentParser(
        prog="python -m velro.demo",
        description="Create an image, a video and a sound on a running copy, download them, and see who may read them.",
    )
    port = os.environ.get("PORT", "8000")
    parser.add_argument(
        "--url", default=os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}", help="running copy"
    )
    parser.add_argument("--password", default="velro-demo-password", help="password of the demo accounts")
    parser.add_argument("--downloads", type=Path, default=Path("downloads"), help="folder for the files")
    options = parser.parse_args()
    console = Console()
    try:
        take_tour(console, url=options.url, password=options.password, downloads=options.downloads)
    except TourInterrupted as interruption:
        console.print(f"[red]✗[/] {interruption}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
