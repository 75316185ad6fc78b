"""A headless Chromium from the packages of tests/javascript, and pages that fail their test when they complain.

The package brings the shared libraries that a bare machine lacks, so nothing has to be installed for it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from tests.support.live import LiveCopy
from tests.support.node import DIRECTORY, install_packages, run_script

UNPACKED = DIRECTORY / "node_modules" / ".chromium"
WIDE: ViewportSize = {"width": 1440, "height": 900}
PATIENCE_MILLISECONDS = 15_000


def unpacked_chromium() -> Path:
    """The directory of the browser, unpacked once per installation of the packages."""
    install_packages()
    with (DIRECTORY / "unpack_browser.mjs").open() as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        if not UNPACKED.exists():
            partial = UNPACKED.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            run_script("unpack_browser.mjs", str(partial))
            partial.rename(UNPACKED)
    return UNPACKED


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium. No longer than a module: while Playwright runs, Django refuses its database to this thread."""
    directory = unpacked_chromium()
    environment: dict[str, str | float | bool] = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("browser")),
        "LD_LIBRARY_PATH": str(directory / "al2023" / "lib"),
        "FONTCONFIG_PATH": str(directory / "fonts"),
    }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=directory / "chromium", env=environment)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the page under test complained of: console errors, uncaught errors, refusals, requests to other hosts."""
    return []


@pytest.fixture
def page(browser: Browser, live_copy: LiveCopy, complaints: list[str]) -> Iterator[Page]:
    """A page of a fresh profile on the live copy. Whatever is left in `complaints` fails the test."""
    context = browser.new_context(base_url=live_copy.base_url, viewport=WIDE)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    listen(context, complaints, origin=live_copy.base_url)
    yield context.new_page()
    context.close()
    assert complaints == []


def listen(context: BrowserContext, complaints: list[str], *, origin: str) -> None:
    """Note every complaint of every page. Violations of the Content-Security-Policy arrive as console errors."""

    def note_message(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"console: {message.text}")

    def note_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and f"{address.scheme}://{address.netloc}" != origin:
            complaints.append(f"elsewhere: {request.url}")

    def note_response(response: Response) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status}: {response.url}")

    context.on("console", note_message)
    context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
    context.on("request", note_request)
    context.on("response", note_response)
