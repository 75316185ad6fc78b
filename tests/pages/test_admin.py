"""The admin in a browser. What a page complains of fails a test in the `page` fixture."""

import re

import httpx
import psycopg
import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.pages.conftest import OUTSIDER, OWNER, fill_in_sign_in_form, sign_in
from tests.support.live import LiveCopy

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("generations", "api_key", "block", "company"),
]

LISTS = [
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
]
SECRETS = """
    SELECT password FROM accounts_user
    UNION ALL SELECT private_key FROM accounts_signingkey WHERE private_key <> ''
    UNION ALL SELECT refresh_id::text FROM accounts_session
    UNION ALL SELECT webhook_digest FROM generations_submission
    UNION ALL SELECT token_digest FROM teams_invitation
    UNION ALL SELECT lease::text FROM background_outboxmessage WHERE lease IS NOT NULL
    UNION ALL SELECT answer FROM api_idempotencyrecord WHERE answer <> ''
"""
BLOCK = """
    INSERT INTO blocking_blockednetwork (id, created_at, updated_at, network, reason)
    VALUES (gen_random_uuid(), now(), now(), '203.0.113.0/24', 'scanning') ON CONFLICT DO NOTHING
"""
ROWS_TO_TRY = 5
# What operators write themselves, in forms.
WRITABLE = {reverse("admin:blocking_blockednetwork_changelist")}
WRITE_SCRIPT = "document.body.append(Object.assign(document.createElement('script'), {text: 'window.hasRun = true'}))"


@pytest.fixture
def secrets(live_copy: LiveCopy) -> set[str]:
    """What no page may show, as the database of the copy holds it."""
    with psycopg.connect(live_copy.addresses["DATABASE_URL"]) as connection:
        found = {row[0] for row in connection.execute(SECRETS)}
    assert len(found) > 6
    return found


@pytest.fixture(scope="module")
def block(live_copy: LiveCopy) -> None:
    """A network that is shut out."""
    with psycopg.connect(live_copy.addresses["DATABASE_URL"]) as connection:
        connection.execute(BLOCK)


@pytest.fixture(scope="module")
def api_key(api: httpx.Client) -> None:
    """A key that somebody holds."""
    key = {"name": "Gateway", "scopes": ["authz:evaluate"]}
    api.post("users/api-keys", json=key, headers=sign_in(api, OWNER)).raise_for_status()


def open_in_list(page: Page, link: str) -> None:
    """The first row. A worker may be done with what that is of before it opens, and then it is another."""
    of_row = re.compile(rf"{link}[0-9a-f-]+/change/")
    for _ in range(ROWS_TO_TRY):
        page.goto(link)
        row = page.locator("#result_list tbody th a, #result_list tbody td a").first
        with page.expect_navigation():
            row.click()
        if of_row.search(page.url):
            return
    pytest.fail(f"none of {ROWS_TO_TRY} rows of {link} opened: {page.url}")


def test_the_index_lists_what_operators_look_for(admin_page: Page) -> None:
    navigation = admin_page.locator("#nav-sidebar-apps")
    assert navigation.locator("h2").all_inner_texts() == [
        "Velro",
        "People",
        "Teams",
        "Access",
        "Generations",
        "Background work",
        "Audit and keys",
        "API",
    ]
    for link in LISTS:
        expect(navigation.locator(f"a[href='{link}']")).to_be_visible()


@pytest.mark.parametrize("link", LISTS)
def test_every_list_and_page_opens_without_secrets(admin_page: Page, secrets: set[str], link: str) -> None:
    admin_page.goto(link)
    expect(admin_page.locator("#result_list tbody tr").first).to_be_visible()
    listed = admin_page.content()
    open_in_list(admin_page, link)
    shown = listed + admin_page.content()
    assert [secret for secret in secrets if secret in shown] == []
    assert "PRIVATE KEY" not in shown
    assert "argon2" not in shown


@pytest.mark.parametrize("link", [link for link in LISTS if link not in WRITABLE])
def test_rows_are_neither_added_nor_typed_over(admin_page: Page, link: str) -> None:
    admin_page.goto(link)
    expect(admin_page.locator("a[href$='/add/']")).to_have_count(0)
    open_in_list(admin_page, link)
    expect(admin_page.locator("#content-main input:visible, #content-main textarea:visible")).to_have_count(0)
    expect(admin_page.get_by_role("button", name="Save")).to_have_count(0)


def test_a_network_is_shut_out_and_let_in_again(admin_page: Page) -> None:
    admin_page.goto("/admin/blocking/blockednetwork/add/")
    admin_page.get_by_label("Network").fill("127.0.0.1")
    admin_page.get_by_label("Reason").fill("too many requests")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    expect(admin_page.get_by_text("You are in this network yourself.")).to_be_visible()
    admin_page.get_by_label("Network").fill("198.51.100.7")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    row = admin_page.locator("#result_list tbody tr", has_text="198.51.100.7/32")
    expect(row).to_contain_text("Blocked")
    row.locator(".action-select").check()
    admin_page.locator("select[name=action]").select_option("delete_selected")
    admin_page.get_by_role("button", name="Run").click()
    admin_page.get_by_role("button", name="Yes").click()
    expect(admin_page.locator("#result_list tbody tr", has_text="198.51.100.7/32")).to_have_count(0)


def test_people_who_are_not_operators_are_refused(page: Page) -> None:
    fill_in_sign_in_form(page, OWNER)
    expect(page.get_by_text("for a staff account")).to_be_visible()
    page.goto("/admin/accounts/user/")
    expect(page).to_have_url(re.compile("/admin/login/"))


@pytest.mark.parametrize(
    "path", ["/admin/search/?s=user", "/admin/password_change/", "/admin/guardian/userobjectpermission/"]
)
def test_pages_that_do_harm_are_closed(admin_page: Page, path: str) -> None:
    assert admin_page.request.get(path).status == 404


def act_on_person(page: Page, email: str, action: str) -> None:
    page.goto(f"/admin/accounts/user/?q={email}")
    page.locator("#result_list tbody .action-select").check()
    page.locator("select[name=action]").select_option(action)
    page.get_by_role("button", name="Run").click()


def test_a_suspended_person_is_signed_out_and_may_come_back(admin_page: Page, api: httpx.Client) -> None:
    headers = sign_in(api, OUTSIDER)
    assert api.get("users/profile", headers=headers).status_code == 200
    act_on_person(admin_page, OUTSIDER, "suspend")
    expect(admin_page.get_by_text("1 suspended.")).to_be_visible()
    refused = api.get("users/profile", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "account_unavailable")
    act_on_person(admin_page, OUTSIDER, "reactivate")
    expect(admin_page.get_by_text("1 reactivated.")).to_be_visible()
    assert api.get("users/profile", headers=sign_in(api, OUTSIDER)).status_code == 200


def test_signing_out_ends_the_operators_session(admin_page: Page, live_copy: LiveCopy) -> None:
    session = next(cookie for cookie in admin_page.context.cookies() if cookie["name"] == "velro_admin")
    admin_page.get_by_text("staff@velro.test").first.click()
    admin_page.get_by_role("button", name="Log out").click()
    admin_page.wait_for_load_state()
    admin_page.goto("/admin/")
    expect(admin_page).to_have_url(re.compile("/admin/login/"))
    admin_page.context.add_cookies([{"name": session["name"], "value": session["value"], "url": live_copy.base_url}])
    admin_page.goto("/admin/")
    expect(admin_page).to_have_url(re.compile("/admin/login/"))


def test_scripts_written_into_a_page_do_not_run(admin_page: Page, complaints: list[str]) -> None:
    admin_page.evaluate(WRITE_SCRIPT)
    assert admin_page.evaluate("window.hasRun") is None
    (refusal,) = complaints
    assert "Content Security Policy" in refusal
    complaints.clear()
