"""What operators do in the admin all day, in a browser, with pictures of it.

The pictures go to a directory of the test run, or to the one in SCREENSHOTS.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.conftest import STAFF, fill_in_sign_in_form
from tests.support.browser import PATIENCE_MILLISECONDS, listen
from tests.support.company import HOSTILE_NAME, SECRET_PROMPT, SECRET_TITLE
from tests.support.live import LiveCopy

pytestmark = [pytest.mark.live, pytest.mark.timeout(300), pytest.mark.usefixtures("company")]

Take = Callable[[str], None]
LARGEST_PICTURE = 200_000
REASON = "Ticket 4711: the customer reports a picture that is not theirs."
PAGES = [
    "/admin/",
    "/admin/teams/team/",
    "/admin/teams/project/",
    "/admin/teams/invitation/",
    "/admin/generations/share/",
    "/admin/generations/delegation/",
    "/admin/generations/generationusergrant/",
    "/admin/authorization/breakglassgrant/",
    "/admin/audit/auditevent/",
    "/admin/auth/group/",
    "/admin/generations/generation/explore/",
]
TABS = ["overview", "members", "roles", "invitations", "projects", "shares", "events"]


@pytest.fixture
def operating(admin_page: Page) -> Page:
    """At the width of a small laptop."""
    admin_page.set_viewport_size({"width": 1280, "height": 900})
    return admin_page


@pytest.fixture
def take(operating: Page, tmp_path: Path) -> Take:
    """Take a picture of the whole page."""
    directory = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    directory.mkdir(parents=True, exist_ok=True)

    def take_picture(name: str) -> None:
        picture = operating.screenshot(path=directory / f"{name}.png", full_page=True, animations="disabled")
        assert len(picture) < LARGEST_PICTURE

    return take_picture


def open_team(page: Page, name: str) -> None:
    page.goto(f"/admin/teams/team/?q={name}")
    page.locator("#result_list tbody a", has_text=name).first.click()
    expect(page.locator("#team-path")).to_contain_text(name)


def open_shared_generation(page: Page) -> str:
    """The one that everything is shared of; returns its id."""
    # By its team: the running copy has shares of other stories, too.
    page.goto("/admin/generations/share/?q=Film")
    page.locator("#result_list .field-generation_link a").first.click()
    page.wait_for_url("**/change/")
    return page.url.split("/")[-3]


def submit_dialog(page: Page) -> None:
    page.locator("#dialog button[type=submit]").click()


def test_the_dashboard_shows_what_needs_a_look(operating: Page) -> None:
    operating.goto("/admin/")
    panels = operating.locator(".velro-panel h2")
    assert panels.all_inner_texts() == [
        "Broken glass",
        "Ending soon",
        "Generations by status",
        "Recent refusals and alarms",
        "Layers of authorization",
    ]
    expect(operating.locator(".velro-figure", has_text="Teams")).to_be_visible()
    operating.get_by_role("link", name="Shares that end soon").click()
    expect(operating.locator("#result_list tbody tr")).to_have_count(1)


def test_an_operator_walks_the_tree_of_teams(operating: Page, take: Take) -> None:
    open_team(operating, "Northwind Studio")
    tree = operating.locator("#team-tree")
    tree.get_by_role("link", name="Design", exact=True).click()
    expect(tree).to_contain_text(HOSTILE_NAME)
    expect(tree).to_contain_text("Archived", ignore_case=True)
    take("team")
    tree.get_by_role("link", name="Brand").click()
    expect(operating.locator("#team-path")).to_have_text("Northwind Studio / Design / Brand Open", ignore_case=True)
    operating.locator("#team-path").get_by_role("link", name="Northwind Studio").click()
    expect(operating.locator("#team-facts")).to_contain_text("ada@northwind.test")


def test_members_show_what_they_inherit_and_change_where_they_hold_it(operating: Page, take: Take) -> None:
    open_team(operating, "Brand")
    operating.get_by_role("link", name="Members", exact=True).click()
    members = operating.locator("#team-members")
    ada = members.locator("tr", has_text="ada@northwind.test")
    expect(ada).to_contain_text("Inherited", ignore_case=True)
    expect(ada).to_contain_text("Northwind Studio")
    take("members")
    grace = members.locator("tr", has_text="grace@northwind.test")
    grace.get_by_role("link", name="Change role").click()
    operating.locator("#dialog select").select_option("viewer")
    submit_dialog(operating)
    expect(operating.get_by_text("The role is changed.")).to_be_visible()
    expect(grace).to_contain_text("Viewer", ignore_case=True)
    ada.get_by_role("link", name="Change there").click()
    ada.get_by_role("link", name="Remove").click()
    submit_dialog(operating)
    expect(operating.get_by_text("Refused: A root team needs an active owner of its own")).to_be_visible()
    members.get_by_label("Find a person").fill("nobody at all")
    members.get_by_role("button", name="Find").click()
    expect(operating.get_by_text("Nobody of that name or address has a role here.")).to_be_visible()


def test_the_matrix_says_what_each_role_allows(operating: Page, take: Take) -> None:
    open_team(operating, "Brand")
    operating.get_by_role("link", name="Roles", exact=True).click()
    cells = operating.locator("#role-matrix tr", has_text="Manage members").locator("td span")
    expect(cells).to_have_count(4)
    assert [cell.get_attribute("aria-label") for cell in cells.all()] == ["no", "no", "yes", "yes"]
    take("roles")


def test_an_operator_invites_and_withdraws(operating: Page) -> None:
    open_team(operating, "Brand")
    operating.get_by_role("link", name="Invite", exact=False).first.click()
    operating.locator("#dialog input[type=email]").fill("sam@elsewhere.test")
    operating.locator("#dialog select").select_option("member")
    submit_dialog(operating)
    invitation = operating.locator("#team-invitations tr", has_text="sam@elsewhere.test")
    expect(invitation).to_contain_text("open", ignore_case=True)
    invitation.get_by_role("link", name="Withdraw").click()
    submit_dialog(operating)
    expect(invitation).to_contain_text("withdrawn", ignore_case=True)


def test_a_team_is_moved_to_a_parent_found_by_name(operating: Page) -> None:
    open_team(operating, "Film and motion")
    operating.locator("a[href$='/move/']").click()
    operating.locator(".select2-selection").click()
    operating.locator(".select2-search__field").fill("Design")
    operating.locator(".select2-results__option", has_text="Northwind Studio / Design").first.click()
    operating.get_by_role("button", name="Move the team").click()
    expect(operating.locator("#team-path")).to_contain_text("Design")


def test_the_explorer_says_who_can_what_and_why(operating: Page, take: Take) -> None:
    generation = open_shared_generation(operating)
    operating.locator("a[href$='/who-can/']").click()
    operating.locator(".select2-selection").click()
    operating.locator(".select2-search__field").fill("noor")
    operating.locator(".select2-results__option", has_text="noor@northwind.test").click()
    expect(operating.get_by_label("Id of the generation")).to_have_value(generation)
    operating.get_by_role("button", name="Find out").click()
    expect(operating.locator("#answer")).to_contain_text("Yes: Noor Rahman can")
    expect(operating.locator("#ways")).to_contain_text("shared with Film and motion")
    operating.locator("select[name=action]").select_option("generation:share")
    operating.get_by_role("button", name="Find out").click()
    expect(operating.locator("#answer")).to_contain_text("No: Noor Rahman cannot")
    expect(operating.locator("#failed-rules")).to_contain_text("No share gives share.")
    take("explorer")
    assert SECRET_PROMPT not in operating.content()


def test_glass_is_broken_for_a_reason_and_closed(operating: Page, take: Take) -> None:
    open_shared_generation(operating)
    assert SECRET_TITLE not in operating.content()
    operating.locator("a[href$='/break-glass/']").click()
    operating.locator("#dialog textarea").fill("too short")
    submit_dialog(operating)
    expect(operating.get_by_text("at least 20 characters (it has 9)")).to_be_visible()
    operating.locator("#dialog textarea").fill(REASON)
    submit_dialog(operating)
    expect(operating.locator("#glass")).to_contain_text("minutes left")
    expect(operating.locator("#behind-glass")).to_contain_text(SECRET_TITLE)
    take("break-glass")
    address = operating.url
    operating.goto("/admin/")
    expect(operating.locator(".velro-notice-danger")).to_contain_text(REASON)
    take("dashboard")
    operating.goto(address)
    operating.locator("#glass").get_by_role("button", name="Close now").click()
    expect(operating.get_by_text("The glass is closed.")).to_be_visible()
    assert SECRET_TITLE not in operating.content()
    operating.goto("/admin/audit/auditevent/?kind=severe")
    expect(operating.locator("#result_list")).to_contain_text("break_glass.opened")
    take("audit")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_telephone(
    browser: Browser, live_copy: LiveCopy, complaints: list[str], tmp_path: Path, scheme: str
) -> None:
    context = browser.new_context(
        base_url=live_copy.base_url,
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    listen(context, complaints, origin=live_copy.base_url)
    page = context.new_page()
    fill_in_sign_in_form(page, STAFF)
    page.wait_for_url("**/admin/")
    open_team(page, "Design")
    team = page.url.partition("?")[0]
    too_wide = {}
    for number, address in enumerate([*PAGES, *(f"{team}?tab={tab}" for tab in TABS)]):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=tmp_path / f"{scheme}-{number}.png")
        if width > 390:
            too_wide[address] = width
    context.close()
    assert too_wide == {}
    assert complaints == []
