"""The operators' pages of the console: overview, jobs, audit log, health, in a browser against a real server."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import organisation
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import Account, People
from tests.browser.test_look import SIZES, Look
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = 60_000
REGISTRATION = """
id: irc
url: http://127.0.0.1:{port}
as_token: "as-token-of-the-bridge"
hs_token: "hs-token-of-the-bridge"
sender_localpart: ircbot
namespaces: {{users: [{{regex: "@irc_.*", exclusive: true}}], rooms: [{{regex: ".*", exclusive: false}}]}}
"""


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest_asyncio.fixture(loop_scope="session")
async def with_bridge(browser: Browser, tmp_path: Path) -> AsyncIterator[People]:
    """People on a server that knows a bridge which does not run."""
    file = tmp_path / "irc.yaml"
    file.write_text(REGISTRATION.format(port=closed_port()))
    process = await ServerProcess(tmp_path / "data", ROOMKEEPER_APPSERVICES=str(file)).start()
    people = People(browser, process)
    yield people
    await people.leave()
    await process.stop()
    assert not people.errors, people.errors


async def upload(account: Account, rows: int) -> str:
    """Start an import of so many people; the id of its job."""
    lines = ["localpart,display_name"] + [f"desk{number},Desk {number}" for number in range(rows)]
    headers = {"authorization": f"Bearer {account.token}", "content-type": "text/csv"}
    url = f"{account.url}{ROOT}/imports"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO("\n".join(lines).encode()), headers=headers) as answer,
    ):
        content = await answer.json()
        assert answer.status == 200, content
    return str((await account.call("POST", f"/imports/{content['import_id']}/run", {}, ROOT))["job_id"])


async def audited(office: Organisation) -> None:
    """Something in the audit log that is told with a reason."""
    desk = await office.staff("desk7", display_name="Desk 7")
    headers = {"authorization": f"Bearer {office.owner.token}", "x-reason": "on behalf of the works council"}
    url = f"{office.owner.url}{ROOT}/people/{desk.user_id}"
    async with (
        aiohttp.ClientSession() as session,
        session.patch(url, json={"title": "Clerk"}, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def until_points(account: Account, count: int) -> Any:
    """The history of the figures, once it has so many points."""
    async with asyncio.timeout(60):
        while True:
            found = await account.call("GET", "/health/history", root=ROOT)
            if len(found["ts"]) >= count:
                return found
            await asyncio.sleep(0.3)


async def done(row: Any) -> int:
    """The first number of a job's progress."""
    text = await row.locator(".job-progress").inner_text()
    return int(text.replace(",", "").split()[0])


async def test_a_job_is_seen_moving_paused_resumed_and_cancelled(people: People) -> None:
    office = await organisation.found(people)
    page = await office.console(at="/jobs")
    await expect(page.get_by_text("No jobs here")).to_be_visible()
    job_id = await upload(office.owner, ROWS)
    row = page.locator(f"tr[data-key='{job_id}']")
    await expect(row.get_by_text("Running")).to_be_visible()
    await expect(row).to_contain_text("Import of people")
    await expect(row.locator(".job-progress")).to_contain_text(re.compile(r"[1-9][\d,]* of 60,000 rows"))
    before = await done(row)
    await expect(row.locator(".job-progress")).not_to_contain_text(f"{before:,} of")
    assert await done(row) > before
    await expect(page.get_by_role("button", name="Jobs: 1 under way")).to_be_visible()

    await row.get_by_role("button", name="Pause “Import of people”").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    await expect(row.get_by_text("Paused")).to_be_visible()
    stopped = await done(row)
    assert 0 < stopped < ROWS

    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_role("button", name="Jobs: 1 under way").click()
    tray = page.get_by_role("dialog", name=re.compile("^Jobs: "))
    await expect(tray.get_by_text("Paused")).to_be_visible()
    await tray.get_by_role("link", name="Import of people").click()
    drawer = page.get_by_role("dialog", name="Import of people")
    await expect(drawer).to_contain_text(job_id)
    await page.keyboard.press("Escape")

    await row.get_by_role("button", name="Resume “Import of people”").click()
    await page.get_by_role("dialog").get_by_role("button", name="Resume", exact=True).click()
    await expect(row.get_by_text("Running")).to_be_visible()
    await row.get_by_role("button", name="Cancel “Import of people”").click()
    await expect(page.get_by_role("dialog")).to_contain_text("It stops for good.")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    await expect(row.get_by_text("Cancelled")).to_be_visible()
    job = await office.call("GET", f"/jobs/{job_id}")
    assert job["state"] == "cancelled"
    assert stopped <= job["progress"]["done"] < ROWS
    await expect(page.get_by_role("button", name="Jobs: 0 under way")).to_be_visible()


async def test_a_failing_check_is_shown_with_what_to_do(with_bridge: People) -> None:
    office = await organisation.found(with_bridge)
    page = await office.console()
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    await expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()
    await expect(page.get_by_text("Bridge: irc")).to_have_count(0)
    await office.owner.call("POST", "/createRoom", {"name": "Delivery"})
    item = page.get_by_role("link", name=re.compile("Bridge: irc"))
    await expect(item).to_be_visible()
    await item.click()
    finding = page.locator(".finding[data-state=failing]")
    await expect(finding).to_contain_text("It does not take what it is sent")
    await expect(finding).to_contain_text("roomkeeper admin retry-appservice irc")
    await expect(finding.get_by_text("Failing")).to_be_visible()
    await page.get_by_role("button", name=re.compile("Show all")).click()
    await expect(page.get_by_text("The database answers.")).to_be_visible()


async def test_an_audited_action_is_on_the_page_and_in_the_file(people: People) -> None:
    office = await organisation.found(people)
    await audited(office)
    page = await office.console(at="/audit")
    rows = page.locator("tbody tr")
    await expect(rows.filter(has_text="works council")).to_have_count(1)
    await page.get_by_label("Words in the reason").fill("WORKS council")
    await page.get_by_role("button", name="Filter").click()
    await expect(rows).to_have_count(1)
    assert "text=WORKS" in page.url
    await page.reload()
    await expect(rows).to_have_count(1)
    await rows.get_by_role("link").first.click()
    drawer = page.get_by_role("dialog", name="Entry of the audit log")
    await expect(drawer).to_contain_text("on behalf of the works council")
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("menuitem", name="CSV").click()
    download = await downloading.value
    assert download.suggested_filename.endswith(".csv")
    text = (await asyncio.to_thread(Path(await download.path()).read_bytes)).decode("utf-8-sig")
    [entry] = csv.DictReader(io.StringIO(text))
    assert entry["reason"] == "on behalf of the works council"
    assert entry["actor"] == office.owner.user_id
    await page.get_by_role("button", name="Clear").click()
    await expect(rows.filter(has_text="audit.export")).to_have_count(1)


async def test_the_audit_log_is_paged_both_ways(people: People) -> None:
    office = await organisation.found(people)
    for number in range(30):
        await office.call("POST", "/departments", {"name": f"Department {number}"})
        await office.call("GET", "/roles")
    page = await office.console(at="/audit?permission=roles.read")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(30)
    await page.goto(f"{office.owner.url}/console#/audit")
    await expect(rows).to_have_count(50)
    first = await rows.first.inner_text()
    await page.get_by_role("button", name="Next").click()
    await expect(rows.first).not_to_have_text(first)
    await page.get_by_role("button", name="Back", exact=True).click()
    await expect(page.get_by_role("button", name="Next")).to_be_enabled()
    await page.get_by_title("Sort by When").click()
    await expect(page.get_by_role("columnheader", name="When")).to_have_attribute("aria-sort", "ascending")
    oldest = (await office.call("GET", "/audit?dir=newer&limit=60"))["entries"][::-1]
    await expect(rows.first).to_contain_text(oldest[0]["permission"])
    await page.get_by_role("button", name="Next").click()
    await expect(rows.first).to_contain_text(oldest[50]["permission"])
    await expect(rows.first).to_have_attribute("data-key", str(oldest[50]["id"]))


async def test_jobs_are_sorted_and_exported(people: People) -> None:
    office = await organisation.found(people)
    ids = [await upload(office.owner, rows) for rows in (3, 2, 1)]
    page = await office.console(at="/jobs")
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.first).to_have_attribute("data-key", ids[2])
    await page.get_by_title("Sort by Asked for").click()
    await expect(rows.first).to_have_attribute("data-key", ids[0])
    assert "sort=created" in page.url
    for job_id in ids:
        await expect(page.locator(f"tr[data-key='{job_id}']").get_by_text("Done")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Export as CSV").click()
    text = (await asyncio.to_thread(Path(await (await downloading.value).path()).read_bytes)).decode("utf-8-sig")
    exported = list(csv.DictReader(io.StringIO(text)))
    assert [each["Id"] for each in exported] == ids
    assert [each["Progress"] for each in exported] == ["3 / 3", "2 / 2", "1 / 1"]


async def test_charts_show_what_the_endpoint_says(people: People) -> None:
    office = await organisation.found(people)
    await until_points(office.owner, 2)
    page = await office.console(at="/health")
    chart = page.get_by_role("region", name="Memory").first
    canvas = chart.locator(".chart-canvas")
    await expect(canvas.locator("canvas")).to_be_visible()
    history = await office.call("GET", "/health/history")
    await expect(canvas).to_have_attribute("data-points", re.compile(r"\d+"))
    assert 2 <= int(await canvas.get_attribute("data-points") or 0) <= len(history["ts"])
    await chart.get_by_text("As a table").click()
    shown = await chart.locator("tbody tr td:nth-child(2)").last.inner_text()
    expected = history["figures"]["memory"]["values"][0] / 1024**2
    assert abs(float(shown.replace(",", "")) - expected) <= 1
    drawn = await canvas.locator("canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )
    assert drawn > 5, "something is drawn"
    await page.get_by_text("Last day", exact=True).click()
    assert "span=day" in page.url
    await expect(canvas.locator("canvas")).to_be_visible()


async def test_each_page_is_for_those_who_may_see_it(people: People) -> None:
    office = await organisation.found(people)
    sales = await office.department("Sales")
    clerk = await office.console(await office.staff("clerk", sales), "/people")
    for name, permission in (("overview", "overview"), ("jobs", "jobs"), ("audit", "audit"), ("health", "health")):
        await clerk.evaluate(f"location.hash = '#/{name}'")
        await expect(clerk.get_by_text(f"It needs the permission {permission}.read.")).to_be_visible()
    await expect(clerk.get_by_role("button", name=re.compile("^Jobs:"))).to_have_count(0)
    supervisor = await office.staff("head", sales)
    await office.give(supervisor, "supervisor", sales)
    page = await office.console(supervisor, "/jobs")
    await upload(office.owner, 3)
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page.get_by_role("button", name=re.compile("Pause|Cancel|Resume"))).to_have_count(0)
    await page.evaluate("location.hash = '#/overview'")
    await expect(page.get_by_text("Sessions waiting")).to_be_visible()
    await expect(page.get_by_text("Server health")).to_have_count(0)


async def test_a_customer_who_waits_is_seen_at_once(people: People) -> None:
    office = await organisation.found(people)
    sales = await office.department("Sales")
    page = await office.console(at="/overview")
    card = page.get_by_role("link", name=re.compile("Sessions waiting"))
    await expect(card).to_contain_text("Nobody waits")
    await office.session(await people.account("customer4", "Customer 4"), department_id=sales)
    await expect(card).to_contain_text("The longest for")
    await card.click()
    await expect(page.get_by_role("heading", level=1, name="Sessions")).to_be_visible()


async def prepared(people: People) -> Organisation:
    """An office with something to see on each page."""
    office = await organisation.found(people)
    sales = await office.department("Sales")
    await office.session(await people.account("customer4", "Customer 4"), department_id=sales)
    await audited(office)
    await upload(office.owner, 20)
    job_id = await upload(office.owner, ROWS)
    async with asyncio.timeout(30):
        while (await office.call("GET", f"/jobs/{job_id}"))["progress"]["done"] == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await office.call("POST", f"/jobs/{job_id}/pause")
    await until_points(office.owner, 3)
    return office


async def looked_at(page: Page, look: Look, name: str, ready: str) -> None:
    """One page, when it is all there."""
    await page.evaluate(f"location.hash = '#/{name}'")
    await expect(page.locator(ready).first).to_be_visible()
    await look.at(f"console-{name}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_pages(with_bridge: People, size: str, language: str) -> None:
    office = await prepared(with_bridge)
    page = await office.console(at="/overview", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await looked_at(page, look, "overview", ".attention")
    await looked_at(page, look, "overview", "canvas")
    await looked_at(page, look, "jobs", "[data-row]")
    await page.locator("header button[aria-expanded]").first.click()
    await expect(page.locator(".tray-jobs .ops-link").first).to_be_visible()
    await look.at("console-jobs-tray")
    await page.keyboard.press("Escape")
    await page.locator("[data-row]").first.click()
    await expect(page.get_by_role("dialog").locator("pre")).to_be_visible()
    await look.at("console-job")
    await page.keyboard.press("Escape")
    await page.evaluate("document.querySelector('[data-key] button[aria-label]').click()")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look.at("console-job-confirm")
    await page.keyboard.press("Escape")
    await looked_at(page, look, "audit", "[data-row]")
    await page.locator("[data-row]").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look.at("console-audit-entry")
    await page.keyboard.press("Escape")
    await looked_at(page, look, "health", "canvas")
    await page.locator(".chart").first.scroll_into_view_if_needed()
    await look.at("console-health-charts")
    await looked_at(page, look, "audit?permission=nothing", ".audit-filters")
    assert look.findings == []
