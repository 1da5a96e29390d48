"""Each page of the console used for what it is for, by those who may, and refused to the others."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Download, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.browser import organisation
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import PHONE, Account, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILE = """\
user name,name,email,department,sessions
desk5,Front desk 5,desk5@example.org,Sales/North,12
desk6,Front desk 6,no address,Sales,
=cmd,"=HYPERLINK(""http://example.org"")",x@example.org,Sales,
desk7,Front desk 7,desk7@example.org,Sales,3
"""


@pytest.fixture
async def office(people: People) -> Organisation:
    """A new organisation."""
    return await organisation.found(people)


def drawer(page: Page) -> Locator:
    """What is open beside the table."""
    return page.get_by_role("dialog").last


async def choose(page: Page, where: Locator | Page, label: str, text: str) -> None:
    """Choose in a field with suggestions. What loads meanwhile may move the field from under the first click."""
    field = where.get_by_role("textbox", name=label).or_(where.get_by_role("combobox", name=label)).first
    option = page.get_by_role("option", name=text).first
    for _ in range(3):
        await field.click()
        if await field.is_editable():
            await field.fill(text)
        with suppress(PlaywrightTimeout):
            await option.click(timeout=10_000)
            return
    await option.click()


async def text_of(download: Download) -> str:
    """What is in a file that the page gave to the browser."""
    return await asyncio.to_thread((await download.path()).read_text, encoding="utf-8-sig")


async def exported(page: Page) -> list[list[str]]:
    """The rows of the file that the table is exported to."""
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Export as CSV").click()
    return list(csv.reader(io.StringIO(await text_of(await waiting.value), newline="")))


async def path_of(account: Account) -> str:
    """The path of a person in the API."""
    return f"/people/{quote(account.user_id, safe='')}"


# ------------------------------------------------------------ departments, people


async def test_an_owner_makes_a_department_and_a_person(office: Organisation) -> None:
    page = await office.console(at="/departments")
    await page.get_by_role("button", name="New department").first.click()
    await drawer(page).get_by_label("Name").fill("Sales")
    await drawer(page).get_by_role("button", name="Create").click()
    await expect(drawer(page).get_by_role("heading", name="Sales")).to_be_visible()
    await drawer(page).get_by_role("button", name="New department under this one").click()
    await drawer(page).get_by_label("Name").fill("North")
    await drawer(page).get_by_role("button", name="Create").click()
    await expect(drawer(page).get_by_text("Sales / North")).to_be_visible()
    await drawer(page).get_by_label("One after another").check()
    await page.reload()
    await expect(drawer(page).get_by_label("One after another")).to_be_checked()

    await page.goto(page.url.split("#")[0] + "#/people/new")
    await drawer(page).get_by_role("textbox", name="User name", exact=True).fill("desk3")
    await drawer(page).get_by_role("textbox", name="Name", exact=True).fill("Front desk 3")
    await choose(page, drawer(page), "Departments", "Sales / North")
    await page.keyboard.press("Escape")
    await drawer(page).get_by_role("button", name="Create the account").click()
    await expect(drawer(page).get_by_role("heading", name="Front desk 3")).to_be_visible()
    await expect(drawer(page).get_by_role("link", name="Sales / North")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row", name="Front desk 3")).to_contain_text("Sales / North")
    person = await office.call("GET", "/people/%40desk3%3Aexample.org")
    assert (person["kind"], person["display_name"], len(person["departments"])) == ("staff", "Front desk 3", 1)


async def test_departments_are_moved_renamed_and_deleted(office: Organisation) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    await office.staff("desk3", sales, display_name="Front desk 3")
    await office.staff("desk4", display_name="Front desk 4")
    page = await office.console(at=f"/departments/{law}")
    await drawer(page).get_by_label("Name").fill("Claims")
    await choose(page, drawer(page), "Under", "Sales")
    await drawer(page).get_by_role("button", name="Save").click()
    await expect(drawer(page).get_by_text("Sales / Claims")).to_be_visible()
    await choose(page, drawer(page), "Add somebody", "Front desk 4")
    await drawer(page).get_by_role("button", name="Add", exact=True).click()
    await expect(drawer(page).get_by_role("link", name="Front desk 4")).to_be_visible()
    await page.goto(page.url.split("#")[0] + f"#/departments/{sales}")
    await expect(drawer(page).get_by_role("button", name="Delete")).to_be_disabled()
    await page.goto(page.url.split("#")[0] + f"#/departments/{law}")
    await drawer(page).get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog", name="Delete Claims?").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("link", name="Claims")).to_have_count(0)
    assert [each["name"] for each in (await office.call("GET", "/departments"))["departments"]] == ["Sales"]


async def test_people_are_found_and_edited_and_leave(office: Organisation) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    desk = await office.staff("desk3", sales, display_name="Front desk 3", email="desk3@example.org")
    await office.staff("clerk", law, display_name="Clerk")
    customer = await office.people.account("customer4", "Customer 4")
    await office.session(customer, staff_id=desk.user_id)
    page = await office.console(at="/people")
    rows = page.get_by_role("table").locator("tbody tr")
    await expect(page.get_by_role("row", name="Clerk")).to_be_visible()
    await page.get_by_role("searchbox").fill("desk3@")
    await expect(rows).to_have_count(1)
    await page.get_by_role("searchbox").fill("")
    await choose(page, page, "Department", "Law")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Clerk")
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.go_back()
    await expect(page.get_by_role("row", name="Front desk 3")).to_be_visible()

    await page.get_by_role("link", name="Front desk 3").click()
    await expect(drawer(page).get_by_role("link", name="Customer 4")).to_have_count(2)  # session and contact
    await drawer(page).get_by_role("button", name="Edit").click()
    await drawer(page).get_by_label("Title").fill("Head of the desk")
    await drawer(page).get_by_role("button", name="Save").click()
    await expect(drawer(page).get_by_text("Head of the desk")).to_be_visible()
    await drawer(page).get_by_role("button", name="Change the state").click()
    await page.get_by_role("menuitem", name="Departed now, by the default rule").click()
    sure = page.get_by_role("dialog", name="Does Front desk 3 leave the organisation?")
    await expect(sure.get_by_text("customer of 1 open session is offered a successor")).to_be_visible()
    await sure.get_by_role("button", name="Record the departure").click()
    await expect(drawer(page).get_by_text("Departed")).to_be_visible()
    found = await office.call("GET", await path_of(desk))
    assert (found["state"], found["title"]) == ("departed", "Head of the desk")
    await drawer(page).get_by_role("button", name="Change the state").click()
    await page.get_by_role("menuitem", name="Set active").click()
    await page.get_by_role("dialog", name="Is Front desk 3 back?").get_by_role("button", name="Set active").click()
    await expect(drawer(page).get_by_text("Active", exact=True)).to_be_visible()


async def test_a_file_with_a_bad_row_is_imported(office: Organisation, tmp_path: Path) -> None:
    await office.department("Sales")
    file = tmp_path / "people.csv"
    file.write_text(FILE)
    page = await office.console(at="/people/import")
    await page.locator("input[type=file]").set_input_files(file)
    await drawer(page).get_by_role("button", name="Look what it would do").click()
    await expect(drawer(page).get_by_text("Line 3")).to_be_visible()
    await expect(drawer(page).get_by_text("no address").first).to_be_visible()
    await (
        drawer(page)
        .get_by_role("combobox", name="What is the column sessions?")
        .or_(drawer(page).get_by_role("textbox", name="What is the column sessions?"))
        .click()
    )
    await page.get_by_role("option", name="Most sessions").click()
    await drawer(page).get_by_label("Make the departments that are not there").check()
    await expect(drawer(page).get_by_role("button", name="Import 3 people")).to_be_enabled()
    await page.reload()
    await drawer(page).get_by_label("Make the departments that are not there").check()
    await drawer(page).get_by_role("button", name="Import").click()
    await expect(drawer(page).get_by_text("The import is done")).to_be_visible()
    await page.reload()
    await expect(drawer(page).get_by_text("The import is done")).to_be_visible()
    async with page.expect_download() as waiting:
        await drawer(page).get_by_role("button", name="Download what is wrong").click()
    assert "no address" in await text_of(await waiting.value)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row", name="Front desk 5")).to_contain_text("Sales / North")


async def test_what_is_filtered_is_exported_in_whole(office: Organisation) -> None:
    sales = await office.department("Sales")
    await office.staff("evil", sales, display_name="=1+1", title='says "hi", often')
    for number in range(53):  # more than a page
        await office.staff(f"desk{number}", sales, display_name=f"Front desk {number}")
    await office.staff("other", display_name="Other")
    page = await office.console(at=f"/people?department={sales}&sort=name")
    await expect(page.get_by_text("54 in all")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await expect(page.locator("tbody tr")).to_have_count(4)
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(4)
    rows = await exported(page)
    assert rows[0][:2] == ["Name", "State"]
    assert len(rows) == 55
    (evil,) = [row for row in rows if "1+1" in row[0]]
    assert evil[0] == "'=1+1"
    assert 'says "hi", often' in evil
    assert not [row for row in rows if row[0] == "Other"]


async def test_rows_by_keyboard_and_columns_in_the_address(office: Organisation) -> None:
    for number in range(3):
        await office.staff(f"desk{number}", display_name=f"Front desk {number}", language="de")
    page = await office.console(at="/people?kind=staff&search=desk")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.locator("main").focus()
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="Front desk 0")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await page.keyboard.press("Enter")
    await expect(drawer(page).get_by_role("heading", name="Front desk 1")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("menuitemcheckbox", name="Language").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Name").click()  # the other way round
    await expect(page.locator("tbody tr").first).to_contain_text("Front desk 2")
    await page.reload()
    await expect(page.get_by_role("columnheader", name="Language")).to_be_visible()
    await expect(page.locator("tbody tr").first).to_contain_text("Front desk 2")


# ------------------------------------------------------------ roles


async def test_a_role_is_granted_and_withdrawn(office: Organisation) -> None:
    sales = await office.department("Sales")
    desk = await office.staff("desk3", sales, display_name="Front desk 3")
    page = await office.console(at="/roles")
    await page.get_by_role("button", name="Grant a role").first.click()
    await choose(page, drawer(page), "Who", "Front desk 3")
    await choose(page, drawer(page), "Role", "Supervisor")
    await expect(drawer(page).get_by_text("See the sessions of customers with others.")).to_be_visible()
    await choose(page, drawer(page), "Where", "Sales")
    await drawer(page).get_by_role("button", name="Grant a role").click()
    await (
        page.get_by_role("dialog", name="Make Front desk 3 Supervisor?")
        .get_by_role("button", name="Grant a role")
        .click()
    )
    await expect(page.get_by_role("row", name="Front desk 3")).to_contain_text("Sales")
    (grant,) = (await office.call("GET", f"{await path_of(desk)}/roles"))["roles"]
    assert (grant["role"], grant["department_id"]) == ("supervisor", sales)
    await page.get_by_role("link", name="Front desk 3").click()
    await drawer(page).get_by_role("button", name="Withdraw the role").click()
    await page.get_by_role("dialog", name="Withdraw Supervisor").get_by_role("button", name="Withdraw the role").click()
    await expect(page.get_by_role("row", name="Front desk 3")).to_have_count(0)
    assert (await office.call("GET", f"{await path_of(desk)}/roles"))["roles"] == []
    await page.get_by_role("tab", name="What roles permit").click()
    await expect(page.get_by_role("heading", name="Records officer")).to_be_visible()


# ------------------------------------------------------------ sessions


async def test_sessions_are_assigned_and_closed_and_shown_live(office: Organisation) -> None:
    # Somebody takes no more sessions, which is tried.
    office.people.expected.append("status of 400")
    sales = await office.department("Sales")
    desk = await office.staff("desk3", sales, display_name="Front desk 3", session_limit=0)
    other = await office.staff("desk4", display_name="Front desk 4")
    page = await office.console(at="/sessions?state=waiting")
    await expect(page.get_by_text("Nothing fits")).to_be_visible()
    customer = await office.people.account("customer4", "Customer 4")
    room_id = await office.session(customer, department_id=sales, topic="Delivery")
    row = page.get_by_role("row", name="Customer 4")
    await expect(row).to_contain_text("Nobody yet")  # by itself
    await row.get_by_role("link").click()
    await drawer(page).get_by_role("button", name="Assign").click()
    sure = page.get_by_role("dialog", name="Who takes care of Customer 4?")
    await choose(page, sure, "To whom", "Front desk 4")
    await sure.get_by_label("Reason").fill("speaks the language")
    await sure.get_by_role("button", name="Assign").click()
    await expect(drawer(page).get_by_role("link", name="Front desk 4")).to_be_visible()
    await drawer(page).get_by_role("button", name="Hand to somebody else").click()
    sure = page.get_by_role("dialog", name="Who takes care of Customer 4 from now on?")
    await choose(page, sure, "To whom", "Front desk 3")
    await sure.get_by_role("button", name="Hand to somebody else").click()
    await expect(sure.get_by_role("alert")).to_be_visible()  # they take none
    await sure.get_by_role("button", name="Cancel").click()
    await drawer(page).get_by_role("button", name="Close the session").click()
    await (
        page.get_by_role("dialog", name="Close the session with Customer 4?")
        .get_by_role("button", name="Close the session")
        .click()
    )
    await expect(drawer(page).get_by_text("Closed").first).to_be_visible()
    assert (await other.call("GET", f"/sessions/{quote(room_id)}", root=ROOT))["state"] == "closed"
    await drawer(page).get_by_role("button", name="Reopen").click()
    await page.get_by_role("dialog", name="Reopen the session").get_by_role("button", name="Reopen").click()
    await expect(drawer(page).get_by_role("button", name="Hand to somebody else")).to_be_visible()
    assert desk.user_id != other.user_id


async def test_a_supervisor_sees_the_sessions_of_their_departments(office: Organisation) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    head = await office.staff("head", sales, display_name="Head of sales")
    await office.give(head, "supervisor", sales)
    await office.staff("clerk", law, display_name="Clerk")
    first = await office.people.account("customer4", "Customer 4")
    second = await office.people.account("customer5", "Customer 5")
    await office.session(first, department_id=sales)
    await office.session(second, department_id=law)
    page = await office.console(head, "/sessions")
    await expect(page.get_by_role("row", name="Customer 4")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)
    assert [row[0] for row in await exported(page)] == ["Customer", "Customer 4"]
    await page.get_by_role("link", name="Customer 4").click()
    await drawer(page).get_by_role("button", name="Close the session").click()
    await (
        page.get_by_role("dialog", name="Close the session with Customer 4?")
        .get_by_role("button", name="Close the session")
        .click()
    )
    await expect(drawer(page).get_by_text("Closed").first).to_be_visible()


async def test_links_and_rules(office: Organisation) -> None:
    sales = await office.department("Sales")
    page = await office.console(at="/sessions?view=links")
    await page.get_by_role("button", name="New link").first.click()
    await choose(page, drawer(page), "Department", "Sales")
    await drawer(page).get_by_label("How often it can be used").fill("3")
    await drawer(page).get_by_role("button", name="Create the link").click()
    await expect(drawer(page).get_by_role("heading", name="Link to Sales")).to_be_visible()
    code = await drawer(page).get_by_label("Code").input_value()
    customer = await office.people.account("customer4", "Customer 4")
    made = await customer.call("POST", f"/links/{code}", root=ROOT)
    assert made["department_id"] == sales
    await drawer(page).get_by_role("button", name="Delete the link").click()
    await page.get_by_role("dialog", name="Delete this link?").get_by_role("button", name="Delete the link").click()
    await expect(page.get_by_text("No links yet")).to_be_visible()

    await page.get_by_role("tab", name="Routing rules").click()
    await page.get_by_role("button", name="New rule").click()
    await page.get_by_label("Name", exact=True).fill("Deliveries")
    await page.get_by_role("combobox", name="Words in the topic").fill("parcel")
    await page.keyboard.press("Enter")
    await choose(page, page.locator("main"), "Department", "Sales")
    await page.get_by_role("button", name="Save all rules").click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    (rule,) = (await office.call("GET", "/routing_rules"))["rules"]
    assert rule == {"name": "Deliveries", "words": ["parcel"], "department_id": sales}
    await page.reload()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Deliveries")


# ------------------------------------------------------------ contacts, settings


async def test_contacts_with_their_history(office: Organisation) -> None:
    desk = await office.staff("desk3", display_name="Front desk 3")
    customer = await office.people.account("customer4", "Customer 4")
    page = await office.console(at="/contacts")
    await page.get_by_role("button", name="New contact").click()
    await choose(page, drawer(page), "Staff", "Front desk 3")
    await choose(page, drawer(page), "Customer", customer.user_id)
    await drawer(page).get_by_label("Reason").fill("met at the fair")
    await drawer(page).get_by_role("button", name="Make them contacts").click()
    row = page.get_by_role("row", name="Customer 4")
    await expect(row).to_contain_text("met at the fair")
    await row.get_by_role("link").click()
    await drawer(page).get_by_role("button", name="End this").click()
    sure = page.get_by_role("dialog", name="Are Front desk 3 and Customer 4 no contacts any more?")
    await sure.get_by_role("button", name="End this").click()
    await expect(drawer(page).get_by_text("Until")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("No contacts", exact=True)).to_be_visible()
    await page.get_by_label("Also those that have ended").check()
    await expect(row).to_be_visible()
    assert (await office.call("GET", f"{await path_of(desk)}/contacts"))["contacts"] == []


async def test_settings_and_service_tokens(office: Organisation) -> None:
    page = await office.console(at="/settings")
    await page.get_by_role("searchbox").fill("default_department")
    await expect(page.get_by_text("organisation.default_department", exact=True)).to_be_visible()
    await page.get_by_role("tab", name="Service tokens").click()
    await page.get_by_role("button", name="New token").click()
    await drawer(page).get_by_label("Name").fill("idp")
    await drawer(page).get_by_role("button", name="Create the token").click()
    await expect(drawer(page).get_by_text("it is shown this once")).to_be_visible()
    secret = await drawer(page).get_by_label("Token", exact=True).input_value()
    provisioning = Account(office.owner.url, "", secret)
    assert (await provisioning.call("GET", "/Users", root="/scim/v2"))["totalResults"] == 0
    await drawer(page).get_by_role("button", name="I have kept it").click()
    await page.get_by_role("link", name="idp").click()
    await expect(drawer(page).get_by_text(secret)).to_have_count(0)
    await drawer(page).get_by_role("button", name="Revoke the token").click()
    await page.get_by_role("dialog", name="Revoke idp?").get_by_role("button", name="Revoke the token").click()
    await expect(page.get_by_text("No tokens yet")).to_be_visible()


# ------------------------------------------------------------ who may not


@pytest.mark.parametrize(
    ("page_id", "permission"),
    [
        ("roles", "roles.read"),
        ("sessions", "sessions.read"),
        ("contacts", "contacts.read"),
        ("settings", "settings.read"),
    ],
)
async def test_who_may_not_is_told_and_gets_no_data(office: Organisation, page_id: str, permission: str) -> None:
    desk = await office.staff("desk3", display_name="Front desk 3")
    asked: list[str] = []
    page = await office.people.open(path=f"/console#/{page_id}")
    page.on("request", lambda request: asked.append(request.url))
    await organisation.sign_in(page, desk)
    await expect(page.get_by_text("You may not see this page")).to_be_visible()
    await expect(page.get_by_text(permission)).to_be_visible()
    assert not [url for url in asked if f"/_roomkeeper/v1/{page_id}" in url]


async def test_staff_looks_at_people_and_changes_nobody(office: Organisation) -> None:
    desk = await office.staff("desk3", display_name="Front desk 3")
    page = await office.console(desk, "/people")
    await page.get_by_role("link", name="Front desk 3").click()
    await expect(drawer(page).get_by_role("heading", name="Front desk 3")).to_be_visible()
    for name in ("Edit", "Change the state", "New person", "Import people"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)


async def test_what_cannot_be_loaded_says_so_and_is_tried_again(office: Organisation) -> None:
    page = await office.console(at="/departments")
    await page.route("**/_roomkeeper/v1/people?**", lambda route: route.abort())
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_text("The server can't be reached")).to_be_visible()
    await page.unroute("**/_roomkeeper/v1/people?**")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("table").or_(page.get_by_text("Nobody yet")).first).to_be_visible()


async def test_a_phone_shows_cards(office: Organisation) -> None:
    await office.staff("desk3", display_name="Front desk 3", title="Clerk")
    page = await office.console(at="/people", size=PHONE)
    card = page.get_by_role("list", name="People").get_by_role("link", name="Front desk 3")
    await expect(card).to_contain_text("Clerk")
    await card.click()
    await expect(drawer(page).get_by_role("heading", name="Front desk 3")).to_be_visible()
    width: Any = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE[0]
