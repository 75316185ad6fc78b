"""The Swagger page: complete, usable, and on its own. What it complains of fails a test in the `page` fixture."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import OWNER, sign_in

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def docs(page: Page) -> Page:
    page.goto("/api/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    return page


def test_every_operation_is_shown(docs: Page) -> None:
    schema = docs.request.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    documented = {
        f"{method.upper()} {path}" for path, item in schema["paths"].items() for method in METHODS & item.keys()
    }
    summaries = docs.locator(".opblock-summary")
    expect(summaries).to_have_count(len(documented))
    shown = [
        f"{summary.locator('.opblock-summary-method').inner_text()} "
        f"{summary.locator('.opblock-summary-path').get_attribute('data-path')}"
        for summary in summaries.all()
    ]
    assert len(documented) > 20
    assert sorted(shown) == sorted(documented)


def test_a_person_with_a_token_tries_a_request(docs: Page, api: httpx.Client) -> None:
    token = sign_in(api, OWNER)["Authorization"].removeprefix("Bearer ")
    docs.get_by_role("button", name="Authorize", exact=True).click()
    dialog = docs.locator(".modal-ux")
    dialog.locator("input").fill(token)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").click()

    operation = docs.locator(".opblock-get").filter(has=docs.locator("[data-path='/api/v1/users/profile']"))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tr.response")
    expect(answer.locator("td.response-col_status")).to_have_text("200")
    expect(answer.locator("td.response-col_description")).to_contain_text(f'"email": "{OWNER}"')


def test_the_page_may_run_only_its_own_files(docs: Page) -> None:
    policy = docs.request.get("/api/docs").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none';" in policy
