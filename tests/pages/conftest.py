"""People and generations on the live copy, so that its pages have something to show."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page

from tests.support.live import NOTHING_OF_THE_DEVELOPER, PROJECT_ROOT, LiveCopy
from velro.embedded.dotenv_files import read_dotenv

PASSWORD = "velro-demo-password"
STAFF, OWNER, OUTSIDER = "staff@velro.test", "owner@velro.test", "outsider@velro.test"
MODEL = "fal-ai/flux/schnell"


@pytest.fixture(scope="module")
def api(live_copy: LiveCopy) -> Iterator[httpx.Client]:
    """The API of the copy, with nobody signed in."""
    with httpx.Client(base_url=f"{live_copy.base_url}/api/v1/", timeout=70) as client:
        yield client


def sign_in(api: httpx.Client, email: str) -> dict[str, str]:
    """The header of a person with a new session."""
    answer = api.post("auth/login", json={"email": email, "password": PASSWORD}).raise_for_status().json()
    return {"Authorization": f"Bearer {answer['access']}"}


def create(api: httpx.Client, headers: dict[str, str], prompt: str) -> str:
    """Order a small image; returns the id of the generation."""
    order = {"model": MODEL, "input": {"prompt": prompt, "image_size": {"width": 64, "height": 64}}}
    answer = api.post("generations", json=order, headers=headers | {"Idempotency-Key": uuid4().hex})
    return str(answer.raise_for_status().json()["id"])


@pytest.fixture(scope="module")
def generations(api: httpx.Client) -> Iterator[None]:
    """One generation that is completed, one that failed, and one that runs until the tests are over."""
    owner = sign_in(api, OWNER)
    completed = create(api, owner, "a fox")
    failed = create(api, owner, "a fox [fault:content_policy_422]")
    running = create(api, owner, "a fox [fault:never_complete]")
    for generation, status in ((completed, "completed"), (failed, "failed")):
        assert api.get(f"generations/{generation}?wait=60", headers=owner).json()["status"] == status
    yield
    api.delete(f"generations/{running}", headers=owner).raise_for_status()


def fill_in_sign_in_form(page: Page, email: str) -> None:
    """Ask for the admin's index and answer its question."""
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture(scope="session")
def company(live_copy: LiveCopy) -> None:
    """Teams with people in them on the copy, put there past its API."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.support.company"],
        cwd=PROJECT_ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "velro.settings",
            "STATE_DIR": str(live_copy.state_dir),
            **NOTHING_OF_THE_DEVELOPER,
            **live_copy.addresses,
            **read_dotenv(live_copy.state_dir / "secrets.env"),
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode()


@pytest.fixture
def admin_page(page: Page) -> Page:
    """The admin's index, as the operator sees it."""
    fill_in_sign_in_form(page, STAFF)
    page.wait_for_url("**/admin/")
    return page
