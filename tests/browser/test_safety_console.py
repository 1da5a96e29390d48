"""The safety officer's page: figures, map and table of events, one of them, organisations, guardians, feeds."""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from tests.browser.people import People
from tests.browser.safety_world import QUICK, SAFETY, Place, at, drawn, until
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")
ALERT = Path(__file__).parents[1] / "integration" / "safety" / "cap" / "alert.xml"


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that lets nobody wait long."""
    server = await ServerProcess(tmp_path / "data", **QUICK, ROOMKEEPER_SAFETY_FEED_ADDRESSES="127.0.0.1/32").start()
    yield server
    await server.stop()


async def opened(place: Place, view: str = "events") -> Page:
    """The page, as the officer sees it."""
    return await place.organisation.console(place.officer, f"/safety?view={view}")


async def test_events_live_and_one_of_them(people: People, tmp_path: Path) -> None:
    place = await Place().open(people)
    page = await opened(place)
    await expect(page.get_by_text("No events yet")).to_be_visible()
    event_id = await place.report()
    await place.group(event_id)
    # It comes by itself.
    await expect(page.locator(".live-map .map-event")).to_be_visible()
    await drawn(page)
    await expect(page.get_by_role("link", name="Fire in hall 4")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export as CSV").click()
    file = tmp_path / "events.csv"
    await (await started.value).save_as(file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1][0] == "Fire in hall 4"
    await at(page, "#/safety?view=events&kind=flood")
    await expect(page.get_by_text("Fire in hall 4")).to_have_count(0)
    await at(page, "#/safety?view=events&kind=fire")

    await page.locator(".live-map .map-event").press("Enter")
    drawer = page.get_by_role("dialog")
    people_asked = drawer.get_by_role("list", name="Everybody who was found")
    await expect(people_asked.get_by_role("listitem")).to_have_count(4)
    await expect(people_asked.get_by_role("listitem").filter(has_text="Fire station")).to_contain_text("Came")
    await expect(people_asked.get_by_role("listitem").filter(has_text="Customer 2")).to_contain_text("No answer yet")
    await drawer.get_by_role("button", name="Take in hand").click()
    await expect(drawer.locator(".facts")).to_contain_text("being handled")
    await drawer.get_by_role("button", name="Mark as false").click()
    await page.get_by_role("textbox", name="Reason").fill("There was no fire")
    await page.get_by_role("dialog").last.get_by_role("button", name="Mark as false").click()
    await expect(drawer.locator(".facts")).to_contain_text("closed")
    assert (await place.kept(place.reporter))["strikes"][0]["reason"] == "There was no fire"


async def test_organisations_are_put_on_the_map(people: People) -> None:
    place = await Place().open(people)
    page = await opened(place, "organisations")
    await expect(page.get_by_role("link", name="Fire station North")).to_be_visible()
    await page.get_by_role("button", name="Add an organisation").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="Account").fill(place.parent.user_id)
    await page.get_by_role("option", name=re.compile(re.escape(place.parent.user_id))).click()
    await dialog.get_by_role("textbox", name="Name").fill("Site office")
    await expect(dialog.locator(".map[data-ready]")).to_be_visible()
    await dialog.locator(".map").click(position={"x": 150, "y": 150})
    await expect(dialog.get_by_text("1 area")).to_be_visible()
    await dialog.get_by_text("Corner of an outline").click()
    for x, y in ((200, 60), (240, 60), (220, 100)):
        await dialog.locator(".map").click(position={"x": x, "y": y})
    await dialog.get_by_role("button", name="Finish the outline").click()
    await expect(dialog.get_by_text("2 areas")).to_be_visible()
    # Tapped on a map of the whole world, it is larger than may be: that is told, and it is taken back.
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("km")
    await dialog.get_by_role("button", name="Remove the last one").click()
    for _ in range(8):
        await dialog.get_by_role("button", name="Zoom in").click()
    for x, y in ((200, 60), (240, 60), (220, 100)):
        await dialog.locator(".map").click(position={"x": x, "y": y})
    await dialog.get_by_role("button", name="Finish the outline").click()
    await dialog.get_by_text("Circle", exact=True).click()
    await dialog.get_by_role("button", name="Remove the last one").click()
    await dialog.locator(".map").click(position={"x": 150, "y": 100})
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Site office")).to_be_visible()
    made = (await place.officer.call("GET", "/organisations", None, SAFETY))["organisations"]
    assert {each["name"]: len(each["area"]["circles"]) for each in made} == {"Fire station North": 1, "Site office": 1}
    assert [len(each["area"].get("polygons", [])) for each in made if each["name"] == "Site office"] == [1]
    await page.get_by_role("button", name="Remove Site office").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("link", name="Site office")).to_have_count(0)


async def test_guardians_are_declared(people: People) -> None:
    place = await Place().open(people)
    page = await opened(place, "guardians")
    await expect(page.get_by_text("No guardians are declared")).to_be_visible()
    await page.get_by_role("button", name="Declare guardians").click()
    dialog = page.get_by_role("dialog")
    for name, account in (("Minor", place.neighbour), ("Add a guardian", place.parent)):
        await dialog.get_by_role("combobox", name=name).fill(account.user_id)
        await page.get_by_role("option", name=re.compile(re.escape(account.user_id))).click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Customer 2")).to_be_visible()
    kept = await place.kept(place.neighbour)
    assert [each["guardian"] for each in kept["guardians"]] == [place.parent.user_id]


async def test_an_alert_is_sent_in(people: People) -> None:
    place = await Place().open(people)
    page = await opened(place, "feeds")
    await page.locator("input[type=file]").set_input_files(ALERT)
    await page.get_by_role("button", name="Send it in").click()
    await expect(page.get_by_role("status").filter(has_text="Taken: ")).to_be_visible()
    await expect(page.locator(".row, .card")).to_have_count(1)

    async def is_open() -> bool:
        events = (await place.officer.call("GET", "/events?source=cap", None, SAFETY))["events"]
        return len(events) == 1

    await until(is_open)


async def test_a_feed_is_fetched(people: People) -> None:
    place = await Place().open(people)
    status = 200

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=ALERT.read_bytes(), content_type="application/cap+xml")

    app = web.Application()
    app.router.add_get("/alert", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        page = await opened(place, "feeds")
        feeds = page.get_by_role("region", name="Feeds that are fetched")
        await expect(feeds.get_by_text("No feed is fetched")).to_be_visible()
        await feeds.get_by_role("button", name="Add a feed").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("textbox", name="Name").fill("River authority")
        await dialog.get_by_role("textbox", name="Address").fill(f"http://127.0.0.1:{runner.addresses[0][1]}/alert")
        await dialog.get_by_role("button", name="Save").click()
        row = feeds.locator(".row, .card").filter(has_text="River authority")
        await expect(row).to_contain_text("Fine")
        await expect(page.get_by_role("link", name="The river rises above its banks")).to_be_visible()
        # The row opens what can be changed of it.
        await row.get_by_role("link", name="River authority").click() if await row.get_by_role(
            "link"
        ).count() else await row.click()
        await expect(dialog.get_by_role("textbox", name="Name")).to_have_value("River authority")
        await dialog.get_by_role("button", name="Cancel").click()
        status = 500
        await feeds.get_by_role("button", name="Fetch now: River authority").click()
        await expect(row).to_contain_text("It answers with status 500.")
        await feeds.get_by_role("button", name="Remove River authority").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(feeds.get_by_text("No feed is fetched")).to_be_visible()
    finally:
        await runner.cleanup()
