"""Identification as people see it: registering a face, submitting a picture, deciding; and who comes then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests import identities
from tests.browser.organisation import ROOT as CONSOLE
from tests.browser.people import PHONE, Account, People
from tests.browser.safety_world import HERE, QUICK, SAFETY, Place, at, until
from tests.browser.test_look import SIZES, Look
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")
PATIENCE_MS = 60_000
"""Models are loaded when they are first needed."""


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that lets nobody wait long, with models."""
    senses = {"ROOMKEEPER_ANALYSIS_SENSES": "faces,voices"}
    server = await ServerProcess(tmp_path / "data", **QUICK, **senses).start()
    yield server
    await server.stop()


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file to choose."""
    path = folder / name
    path.write_bytes(data)
    return path


async def register(page: Page, kind: str, file: Path) -> None:
    """Fill in the form of something that identifies one, and send it."""
    features = page.get_by_role("region", name="What may identify me")
    if await features.get_by_role("combobox", name="What it is").count() == 0:
        await features.get_by_role("button", name="Add", exact=True).click()
    await features.get_by_role("combobox", name="What it is").click()
    await page.get_by_role("option", name=kind).click()
    await features.locator("input[type=file]").last.set_input_files(file)
    consent = features.get_by_role("checkbox", name="I agree that this is compared in events")
    if not await consent.is_checked():
        await expect(features.get_by_role("button", name="Add", exact=True)).to_be_disabled()
        await consent.check()
    await features.get_by_role("button", name="Add", exact=True).click()


async def enrolled(place: Place, account: Account) -> None:
    """Somebody has registered the astronaut's face, by the endpoint."""
    import base64

    data = base64.b64encode(identities.face("astronaut")).decode()
    body = {"kind": "face", "consent": True, "content_type": "image/jpeg", "data": data}
    await account.call("POST", f"/people/{quote(account.user_id)}/features", body, SAFETY)


async def submitted(place: Place, page: Page, event_id: str, file: Path) -> None:
    """The reporter submits a picture in the group's room."""
    await at(page, f"#/room/{await place.group(event_id)}/map")
    section = page.get_by_role("region", name="Who is this?")
    await section.locator("input[type=file]").set_input_files(file)
    await expect(section.get_by_text("It was submitted.")).to_be_visible()
    await expect(section.get_by_role("listitem")).to_contain_text("Was compared. In it: 1 faces", timeout=PATIENCE_MS)


async def test_a_picture_brings_the_person_and_their_followers(  # noqa: PLR0915 (a story)
    people: People, tmp_path: Path
) -> None:
    place = await Place().open(people)
    person = await people.account("customer4", "Customer 4")
    follower = await people.account("customer5", "Customer 5")
    await place.follow(follower, person)

    # Eight people: who registers, who follows, who reports, who is near, who follows them, the station, the officer;
    # and the owner, whom it does not concern.
    page = await people.sign_in(person, size=PHONE)
    await at(page, "#/safety")
    await register(page, "Picture of the face", written(tmp_path, "dark.jpg", identities.bad_face("too_dark")))
    features = page.get_by_role("region", name="What may identify me")
    await expect(features.get_by_role("alert")).to_contain_text("It is too dark", timeout=PATIENCE_MS)
    await register(page, "Picture of the face", written(tmp_path, "two.jpg", identities.bad_face("many_faces")))
    await expect(features.get_by_role("alert")).to_contain_text("more than one face")
    await register(page, "Picture of the face", written(tmp_path, "face.jpg", identities.face("astronaut")))
    await expect(features.get_by_role("listitem").filter(has_text="Picture of the face")).to_be_visible()

    event_id = await place.report()
    reporter = await people.sign_in(place.reporter, position=HERE)
    await submitted(place, reporter, event_id, written(tmp_path, "seen.jpg", identities.another("astronaut")))
    await expect(reporter.get_by_role("button", name="Decide")).to_have_count(0)

    officer = await place.organisation.console(place.officer, "/safety")
    await officer.get_by_role("link", name="1 submission to decide about").click()
    await officer.get_by_role("link", name="Fire in hall 4").click()
    drawer = officer.get_by_role("dialog")
    candidate = drawer.get_by_role("list", name="Candidates").get_by_role("listitem").first
    await expect(candidate).to_contain_text("Customer 4")
    await expect(candidate).to_contain_text("alike, 45 % needed")
    await expect(drawer.locator(".identify-box")).to_have_count(1)
    await candidate.get_by_role("button", name="Show what Customer 4 registered").click()
    await expect(candidate.get_by_role("img", name="What Customer 4 registered")).to_be_visible()
    await candidate.get_by_role("button", name="Confirm Customer 4").click()
    await expect(candidate.get_by_role("button", name="Confirm", exact=True)).to_be_disabled()
    await candidate.get_by_role("textbox", name="How you know").fill("I have seen them at the gate")
    await candidate.get_by_role("button", name="Confirm", exact=True).click()
    await expect(candidate).to_contain_text("Confirmed: I have seen them at the gate")

    await at(page, "#/")
    ask = page.get_by_role("region", name="Asked to come: Fire in hall 4")
    await expect(ask).to_contain_text("you are concerned")
    await ask.get_by_role("button", name="Come").click()
    watching = await people.sign_in(follower)
    ask = watching.get_by_role("region", name="Asked to come: Fire in hall 4")
    await expect(ask).to_contain_text("somebody whom you watch over is concerned")
    await ask.get_by_role("button", name="Come").click()
    members = reporter.locator(".side").get_by_role("listitem")
    await expect(members.filter(has_text="Customer 4")).to_contain_text("Concerned")
    await expect(members.filter(has_text="Customer 5")).to_be_visible()
    # Who was not near and whom nobody confirmed is not there.
    room_id = await place.group(event_id)
    joined = (await place.reporter.call("GET", f"/rooms/{quote(room_id)}/joined_members"))["joined"]
    assert {person.user_id, follower.user_id} <= set(joined)
    assert place.organisation.owner.user_id not in joined
    entries = (
        await place.organisation.owner.call("GET", "/audit?permission=safety.candidates.confirm", None, CONSOLE)
    )["entries"]
    assert [each["reason"] for each in entries] == ["I have seen them at the gate"]


async def test_whoever_takes_it_in_hand_decides_in_the_chat(people: People, tmp_path: Path) -> None:
    place = await Place().open(people)
    await enrolled(place, place.parent)
    event_id = await place.report()
    room_id = await place.group(event_id)
    reporter = await people.sign_in(place.reporter, position=HERE)
    await submitted(place, reporter, event_id, written(tmp_path, "seen.jpg", identities.another("astronaut")))
    station = await people.sign_in(place.station)
    await at(station, f"#/room/{room_id}/map")
    section = station.get_by_role("region", name="Who is this?")
    await expect(section.get_by_role("button", name="Submit a file")).to_be_visible()
    await expect(section.get_by_role("button", name="Decide")).to_have_count(0)
    await station.get_by_role("button", name="Take in hand").click()
    await section.get_by_role("button", name="Decide").click()
    candidate = section.get_by_role("list", name="Candidates").get_by_role("listitem").first
    await candidate.get_by_role("button", name="Reject Customer 3").click()
    await candidate.get_by_role("textbox", name="How you know").fill("It is somebody else")
    await candidate.get_by_role("button", name="Reject", exact=True).click()
    await expect(section.get_by_role("button", name="Decide")).to_have_count(0)
    kept = await place.kept(place.parent)
    assert [each["state"] for each in kept["compared"]] == ["rejected"]
    page = await people.sign_in(place.parent)
    await at(page, "#/safety")
    await expect(page.get_by_role("region", name="What is kept about me")).to_contain_text("Rejected")


async def test_who_is_not_there_is_told_so(people: People, tmp_path: Path) -> None:
    place = await Place().open(people)
    event_id = await place.report()
    await place.group(event_id)

    async def is_asked() -> bool:
        status = await place.parent.call("GET", "/events", None, SAFETY)
        return bool(status["events"])

    await until(is_asked)
    await place.parent.call("POST", f"/events/{event_id}/answer", {"join": True}, SAFETY)
    page = await people.sign_in(place.parent)
    await at(page, f"#/room/{await place.group(event_id)}/map")
    section = page.get_by_role("region", name="Who is this?")
    await section.locator("input[type=file]").set_input_files(written(tmp_path, "seen.jpg", identities.face("officer")))
    await expect(section.get_by_role("alert")).to_contain_text("Only who reported this")


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_how_it_looks(people: People, tmp_path: Path, size: str, language: str) -> None:
    place = await Place().open(people)
    await enrolled(place, place.parent)
    event_id = await place.report()
    reporter = await people.sign_in(place.reporter, size=SIZES[size], language=language, position=HERE)
    look = Look(reporter, size, language)
    await at(reporter, f"#/room/{await place.group(event_id)}/map")
    section = reporter.locator("section[aria-labelledby=event-identify]")
    file = written(tmp_path, "seen.jpg", identities.together("astronaut", "officer"))
    await section.locator("input[type=file]").set_input_files(file)

    async def in_review() -> str:
        found = await place.officer.call("GET", "/identifications", None, SAFETY)
        return "".join(each["identification_id"] for each in found["identifications"])

    identification = await until(in_review)
    await section.evaluate("one => one.scrollIntoView()")
    await look.at("identify")
    await at(reporter, "#/safety")
    await reporter.locator(".safety-page section").nth(3).locator("button").last.click()
    await look.at("safety-features")
    page = await place.organisation.console(
        place.officer, "/safety?view=candidates", size=SIZES[size], language=language
    )
    console = Look(page, size, language)
    await expect(page.locator(".row, .card").first).to_be_visible()
    await console.at("safety-console-candidates")
    await at(page, f"#/safety/{quote(f'{event_id} {identification}')}?view=candidates")
    candidate = page.locator(".identify-candidate").first
    await candidate.locator("button").first.click()
    await expect(candidate.locator("img")).to_have_count(2)
    await candidate.locator("button").first.click()
    await console.at("safety-console-candidate")
    assert look.findings == []
    assert console.findings == []
