"""Trouble, from the fault in the running server to the answer in the browser; a kind that is taught at the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser import organisation
from tests.browser.organisation import ROOT
from tests.browser.people import People
from tests.browser.safety_world import until
from tests.browser.test_look import SIZES, Look
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")
REPAIR = f"{ROOT}/repair"
EXPECTED = ("status of 403", "status of 404")
"""What browsers log where the server refuses something, as a fault makes it."""


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server on which faults may be made."""
    server = await ServerProcess(tmp_path / "data", ROOMKEEPER_REPAIR_REPORTS_DRILLS="on").start()
    yield server
    await server.stop()


async def form(page: Page) -> Any:
    """Open the form of the chat's menu."""
    await page.locator(".rail-top button[aria-haspopup=menu]").click()
    await (
        page.get_by_role("menuitem", name="Report a problem").or_(page.get_by_role("menuitem", name="报告问题")).click()
    )
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("textarea")).to_be_visible()
    return dialog


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_a_fault_is_reported_and_answered(people: People, size: str, language: str) -> None:
    people.expected += EXPECTED
    desk = await organisation.found(people)
    room_id, (alice, _) = await people.talking("Customer 1", "Sales desk 3")
    page = await people.sign_in(alice, size=SIZES[size], language=language)
    await page.goto(f"{people.process.url}/app#/room/{quote(room_id)}")
    await expect(page.locator(".composer textarea")).to_be_visible()
    drill = {"parameters": {"user_id": alice.user_id, "room_id": room_id}}
    await desk.call("POST", "/repair/drills/rooms.spoil_image", drill)
    await page.locator(".composer textarea").fill("Where is my chair?")
    await page.locator(".composer textarea").press("Enter")
    resend = page.locator(".message", has_text="Where is my chair?").get_by_role("button")
    await expect(resend.first).to_be_visible()

    if size == "phone":
        await page.goto(f"{people.process.url}/app#/")
    dialog = await form(page)
    look = Look(page, size, language)
    await look.at("repair-form")
    said = "My message is stuck sending" if language == "en-GB" else "我的消息发不出去"
    await dialog.locator("textarea").fill(said)
    await dialog.locator("button[type=submit]").click()
    await expect(dialog.locator("[data-state=repaired]")).to_be_visible()
    await look.at("repair-answer")
    await page.keyboard.press("Escape")
    await page.goto(f"{people.process.url}/app#/room/{quote(room_id)}")
    history = await alice.call("GET", f"/rooms/{quote(room_id)}/messages?dir=b&limit=10")
    bodies = [each["content"].get("body") for each in history["chunk"] if each["type"] == "m.room.message"]
    assert bodies == ["Where is my chair?"]
    assert look.findings == []


async def test_an_unknown_kind_is_taught_and_its_waiting_report_resolved(people: People) -> None:
    people.expected += EXPECTED
    desk = await organisation.found(people)
    alice = await people.account("alice", "Customer 1")
    body = {"kind": "cannot_stay", "text": "I cannot stay where I am", "client": "test"}
    report = await alice.call("POST", "/reports", body, REPAIR)
    page = await desk.console(at="/repair?view=reports")
    await page.get_by_role("link", name="I cannot stay where I am").click()
    await expect(page.get_by_role("dialog")).to_contain_text("No operation for this kind")

    await page.goto(f"{people.process.url}/console#/repair?view=operations")
    await page.get_by_role("button", name="New operation").click()
    editor = page.get_by_role("dialog")
    await editor.get_by_label("Kind", exact=False).first.fill("cannot_stay")
    await editor.get_by_label("Title", exact=False).first.fill("Let them in")
    await editor.get_by_label("Try it on a report").fill(report["report_id"])
    await editor.get_by_role("button", name="Try, without doing anything").click()
    await expect(editor.get_by_role("list", name="What it would do")).to_contain_text("is not needed")
    await editor.get_by_role("button", name="Store").click()
    await expect(editor).to_have_count(0)
    await expect(page.get_by_text("Let them in")).to_be_visible()

    async def is_over() -> bool:
        state = (await alice.call("GET", f"/reports/{report['report_id']}", None, REPAIR))["state"]
        return state in ("verifying", "unverified", "repaired")

    await until(is_over)
    await page.goto(f"{people.process.url}/console#/repair/{report['report_id']}?view=reports")
    await expect(page.get_by_role("dialog")).to_contain_text("accounts.let_in")


async def test_one_fault_of_several_people_is_one_incident(people: People) -> None:
    people.expected += EXPECTED
    desk = await organisation.found(people)
    clients = [await people.account(f"customer{number}", f"Customer {number}") for number in range(4)]
    fault = {"kind": "calendar_empty", "text": "My calendar is empty", "client": "test"}
    reports = [await client.call("POST", "/reports", fault, REPAIR) for client in clients[:3]]
    page = await desk.console(at="/repair?view=incidents")
    await page.get_by_role("link", name="calendar_empty").click()
    drawer = page.get_by_role("dialog", name="Incident")
    await expect(drawer).to_contain_text("Show 3 reports")

    await drawer.get_by_role("button", name="Declare a known fault").click()
    declaring = page.get_by_role("dialog", name="Declare a known fault")
    await declaring.get_by_label("Answer in English").fill("Calendars are back at noon.")
    await declaring.get_by_role("button", name="Answer with this").click()
    await expect(drawer).to_contain_text("Calendars are back at noon.")
    told = await clients[3].call("POST", "/reports", fault, REPAIR)
    assert told["state"] == "closed"
    assert "Calendars are back at noon." in told["said"][-1]["text"]

    await drawer.get_by_role("link", name="reports").click()
    await expect(page.get_by_role("link", name="My calendar is empty")).to_have_count(4)
    await page.go_back()
    await drawer.get_by_role("button", name="It is over").click()
    ending = page.get_by_role("dialog", name="Is it over?")
    await ending.get_by_label("Answer in English").fill("They are all there again.")
    await ending.get_by_role("button", name="It is over").click()
    await expect(drawer.get_by_role("button", name="It is over")).to_have_count(0)
    for client, report in zip(clients, [*reports, told], strict=True):
        own = await client.call("GET", f"/reports/{report['report_id']}", None, REPAIR)
        assert own["state"] == "closed"
        assert "They are all there again." in own["said"][-1]["text"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_pages_of_the_console(people: People, size: str, language: str) -> None:
    people.expected += EXPECTED
    desk = await organisation.found(people)
    room_id, (alice, _) = await people.talking("Customer 1", "Sales desk 3")
    drill = {"parameters": {"user_id": alice.user_id, "room_id": room_id}}
    await desk.call("POST", "/repair/drills/rooms.spoil_image", drill)
    body = {"kind": "message_stuck", "properties": {"room_id": room_id}, "text": "Stuck", "client": "test"}
    report = await alice.call("POST", "/reports", body, REPAIR)
    await alice.call("POST", "/reports", {"kind": "lamp_dark", "text": "The lamp is dark"}, REPAIR)
    page = await desk.console(at="/repair?view=reports", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.get_by_text("The lamp is dark").first).to_be_visible()
    await look.at("repair-reports")
    await page.goto(f"{people.process.url}/console#/repair/{report['report_id']}?view=reports")
    await expect(page.get_by_role("dialog").locator("code", has_text="rooms.load_anew").first).to_be_visible()
    await look.at("repair-report")
    await page.keyboard.press("Escape")
    known = {"kind": "calendar_empty", "text_en": "Calendars are back at noon.", "text_zh": "日历将在中午恢复。"}
    incident = await desk.call("POST", "/repair/incidents", known)
    await page.goto(f"{people.process.url}/console#/repair?view=incidents")
    await expect(page.get_by_text("calendar_empty").first).to_be_visible()
    await look.at("repair-incidents")
    await page.goto(f"{people.process.url}/console#/repair/{incident['incident_id']}?view=incidents")
    await expect(page.get_by_role("dialog")).to_contain_text(known["text_zh"])
    await look.at("repair-incident")
    await page.keyboard.press("Escape")
    await page.goto(f"{people.process.url}/console#/repair?view=operations")
    await expect(page.locator("code", has_text="handover.offer_again").first).to_be_visible()
    await look.at("repair-operations")
    await page.goto(f"{people.process.url}/console#/repair?view=statistics")
    await expect(page.locator(".chart canvas").first).to_be_visible()
    await look.at("repair-statistics")
    assert look.findings == []
