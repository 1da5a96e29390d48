"""Safety as people see it: watching over one another, sharing where one is, raising an event, being asked, the group
with its map, and what is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests import samples
from tests.browser.people import PHONE, People, where
from tests.browser.safety_world import FAR, HERE, NEAR, QUICK, SAFETY, Place, at, drawn, until
from tests.process import ServerProcess

INFO = "org.matrix.msc3672.beacon_info"
BEACON = "org.matrix.msc3672.beacon"
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that lets nobody wait long."""
    server = await ServerProcess(tmp_path / "data", **QUICK).start()
    yield server
    await server.stop()


async def test_watching_over_is_asked_for_confirmed_and_ended(people: People) -> None:
    place = await Place().open(people)
    asking = await people.sign_in(place.reporter, size=PHONE)
    await at(asking, "#/safety")
    await asking.get_by_role("button", name="Watch over somebody").click()
    await asking.get_by_role("dialog").get_by_role("searchbox").fill(place.neighbour.user_id)
    await asking.get_by_role("button", name=re.compile("Choose: ")).first.click()
    await asking.get_by_role("combobox", name=re.compile("What you are to")).click()
    await asking.get_by_role("option", name="Colleague").click()
    await asking.get_by_role("button", name="Ask", exact=True).click()
    await expect(asking.get_by_role("button", name=re.compile("Take back the request"))).to_be_visible()

    asked = await people.sign_in(place.neighbour)
    await at(asked, "#/safety")
    request = asked.get_by_role("list", name="Would like to watch over you").get_by_role("listitem")
    await expect(request).to_contain_text("Customer 1")
    await expect(request).to_contain_text("Colleague")
    await request.get_by_role("button", name="Yes, watch over me").click()
    mine = asked.get_by_role("list", name="Watch over you", exact=True).get_by_role("listitem")
    await expect(mine).to_have_count(2)
    await mine.filter(has_text="Customer 1").get_by_role("button", name=re.compile("^End it with")).click()
    await asked.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    await expect(mine).to_have_count(1)
    await asking.reload()
    await expect(asking.get_by_text("Nobody watches over you, and you watch over nobody.")).to_be_visible()


async def test_where_one_is_told_once_live_and_forgotten(people: People) -> None:
    place = await Place().open(people)
    page = await people.sign_in(place.reporter, position=HERE)
    await at(page, "#/safety")
    await page.get_by_text("Exactly", exact=True).click()
    await page.get_by_role("button", name="Tell once where I am").click()
    await expect(page.get_by_text("Known since")).to_be_visible()
    position = (await place.kept(place.reporter))["position"]
    assert (position["latitude"], position["mode"]) == (HERE[0], "once")
    await drawn(page)
    await expect(page.locator(".map-me")).to_be_visible()
    await page.get_by_role("switch", name="Keep telling while this page is open").click()

    async def is_live() -> bool:
        position = (await place.kept(place.reporter))["position"]
        return bool(position) and position["mode"] == "live"

    await until(is_live)
    await page.context.set_geolocation(where(NEAR))

    async def has_moved() -> bool:
        return bool((await place.kept(place.reporter))["position"]["latitude"] == NEAR[0])

    await until(has_moved)
    await page.get_by_role("button", name="Forget it").click()
    await expect(page.get_by_text("No position of yours is known now.")).to_be_visible()
    assert (await place.kept(place.reporter))["position"] is None
    await page.get_by_text("Roughly", exact=True).click()
    await page.get_by_role("button", name="Tell once where I am").click()
    await expect(page.get_by_text("Known roughly since")).to_be_visible()


async def test_all_that_is_kept_is_shown_and_erased(people: People) -> None:
    place = await Place().open(people)
    page = await people.sign_in(place.neighbour)
    await at(page, "#/safety")
    features = page.get_by_role("region", name="What may identify me")
    await features.get_by_role("button", name="Add", exact=True).click()
    await features.get_by_role("textbox", name="What it says").fill("Example name")
    await expect(features.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    await features.get_by_role("checkbox", name="I agree that this is compared in events").check()
    await features.get_by_role("button", name="Add", exact=True).click()
    await expect(features.get_by_text("Name: Example name")).to_be_visible()
    asking = page.get_by_role("switch", name="Ask me when something happens where I am")
    await asking.click()
    await page.get_by_role("checkbox", name="Flood").click()

    async def agreed() -> bool:
        preferences = (await place.kept(place.neighbour))["preferences"]
        return bool(preferences == {"location": "exact", "asked": False, "joins": ["flood"]})

    await until(agreed)
    await page.get_by_role("button", name="Erase all").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("erase")
    await dialog.get_by_role("button", name="Erase all").click()
    await expect(page.get_by_text("Everything was withdrawn.")).to_be_visible()
    kept = await place.kept(place.neighbour)
    assert (kept["features"], kept["position"], kept["preferences"]["location"]) == ([], None, "off")
    assert {each["state"] for each in kept["followings"]} == {"ended"}


async def test_a_guardian_answers_for_a_minor(people: People) -> None:
    place = await Place().open(people)
    body = {"guardians": [place.parent.user_id]}
    await place.officer.call("PUT", f"/people/{place.neighbour.user_id}/guardians", body, SAFETY)
    asked = {"followed": place.neighbour.user_id, "relation": "teacher"}
    await place.reporter.call("POST", "/followings", asked, SAFETY)
    minor = await people.sign_in(place.neighbour, size=PHONE)
    await at(minor, "#/safety")
    await expect(minor.get_by_text("Your guardian answers this.")).to_be_visible()
    guardian = await people.sign_in(place.parent)
    await at(guardian, "#/safety")
    await guardian.get_by_role("combobox", name="For whom").click()
    await guardian.get_by_role("option").nth(1).click()
    await guardian.get_by_role("button", name="Yes, watch over me").click()
    await expect(guardian.get_by_role("list", name="Watch over you", exact=True)).to_contain_text("Teacher")


async def raised(people: People, place: Place, kind: str = "Fire") -> Page:
    """A page on which somebody has raised an event with two taps, from inside a room."""
    page = await people.sign_in(place.reporter, size=PHONE, position=HERE)
    room = await place.reporter.call("POST", "/createRoom", {"name": "Delivery"})
    await at(page, f"#/room/{room['room_id']}")
    await page.locator(".head").get_by_role("button", name="Raise an event").click()
    await page.get_by_role("button", name=kind).click()
    await expect(page.get_by_role("timer")).to_be_visible()
    return page


async def test_two_taps_and_it_can_be_taken_back(people: People) -> None:
    place = await Place().open(people)
    page = await raised(people, place)
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_text("Nobody was told.")).to_be_visible()
    events = (await place.kept(place.reporter))["raised"]
    assert [each["state"] for each in events] == ["cancelled"]
    [circle] = events[0]["details"]["area"]["circles"]
    assert (circle["latitude"], circle["longitude"], circle["radius"]) == (*HERE, 500)
    assert (await place.officer.call("GET", "/events?open=true", None, SAFETY))["events"] == []


async def test_the_group_opens_with_its_map_in_a_tab(people: People) -> None:
    place = await Place().open(people)
    page = await raised(people, place)
    bar = page.locator(".event-bar").first
    await expect(bar).to_contain_text("Fire")
    # The station is there at once.
    await page.locator(".event-bar").get_by_text("Map", exact=True).click()
    await drawn(page)
    await expect(page.get_by_role("listitem").filter(has_text="Fire station North")).to_contain_text("Responsible")
    await page.locator(".side .event-bar").get_by_text("Chat", exact=True).click()
    await expect(page.locator(".composer")).to_be_visible()


async def test_words_a_picture_and_a_place_on_the_map(people: People, tmp_path: Path) -> None:
    place = await Place().open(people)
    page = await people.sign_in(place.reporter)  # which may not know where it is
    await page.get_by_role("button", name="Raise an event").click()
    await page.get_by_role("button", name="Flood").click()
    await expect(page.get_by_role("alert")).to_contain_text("may not know where you are")
    await page.get_by_role("textbox", name="What happens, in your words").fill("Water in the cellar")
    picture = tmp_path / "water.png"
    picture.write_bytes(samples.png(64, 48))
    await page.locator("input[type=file]").set_input_files(picture)
    await page.get_by_role("button", name="Raise the event").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choose a place first")
    await drawn(page)
    await page.locator(".map").click(position={"x": 200, "y": 120})
    await expect(page.locator(".map-place")).to_be_visible()
    await page.get_by_role("button", name="Raise the event").click()
    await expect(page.locator(".event-bar").first).to_contain_text("Flood")
    await expect(page.locator(".timeline")).to_contain_text("Water in the cellar")
    await expect(page.locator(".message img").first).to_be_visible()
    [event] = (await place.kept(place.reporter))["raised"]
    assert event["details"]["area"]["circles"][0]["radius"] == 500


async def test_asked_to_come_and_seen_on_the_map(people: People) -> None:
    place = await Place().open(people)
    event_id = await place.report()
    await place.group(event_id)
    page = await people.sign_in(place.neighbour, position=NEAR)
    ask = page.get_by_role("region", name="Asked to come: Fire in hall 4")
    await expect(ask).to_contain_text("You are asked because you are in the area.")
    await expect(ask).to_contain_text("you are in its area")
    assert not re.search(r"\d+ ?(m|km)\b", await ask.inner_text())
    await ask.get_by_role("button", name="Come").click()
    await expect(page.get_by_role("complementary", name="Events")).to_be_visible()
    await page.get_by_role("switch", name="Show the group where I am").click()
    await drawn(page)
    await expect(page.locator(".map-me")).to_be_visible()
    reporter = await people.sign_in(place.reporter)
    await at(reporter, f"#/room/{await place.group(event_id)}")
    pin = reporter.locator(".map-person")
    await expect(pin).to_have_attribute("aria-label", re.compile("Customer 2"))
    await expect(reporter.get_by_role("listitem").filter(has_text="Customer 2")).to_contain_text("on the map")
    await page.get_by_role("switch", name="Show the group where I am").click()
    await expect(pin).to_have_count(0)


async def test_an_outline_is_drawn_on_the_map(people: People) -> None:
    place = await Place().open(people)
    page = await people.sign_in(place.reporter)  # which may not know where it is
    await page.get_by_role("button", name="Raise an event").click()
    await page.get_by_role("button", name="Power").click()
    await page.get_by_text("An outline", exact=True).click()
    await drawn(page)
    for x, y in ((60, 40), (220, 50), (200, 180)):
        await page.locator(".map").click(position={"x": x, "y": y})
    await expect(page.locator(".map-place")).to_have_count(3)
    await expect(page.locator(".map-area")).to_have_count(1)
    await page.get_by_role("button", name="Remove the last corner").click()
    await expect(page.locator(".map-area")).to_have_count(0)
    await page.get_by_role("button", name="Raise the event").click()
    await expect(page.get_by_role("alert")).to_contain_text("three corners at least")
    # So far out that all of the world is to be seen: too large to be taken, and the server says so.
    await page.locator(".map").click(position={"x": 200, "y": 180})
    await page.get_by_role("button", name="Raise the event").click()
    await expect(page.get_by_role("alert")).to_contain_text("km")
    for _ in range(3):
        await page.get_by_role("button", name="Remove the last corner").click()
    zoom_in = page.get_by_role("button", name="Zoom in")
    for _ in range(12):
        await zoom_in.click()
    for x, y in ((60, 40), (220, 50), (200, 180)):
        await page.locator(".map").click(position={"x": x, "y": y})
    await page.get_by_role("button", name="Raise the event").click()
    await expect(page.get_by_role("timer")).to_be_visible()
    [event] = (await place.kept(place.reporter))["raised"]
    [polygon] = event["details"]["area"]["polygons"]
    assert len(polygon["corners"]) == 3


async def test_positions_move_on_the_map_and_not_in_the_conversation(people: People) -> None:
    place = await Place().open(people)
    event_id = await place.report()
    room_id = await place.group(event_id)
    await place.join(place.neighbour, event_id)
    reporter = await people.sign_in(place.reporter)
    await at(reporter, f"#/room/{room_id}/map")
    await expect(reporter.locator(".side").get_by_role("listitem").filter(has_text="Customer 2")).to_be_visible()
    await reporter.locator(".composer textarea").fill("On our way")
    await reporter.keyboard.press("Enter")
    timeline = reporter.locator(".timeline")
    await expect(timeline).to_contain_text("On our way")
    said = await timeline.locator(".bubble").all_inner_texts()
    now = await reporter.evaluate("Date.now()")
    live = {"timeout": 3_600_000, "live": True, "org.matrix.msc3488.ts": now}
    path = f"/rooms/{quote(room_id)}/state/{INFO}/{quote(place.neighbour.user_id)}"
    info = (await place.neighbour.call("PUT", path, live))["event_id"]
    for step in range(12):
        content = {
            "m.relates_to": {"rel_type": "m.reference", "event_id": info},
            "org.matrix.msc3488.location": {"uri": f"geo:{NEAR[0] + step / 10_000:.5f},{NEAR[1]:.5f};u=5"},
            "org.matrix.msc3488.ts": now + step,
        }
        await place.neighbour.call("PUT", f"/rooms/{quote(room_id)}/send/{BEACON}/t{step}", content)
    await expect(reporter.locator(".map-person")).to_have_count(1)

    async def is_cleared() -> bool:
        # Only the newest beacon is left of the twelve, and each redaction is an event, too.
        chunk = (await place.reporter.call("GET", f"/rooms/{quote(room_id)}/messages?dir=b&limit=100"))["chunk"]
        beacons = [each for each in chunk if each["type"] == BEACON]
        return len(beacons) == 12 and len([each for each in beacons if each["content"]]) == 1

    await until(is_cleared)
    await reporter.reload()
    await expect(timeline).to_contain_text("On our way")
    row = reporter.locator(".room").filter(has_text="Fire in hall 4")
    await expect(row).to_be_visible()
    # Of what the first sync brings, nothing is a message: the list says nothing rather than that something was removed.
    assert (await row.locator(".room-last").inner_text()) in ("", "On our way")

    bubbles = timeline.locator(".bubble")
    await expect(bubbles).to_have_text(said)
    await place.neighbour.call(
        "PUT", f"/rooms/{quote(room_id)}/send/m.room.message/last", {"msgtype": "m.text", "body": "Here I am"}
    )
    # One more, and nothing of thirty events that are no conversation.
    await expect(bubbles).to_have_text([*said, "Here I am"])
    await expect(timeline.get_by_role("article").last).to_contain_text("Customer 2")
    await expect(timeline).not_to_contain_text("removed")


async def test_not_now(people: People) -> None:
    place = await Place().open(people)
    event_id = await place.report()
    await place.group(event_id)
    page = await people.sign_in(place.parent, size=PHONE)
    ask = page.get_by_role("region", name="Asked to come: Fire in hall 4")
    await expect(ask).to_contain_text("somebody whom you watch over may be there")
    await ask.get_by_role("button", name="Not now").click()
    await expect(ask).to_have_count(0)
    answered = (await place.officer.call("GET", f"/events/{event_id}/asked", None, SAFETY))["asked"]
    assert {each["state"] for each in answered if each["user_id"] == place.parent.user_id} == {"declined"}


async def test_who_is_responsible_takes_it_in_hand_and_closes_it(people: People) -> None:
    place = await Place().open(people)
    await place.share(place.parent, FAR)
    room_id = await place.group(await place.report())
    station = await people.sign_in(place.station)
    await expect(station.locator("#group-events")).to_be_visible()
    await at(station, f"#/room/{room_id}")
    await station.get_by_role("button", name="Take in hand").click()
    reporter = await people.sign_in(place.reporter, size=PHONE)
    await at(reporter, f"#/room/{room_id}")
    await expect(reporter.locator(".event-state").first).to_have_text("being handled")
    await station.get_by_role("button", name="Close the group").click()
    dialog = station.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="How it ended").fill("A toaster, nobody hurt.")
    await dialog.get_by_role("button", name="Close the group").click()
    await expect(station.get_by_role("complementary", name="Events")).to_contain_text("A toaster, nobody hurt.")
    await expect(reporter.locator(".event-state").first).to_have_text("closed")
