"""The page about caches, in a browser on a running copy."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import OWNER, sign_in

pytestmark = [pytest.mark.live, pytest.mark.timeout(300), pytest.mark.usefixtures("generations")]


def test_operators_see_the_tiers_and_have_every_process_forget(admin_page: Page, api: httpx.Client) -> None:
    owner = sign_in(api, OWNER)
    generation = api.get("generations?limit=1", headers=owner).json()["results"][0]["id"]
    for _ in range(3):
        api.get(f"generations/{generation}", headers=owner).raise_for_status()
    admin_page.locator("#nav-sidebar-apps").get_by_role("link", name="Caches").click()
    expect(admin_page.locator("#lease")).to_contain_text("answers from memory")
    expect(admin_page.get_by_label("This process")).to_contain_text("L1")
    expect(admin_page.get_by_label("Layers")).to_contain_text("identity")
    expect(admin_page.locator("#lease")).to_contain_text("Warmed up at")
    admin_page.get_by_role("link", name="Warm up").click()
    admin_page.locator("#dialog").get_by_role("button", name="Warm up").click()
    expect(admin_page.get_by_text("Every web process loads what was asked most.")).to_be_visible()
    admin_page.get_by_role("link", name="Forget everything").click()
    admin_page.locator("#dialog").get_by_role("button", name="Forget everything").click()
    expect(admin_page.get_by_text("Every process has forgotten what it knew.")).to_be_visible()
    expect(admin_page.locator("#lease")).to_contain_text("answers from memory")


def test_it_fits_a_telephone(admin_page: Page) -> None:
    admin_page.set_viewport_size({"width": 390, "height": 844})
    admin_page.goto("/admin/caches/")
    expect(admin_page.locator("#lease")).to_be_visible()
    assert admin_page.evaluate("document.documentElement.scrollWidth") <= 390
