"""Handover in the console: somebody with thirty customers leaves by the wizard; that is looked at, changed, undone."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.browser import organisation
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import Account, People
from tests.browser.test_console_pages import choose, drawer, text_of
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUSTOMERS = 30
LATER = 4_000_000_000_000


class Office:
    """Somebody of the sales with customers, who is going to leave; and those who stay."""

    def __init__(self, organisation_: Organisation, sales: str, staff: list[Account], customers: list[Account]) -> None:
        self.organisation = organisation_
        self.sales = sales
        self.leaver, *self.others = staff
        self.customers = customers

    async def report(self, departure_id: str) -> Any:
        """How far a departure is."""
        return await self.organisation.call("GET", f"/departures/{departure_id}")

    async def until(self, departure_id: str, **statuses: int) -> None:
        """Wait until so many customers have these statuses."""
        async with asyncio.timeout(60):
            while (await self.report(departure_id))["statuses"] != statuses:  # noqa: ASYNC110 - it is asked of a server
                await asyncio.sleep(0.2)

    async def offer(self, departure_id: str, customer: Account) -> Any:
        """What a customer was asked."""
        page = await self.organisation.call("GET", f"/departures/{departure_id}/customers?limit=500")
        return next(each for each in page["customers"] if each["customer_id"] == customer.user_id)

    async def answer(self, departure_id: str, customer: Account, *, go_on: bool) -> None:
        """Let a customer answer, as their client does."""
        await self.offer(departure_id, customer)
        await customer.call("POST", f"/succession/{quote(self.leaver.user_id)}", {"go_on": go_on}, ROOT)


async def opened(people: People, customers: int = CUSTOMERS, desks: int = 4) -> Office:
    """An office; every third customer has no answer yet."""
    made = await organisation.found(people)
    sales, law = await made.department("Sales"), await made.department("Claims and complaints")
    staff = [
        await made.staff(f"desk{number}", sales, display_name=f"Front desk {number}", language="en")
        for number in range(1, desks + 1)
    ]
    await made.staff("clerk", law, display_name="Clerk", language="zh-CN")
    found = []
    for number in range(1, customers + 1):
        customer = await people.account(f"customer{number}", f"Customer {number}")
        language = "zh" if number % 10 == 0 else "en"
        room_id = await made.session(customer, staff_id=staff[0].user_id, language=language, topic="A delivery")
        writer = customer if number % 3 == 0 else staff[0]
        await writer.call(
            "PUT", f"/rooms/{quote(room_id)}/send/m.room.message/1", {"msgtype": "m.text", "body": "Hello"}
        )
        found.append(customer)
    return Office(made, sales, staff, found)


def departure_of(page: Page) -> str:
    """The id of the departure whose page is open."""
    found = re.search(r"#/handover/([0-9a-f]+)", page.url)
    assert found is not None, page.url
    return found[1]


async def count_of(page: Page, status: str) -> str:
    """How many customers have a status, as the page says."""
    return (await page.locator(f".status-counts [data-status={status}] b").inner_text()).strip()


async def next_step(page: Page, name: str) -> None:
    """Go on in the wizard."""
    await page.get_by_role("button", name=re.compile("On to: " + name)).click()
    await expect(page.locator("[aria-current=step]")).to_have_text(re.compile(name.capitalize()))


async def to_plan(page: Page, person: str = "Front desk 1") -> None:
    """Through the first two steps, as they are."""
    await choose(page, page, "Person", person)
    await next_step(page, "when")
    await next_step(page, "plan")


async def rules_and_limit(page: Page) -> None:
    """A rule, a limit, and somebody by name for one of those for whom nobody has a place."""
    await next_step(page, "plan")
    await expect(page.get_by_text("so the default one applies")).to_be_visible()
    await page.get_by_role("button", name="Add a rule").click()
    await expect(page.get_by_text("A rule names nobody")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("dry run"))).to_be_disabled()
    rule = page.get_by_role("region", name="Rule 1")
    await rule.get_by_role("combobox", name="Department", exact=True).click()
    await page.get_by_role("option", name="Sales", exact=True).click()
    await choose(page, rule, "Chosen by", "One after another")
    await page.get_by_label("Most customers for one successor").fill("8")
    groups = page.get_by_role("region", name="Customers by rule")
    await expect(groups).to_contain_text("Offered a queue, since nobody has a place6")
    await choose(page, page, "When nobody has a place", "They wait until somebody has a place")
    await expect(groups.locator("li").first).to_contain_text("Nobody has a place for them6")
    await expect(groups).to_contain_text("1. All customers → Sales, one after another24")
    await groups.get_by_role("link", name="Nobody has a place").click()
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(6)
    await rows.first.get_by_role("button", name=re.compile("Choose a successor")).click()
    await choose(page, drawer(page), "Successor", "Clerk")
    await page.get_by_role("button", name="Take this person").click()
    await expect(rows).to_have_count(5)


async def names_from_a_file(page: Page) -> None:
    """Names from a file; nothing of the plan is lost by Back or a reload."""
    file = "customer,successor\ncustomer1,clerk\n@customer2:example.org;@clerk:example.org\nnobody\n"
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Upload names").click()
    await (await choosing.value).set_files({"name": "names.csv", "mimeType": "text/csv", "buffer": file.encode()})
    await expect(page.get_by_text("2 lines taken. Line 4: there must be a customer and a successor.")).to_be_visible()
    await expect(page.get_by_text("3 customers have a successor by name")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("3 customers have a successor by name")).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="When").click()
    await expect(page.get_by_label("Reason")).to_have_value("Moves away")
    await next_step(page, "plan")


async def dry_run(page: Page) -> None:
    """Conflicts first, with the way to mend them."""
    groups = page.get_by_role("region", name="Customers by rule")
    # Dry run: conflicts first, with the way to mend them.
    await next_step(page, "dry run")
    conflicts = page.get_by_role("region", name="To look at first")
    await expect(conflicts.locator("a").first).to_contain_text("3 customers would have nobody")
    await expect(conflicts).to_contain_text("10 customers wait for an answer")
    chart = page.get_by_role("region", name="Who gets how many")
    await expect(chart.locator("canvas")).to_be_visible()
    await chart.get_by_text("As a table").click()
    await expect(chart.get_by_role("row", name="Clerk")).to_contain_text("3")
    await conflicts.locator("a").first.click()
    await page.get_by_label("Most customers for one successor").fill("9")
    await expect(groups).not_to_contain_text("Nobody has a place")
    await next_step(page, "dry run")
    await expect(conflicts.locator("[data-conflict=nobody]")).to_have_count(0)


async def confirmed(page: Page) -> None:
    """It says what happens, and the name is typed."""
    await next_step(page, "go")
    await expect(page.get_by_text("account is locked at once")).to_be_visible()
    go = page.get_by_role("button", name="Let Front desk 1 depart now")
    await expect(go).to_be_disabled()
    await page.get_by_label("Type “Front desk 1” to confirm").fill("Front desk 1")
    await go.click()


async def followed(office: Office, page: Page, departure_id: str) -> None:
    """Progress, and statuses that change as customers answer."""
    await expect(page.locator("[data-departure=finished]")).to_be_visible(timeout=60_000)
    await expect(page.locator(".status-counts [data-status=waiting] b")).to_have_text("30")
    report = await office.report(departure_id)
    clerk = next(user_id for user_id in report["successors"] if user_id.startswith("@clerk"))
    assert report["successors"][clerk] == 3
    assert report["departure"]["reason"] == "Moves away"
    await office.answer(departure_id, office.customers[0], go_on=True)
    await expect(page.locator(".status-counts [data-status=accepted] b")).to_have_text("1")
    await office.answer(departure_id, office.customers[1], go_on=False)
    await expect(page.locator(".status-counts [data-status=declined] b")).to_have_text("1")
    assert await count_of(page, "waiting") == "28"


async def explained(page: Page) -> None:
    """A row explains itself, and leads to both sessions."""
    rows = page.locator("tbody tr")
    await page.locator(".status-counts [data-status=accepted] a").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Customer 1 said yes and goes on with Clerk.")
    await rows.get_by_role("link", name="Customer 1").click()
    await expect(drawer(page).get_by_role("link", name="Session with Front desk 1")).to_be_visible()
    await drawer(page).get_by_role("link", name="Session with Clerk").click()
    await expect(drawer(page).get_by_role("heading", name="Session with Customer 1")).to_be_visible()
    await page.go_back()
    await expect(drawer(page).get_by_text("said yes")).to_be_visible()
    await page.keyboard.press("Escape")


async def told_of(page: Page) -> None:
    """Open promises, a file, a report for the printer."""
    rows = page.locator("tbody tr")
    await page.locator(".status-counts a").first.click()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Export customers").click()
    table = list(csv.DictReader(io.StringIO(await text_of(await downloading.value), newline="")))
    assert len(table) == CUSTOMERS
    assert [each["status"] for each in table].count("waiting") == 28
    await page.get_by_role("tab", name="Open promises (10)").click()
    await expect(rows).to_have_count(10)
    await page.get_by_role("link", name="Report").click()
    await expect(page.get_by_role("row", name="Accepted")).to_contain_text("1")
    await page.emulate_media(media="print")
    await expect(page.locator(".console-rail")).to_be_hidden()
    await page.emulate_media(media="screen")
    await page.get_by_role("link", name="Back").click()


async def taken_back(page: Page) -> None:
    """It says what comes back and what stays."""
    await page.get_by_role("button", name="Undo").click()
    await expect(drawer(page)).to_contain_text("29 customers who have not accepted")
    await expect(drawer(page)).to_contain_text("1 customer who has accepted or was taken over stays")
    await drawer(page).get_by_role("button", name="Undo").click()
    await expect(page.locator("[data-departure=undone]")).to_be_visible(timeout=60_000)
    await expect(page.locator(".status-counts [data-status=withdrawn] b")).to_have_text("29")


async def test_somebody_leaves_by_the_wizard_and_is_back(people: People) -> None:
    office = await opened(people)
    ask = office.organisation
    page = await ask.console(at="/handover")
    await expect(page.get_by_text("Nobody has left")).to_be_visible()
    await page.get_by_role("button", name="Record a departure").first.click()

    # Who: what they leave behind.
    await choose(page, page, "Person", "Front desk 1")
    behind = page.locator(".behind li")
    await expect(behind.filter(has_text="open sessions")).to_contain_text("30")
    await expect(behind.filter(has_text="without an answer")).to_contain_text("10")
    await expect(behind.filter(has_text="contacts")).to_contain_text("30")
    await next_step(page, "when")
    await page.get_by_label("Reason").fill("Moves away")

    await rules_and_limit(page)
    await names_from_a_file(page)
    await dry_run(page)
    assert (await ask.call("GET", "/departures"))["departures"] == []
    await confirmed(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Front desk 1 leaves")
    departure_id = departure_of(page)
    await followed(office, page, departure_id)
    await explained(page)
    await told_of(page)
    await taken_back(page)
    person = await ask.call("GET", f"/people/{quote(office.leaver.user_id)}")
    assert person["state"] == "active"


async def changed_and_cancelled(office: Office, page: Page, before: dict[str, Any]) -> None:
    """Another date and a rule; then it is cancelled."""
    departure_id = before["departure_id"]
    await page.get_by_role("button", name="Change").click()
    await page.get_by_label("Date and time").fill("2096-10-03T07:06")
    await next_step(page, "plan")
    await page.get_by_role("button", name="Add a rule").click()
    rule = page.get_by_role("region", name="Rule 1")
    await rule.get_by_text("A person").click()
    await choose(page, rule, "Successor", "Front desk 3")
    await next_step(page, "dry run")
    await next_step(page, "go")
    await page.get_by_role("button", name="Save the change").click()
    await expect(page.get_by_text("All customers → Front desk 3")).to_be_visible()
    assert departure_of(page) == departure_id
    after = (await office.report(departure_id))["departure"]
    assert after["effective_ts"] - before["effective_ts"] == 24 * 3600 * 1000
    await page.get_by_role("button", name="Cancel the plan").click()
    await drawer(page).get_by_role("button", name="Cancel the plan").click()
    await expect(page.locator("[data-departure=cancelled]")).to_be_visible()


async def test_a_dated_one_is_changed_begun_and_cancelled(people: People) -> None:
    office = await opened(people, customers=2, desks=3)
    page = await office.organisation.console(at="/handover/new")
    await choose(page, page, "Person", "Front desk 1")
    await next_step(page, "when")
    await page.get_by_label("stays and hands customers on").check()
    await page.get_by_label("At a date").check()
    await expect(page.get_by_text("In the time zone of your browser:")).to_be_visible()
    await page.get_by_label("Date and time").fill("2020-01-31T18:00")
    await expect(page.get_by_text("This time is over")).to_be_visible()
    await page.get_by_label("Date and time").fill("2096-10-02T07:06")
    await next_step(page, "plan")
    await next_step(page, "dry run")
    await next_step(page, "go")
    await expect(page.get_by_text("account stays as it is")).to_be_visible()
    await page.get_by_role("button", name="Plan it").click()
    await expect(page.locator("[data-departure=planned]")).to_be_visible()
    first = departure_of(page)
    before = (await office.report(first))["departure"]
    assert (before["kind"], before["state"]) == ("transfer", "planned")
    await changed_and_cancelled(office, page, before)

    body = {"user_id": office.leaver.user_id, "effective_ts": LATER}
    second = (await office.organisation.call("POST", "/departures", body))["departure_id"]
    await page.get_by_role("link", name="All departures").click()
    await choose(page, page, "State", "Planned")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.locator("tbody a").click()
    await page.get_by_role("button", name="Begin now").click()
    await drawer(page).get_by_role("button", name="Begin now").click()
    await expect(page.locator("[data-departure=finished]")).to_be_visible(timeout=60_000)
    await office.until(second, waiting=2)


async def test_those_without_anybody_are_told_of_and_asked_again(people: People) -> None:
    office = await opened(people, customers=3, desks=2)
    plan = {"rules": [{"staff_id": office.others[0].user_id}], "limit": 1, "at_limit": "wait"}
    made = await office.organisation.call("POST", "/departures", {"user_id": office.leaver.user_id, "plan": plan})
    await office.until(made["departure_id"], waiting=1, at_limit=2)
    page = await office.organisation.console(at="/overview")
    item = page.get_by_role("link", name=re.compile("Handover of Front desk 1"))
    await expect(item).to_contain_text("2 customers have nobody")
    await item.click()
    await expect(page.locator(".status-counts [data-status=at_limit] b")).to_have_text("2")
    await page.get_by_role("button", name="Ask again").click()
    await expect(drawer(page)).to_contain_text("2 customers for whom nobody had a place")
    await drawer(page).get_by_role("button", name="Ask again").click()
    await expect(drawer(page)).to_have_count(0)
    await page.get_by_role("link", name="All departures").click()
    card = page.locator(".ops-card", has_text="Customers without anybody")
    await expect(card.locator(".ops-figure")).to_have_text("2")
    await expect(page.get_by_role("region", name="What became of the customers").locator("canvas")).to_be_visible()


async def test_the_work_is_seen_paused_and_resumed(people: People) -> None:
    office = await opened(people, customers=10, desks=2)
    made = await office.organisation.call("POST", "/departures", {"user_id": office.leaver.user_id})
    await office.organisation.call("POST", f"/jobs/{made['job_id']}/pause")
    page = await office.organisation.console(at=f"/handover/{made['departure_id']}")
    work = page.locator(".departure-job")
    await expect(work).to_contain_text("Paused")
    await expect(work).to_contain_text("customers")
    await expect(page.locator("[data-departure=running]")).to_be_visible()
    await work.get_by_role("button", name="Resume “Handover of customers”").click()
    await drawer(page).get_by_role("button", name="Resume", exact=True).click()
    await expect(page.locator("[data-departure=finished]")).to_be_visible(timeout=60_000)
    await expect(page.locator(".status-counts [data-status=waiting] b")).to_have_text("10")
    await expect(work).to_have_count(0)


async def test_the_card_of_a_person_leads_here(people: People) -> None:
    office = await opened(people, customers=1, desks=2)
    address = f"/people/{quote(office.leaver.user_id)}"
    page = await office.organisation.console(at=address)
    await drawer(page).get_by_role("button", name="Change the state").click()
    await page.get_by_role("menuitem", name="Plan the departure").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Front desk 1 leaves")
    await expect(page.locator(".behind li").first).to_contain_text("1")
    await page.go_back()
    await drawer(page).get_by_role("button", name="Change the state").click()
    await page.get_by_role("menuitem", name="Departed now, by the default rule").click()
    await expect(drawer(page)).to_contain_text("is offered a successor by the default rule")
    await drawer(page).get_by_role("button", name="Record the departure").click()
    await drawer(page).get_by_role("link", name="What became of their customers").click()
    await expect(page.locator("tbody tr")).to_have_count(1)


async def test_it_is_for_those_who_may(people: People) -> None:
    office = await opened(people, customers=1, desks=2)
    made = await office.organisation.call("POST", "/departures", {"user_id": office.leaver.user_id})
    clerk = await office.organisation.console(office.others[0], "/handover")
    await expect(clerk.get_by_text("It needs the permission departures.read.")).to_be_visible()
    head = await office.organisation.staff("head", office.sales, display_name="Head of sales")
    await office.organisation.give(head, "supervisor", office.sales)
    page = await office.organisation.console(head, "/handover")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.get_by_role("button", name="Record a departure")).to_have_count(0)
    await page.evaluate("location.hash = '#/handover/new'")
    await expect(page.get_by_text("It needs the permission departures.write.")).to_be_visible()
    await page.evaluate(f"location.hash = '#/handover/{made['departure_id']}'")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Front desk 1 leaves")
    await expect(page.get_by_role("button", name=re.compile("Undo|Ask again"))).to_have_count(0)


async def shown(page: Page, address: str, ready: str = "h1") -> None:
    """Go to an address, and wait until what it shows is there."""
    await page.evaluate("address => { location.hash = address }", address)
    await expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)
    await expect(page.locator(ready).first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_pages(people: People, size: str, language: str) -> None:
    office = await opened(people, customers=12)
    ask = office.organisation
    plan = {"rules": [{"department_id": office.sales, "by": "least_loaded"}], "limit": 3, "at_limit": "wait"}
    body = {"user_id": office.leaver.user_id, "plan": plan, "reason": "Moves away"}
    departure_id = (await ask.call("POST", "/departures", body))["departure_id"]
    await office.until(departure_id, waiting=9, at_limit=3)
    clerk = "@clerk:example.org"
    await ask.call("POST", "/departures", {"user_id": clerk, "effective_ts": LATER, "plan": plan})
    successors: list[str] = []
    for customer in office.customers:
        offer = await office.offer(departure_id, customer)
        if len(successors) < 4 and offer["status"] == "waiting":
            await office.answer(departure_id, customer, go_on=len(successors) != 3)
            successors.append(offer["successor_id"])
    page = await people.open(SIZES[size], language, path="/console")
    await organisation.sign_in(page, Account(people.process.url, "@owner:example.org", ""))
    look = Look(page, size, language)
    await shown(page, "/handover", "canvas")
    await look.at("console-handover")
    address = f"/handover/{departure_id}"
    for name, query in {
        "departure": "",
        "promises": "?view=promises",
        "rooms": "?view=rooms",
        "plan-of": "?view=plan",
        "report": "?view=report",
        "customer": f"?customer={quote((await office.offer(departure_id, office.customers[0]))['room_id'])}",
    }.items():
        await shown(page, address + query)
        await look.at(f"console-handover-{name}")
    await shown(page, "/handover/new", "input")
    await look.at("console-handover-who-empty")
    draft = {
        "userId": successors[0],
        "isDated": True,
        "at": "2096-10-02T07:06",
        "reason": "Moves away",
        "plan": {"limit": 1, "rules": [{"department_id": office.sales, "by": "skill", "skill": "returns"}]},
    }
    await page.evaluate("draft => sessionStorage.setItem('roomkeeper.handover', JSON.stringify(draft))", draft)
    await page.reload()
    for step, ready in {
        "who": ".behind",
        "when": "input",
        "plan": ".groups",
        "check": "canvas",
        "confirm": "dl",
    }.items():
        await shown(page, f"/handover/new?step={step}", f".wizard-step {ready}")
        await look.at(f"console-handover-{step}")
    await page.evaluate(
        "draft => sessionStorage.setItem('roomkeeper.handover', JSON.stringify(draft))", {**draft, "isDated": False}
    )
    await page.reload()
    await shown(page, "/handover/new?step=confirm", ".wizard-step dl")
    await look.at("console-handover-confirm-now")
    await shown(page, "/overview", ".attention")
    await look.at("console-handover-attention")
    assert not look.findings, "\n".join(look.findings)


async def test_it_works_at_320_pixels(people: People) -> None:
    office = await opened(people, customers=3, desks=2)
    made = await office.organisation.call("POST", "/departures", {"user_id": office.leaver.user_id})
    await office.until(made["departure_id"], waiting=3)
    page = await office.organisation.console(size=(320, 640), at="/handover")
    for address in ("/handover", f"/handover/{made['departure_id']}", "/handover/new"):
        await shown(page, address)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
