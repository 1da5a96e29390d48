"""What models saw and heard, in the console: a box around words in a picture, when something is said, thresholds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests import senses
from tests.browser import organisation
from tests.browser.office import Talk, upload
from tests.browser.people import Account, People
from tests.browser.test_look import SIZES, Look
from tests.browser.test_screening_console import Desk, detail, make, show
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRITTEN, SPOKEN = "出售假护照", "sell fake passports"
SAID = "Hello, my friend. We sell fake passports and driving licences to everybody who wants one."


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server with models."""
    senses.install()
    environment = {"ROOMKEEPER_ANALYSIS_SENSES": "reading,speech", "ROOMKEEPER_SCREENING_DEADLINE_SECONDS": "120"}
    server = await ServerProcess(tmp_path / "data", **environment).start()
    yield server
    await server.stop()


@pytest.fixture
async def desk(people: People) -> Desk:
    """An organisation in which two phrases are looked at first, and a picture and a sound with them."""
    desk = await make(people)
    words = {"name": "Forgers", "action": "review", "patterns": [WRITTEN, SPOKEN]}
    await desk.office.call("POST", "/screening/lists", words)
    return desk


async def send(desk: Desk, name: str, data: bytes, content_type: str) -> None:
    """Send a file that is held."""
    uri = await upload(desk.customer, data, content_type, name)
    kind = "m.image" if content_type.startswith("image") else "m.audio"
    await Talk(desk.room_id, name).say(desk.customer, name, msgtype=kind, filename=name, url=uri)


async def case_of(desk: Desk, name: str) -> str:
    """The case about a file."""
    for case in await desk.cases("waiting"):
        if case["media"][0]["file_name"] == name:
            return str(case["case_id"])
    raise AssertionError(f"{name} is not held")


async def part_of(box: Locator, picture: Locator) -> tuple[float, float, float, float]:
    """Where a box is in a picture: left, top, width, height as parts of it."""
    inner, outer = await box.bounding_box(), await picture.bounding_box()
    assert inner is not None
    assert outer is not None
    return (
        (inner["x"] - outer["x"]) / outer["width"],
        (inner["y"] - outer["y"]) / outer["height"],
        inner["width"] / outer["width"],
        inner["height"] / outer["height"],
    )


async def test_where_words_stand_and_when_they_are_said(desk: Desk) -> None:
    await send(desk, "sign.png", senses.encoded(senses.written(WRITTEN)), "image/png")
    await send(desk, "message.wav", senses.spoken(SAID), "audio/wav")
    page = await desk.office.console(desk.moderator, at=f"/screening/{await case_of(desk, 'sign.png')}?view=queue")
    case = detail(page)
    await expect(case.get_by_text("Text rules, in words found by: Words in pictures")).to_be_visible()
    await case.get_by_role("button", name="Show the picture").click()
    picture = case.locator(".preview .picture")
    await expect(picture.locator(".picture-box")).to_have_count(1)
    left, top, width, height = await part_of(picture.locator(".picture-box"), picture.locator("img"))
    assert 0.3 < left < 0.42
    assert 0.4 < top < 0.5
    assert 0.2 < width < 0.4
    assert 0.04 < height < 0.15

    await show(page, f"/screening/{await case_of(desk, 'message.wav')}?view=queue")
    await expect(case.get_by_text("Text rules, in words found by: Spoken words")).to_be_visible()
    await case.locator(".preview-cover").click()
    moment = case.get_by_role("button", name="0:00–0:0")
    await expect(moment).to_be_visible()
    await moment.click()
    assert not await case.locator("audio").evaluate("player => player.paused")


async def test_thresholds_of_models_in_the_policy_editor(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=policies")
    await page.get_by_role("button", name="New policy").first.click()
    card = page.get_by_role("article").first
    await card.get_by_role("textbox", name="Name", exact=True).fill("Strict")
    await card.get_by_text("Spoken words", exact=True).click()
    field = card.get_by_label("Spoken words, Speech nobody understood: Held from score")
    await field.fill("0.5")
    await field.blur()
    await card.get_by_text("Nakedness", exact=True).click()
    block = card.get_by_label("Nakedness, Naked people: Blocked from score")
    await expect(block).to_have_value("0.9")
    await block.fill("0.95")
    await block.blur()
    unsaved = page.get_by_role("form", name="Not saved yet")
    await unsaved.get_by_label("Reason").fill("Complaints")
    await unsaved.get_by_role("button", name="Save as version 1").click()
    await expect(unsaved).to_have_count(0)
    rules = (await desk.office.call("GET", "/screening/policies"))["policies"][0]["detectors"]
    assert rules["speech_text"]["thresholds"]["not_understood"]["review"] == 0.5
    assert rules["nudity"]["thresholds"]["nudity"] == {"review": 0.6, "block": 0.95}
    await show(page, "/screening?view=detectors")
    await expect(page.get_by_text("analysis.senses does not name it").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_how_it_looks(desk: Desk, size: str) -> None:
    await send(desk, "sign.png", senses.encoded(senses.written(WRITTEN)), "image/png")
    await send(desk, "message.wav", senses.spoken(SAID), "audio/wav")
    findings = list[str]()
    for language in ("en-GB", "zh-CN"):
        page = await desk.office.people.open(SIZES[size], language, path="/console")
        await organisation.sign_in(page, Account(desk.office.owner.url, "@owner:example.org", ""))
        findings += await looked_at(desk, page, Look(page, size, language))
    assert not findings, "\n".join(findings)


async def looked_at(desk: Desk, page: Page, look: Look) -> list[Any]:
    """Take the pictures; what is wrong with them."""
    for name in ("sign.png", "message.wav"):
        await show(page, f"/screening/{await case_of(desk, name)}?view=queue")
        await page.locator(".preview-cover").first.click()
        await expect(page.locator(".preview img, audio").first).to_be_visible()
        await look.at(f"screening-senses-{name.partition('.')[0]}")
    await show(page, "/screening?view=detectors")
    await look.at("screening-senses-detectors")
    return look.findings
