"""Encrypted rooms: two people talk, a reload keeps reading, a second device reads with the recovery key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests import samples
from tests.browser.people import PASSWORD, Account, People
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


async def encrypted(people: People) -> tuple[str, Account, Account]:
    """An encrypted room of two people; the server has no keys of either, for which their browsers ask in vain."""
    people.expected.append("status of 404")
    first, second = await people.account("desk3", "Desk 3"), await people.account("desk5", "Desk 5")
    body = {
        "preset": "private_chat",
        "name": "Staff matters",
        "invite": [second.user_id],
        "initial_state": [ENCRYPTION],
    }
    room_id = (await first.call("POST", "/createRoom", body))["room_id"]
    await second.call("POST", f"/join/{room_id}")
    return room_id, first, second


async def enter(people: People, account: Account) -> Page:
    """A page with the encrypted room open and ready to write."""
    page = await people.sign_in(account)
    await page.get_by_role("link", name="Staff matters").click()
    await expect(page.get_by_role("heading", name="Staff matters").get_by_role("img")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    return page


async def make_key(page: Page) -> str:
    """Set up recovery; the recovery key."""
    await page.evaluate("location.hash = '#/security'")
    await page.locator("main input[autocomplete=current-password]").fill(PASSWORD)
    await page.get_by_role("button", name="Make the recovery key").click()
    shown = page.locator("[data-recovery-key]")
    await expect(shown).to_be_visible()
    key = str(await shown.text_content())
    await expect(page.get_by_role("button", name="Done")).to_be_disabled()
    await page.get_by_label("I have kept it in a safe place").check()
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("This device is verified")).to_be_visible()
    return key


async def backed_up(account: Account, count: int) -> None:
    """Wait until the keys are in the backup: clients put them there a few seconds later."""
    async with asyncio.timeout(60):
        while (await account.call("GET", "/room_keys/version"))["count"] < count:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def compare(one: Page, other: Page) -> None:
    """Go through a verification that `one` has asked for."""
    await other.get_by_role("dialog").get_by_role("button", name="Begin", exact=True).click()
    for page in (one, other):
        await expect(page.locator(".emoji li")).to_have_count(7)
    assert await one.locator(".emoji").text_content() == await other.locator(".emoji").text_content()
    await one.get_by_role("button", name="They are the same").click()
    await other.get_by_role("button", name="They are the same").click()
    for page in (one, other):
        await expect(page.get_by_role("dialog").get_by_text("Verified:")).to_be_visible()
        await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()


async def test_two_people_talk_encrypted_and_a_reload_keeps_reading(people: People, tmp_path: Path) -> None:
    room_id, first, second = await encrypted(people)
    ours, theirs = await enter(people, first), await enter(people, second)
    await write(ours, "The code is 4711-0815")
    await expect(message(theirs, "The code is 4711-0815")).to_be_visible()
    await write(theirs, "Thank you")
    await expect(message(ours, "Thank you")).to_be_visible()

    # A picture: the server has it encrypted, the other one sees it.
    picture = tmp_path / "plan.png"
    picture.write_bytes(samples.png(320, 200))
    await ours.locator("input[type=file]").first.set_input_files(picture)
    await expect(ours.get_by_text("Ready to send")).to_be_visible()
    await write(ours, "The plan")
    received = message(theirs, "The plan").get_by_role("img", name="plan.png")
    await expect(received).to_be_visible()
    assert await received.evaluate("image => image.naturalWidth") == 320

    # The server has seen none of it.
    stored = await first.call("GET", f"/rooms/{room_id}/messages?dir=b&limit=50")
    assert "4711-0815" not in str(stored)
    assert "plan.png" not in str(stored)

    await theirs.reload()
    await expect(message(theirs, "The code is 4711-0815")).to_be_visible()
    await expect(message(theirs, "The plan").get_by_role("img", name="plan.png")).to_be_visible()
    await write(ours, "after the reload")
    await expect(message(theirs, "after the reload")).to_be_visible()

    # Its files are found in the browser, since the server knows of none.
    await theirs.get_by_role("link", name="About this room").click()
    await expect(theirs.get_by_text("End-to-end encrypted")).to_be_visible()
    await theirs.get_by_role("complementary").get_by_text("Files", exact=True).click()
    await expect(theirs.get_by_role("list", name="Pictures").get_by_role("img")).to_have_count(0)
    await expect(theirs.locator(".picture-tile img")).to_be_visible()


async def test_a_second_device_reads_old_messages_with_the_recovery_key(people: People) -> None:
    _room, first, second = await encrypted(people)
    ours, theirs = await enter(people, first), await enter(people, second)
    key = await make_key(ours)
    await ours.get_by_role("link", name="Staff matters").click()
    await write(ours, "said before the second device")
    await expect(message(theirs, "said before the second device")).to_be_visible()
    await write(theirs, "answered before it, too")
    await expect(message(ours, "answered before it, too")).to_be_visible()

    await backed_up(first, 2)
    new = await enter(people, first)
    await expect(new.locator(".unreadable").first).to_be_visible()
    await new.get_by_role("link", name="Read it with the recovery key").first.click()
    await new.locator("main form input").fill("EsT1 this is not it")
    await new.get_by_role("button", name="Unlock").click()
    await expect(new.get_by_text("not the recovery key of your account")).to_be_visible()
    await new.locator("main form input").fill(key)
    await new.get_by_role("button", name="Unlock").click()
    await expect(new.get_by_text("This device is verified")).to_be_visible(timeout=30_000)
    await new.get_by_role("link", name="Staff matters").click()
    await expect(message(new, "said before the second device")).to_be_visible()
    await expect(message(new, "answered before it, too")).to_be_visible()
    await expect(new.locator(".unreadable")).to_have_count(0)


async def test_a_device_and_a_person_are_verified_by_pictures(people: People) -> None:
    _room, first, second = await encrypted(people)
    ours, theirs = await enter(people, first), await enter(people, second)
    await make_key(ours)
    await make_key(theirs)

    new = await enter(people, first)
    await new.evaluate("location.hash = '#/security'")
    await new.get_by_role("button", name="Use another device of yours").click()
    await compare(new, ours)
    await expect(new.get_by_text("This device is verified")).to_be_visible()

    for page in (ours, theirs):
        await page.get_by_role("link", name="Staff matters").click()
    await write(theirs, "Is it really you?")
    await ours.get_by_role("button", name="Desk 5", exact=True).first.click()
    await ours.get_by_role("button", name="Verify this person").click()
    await theirs.get_by_role("button", name="Accept").first.click()
    await compare(ours, theirs)
    await ours.get_by_role("link", name="Staff matters").click()
    await ours.get_by_role("button", name="Desk 5", exact=True).first.click()
    await expect(ours.get_by_role("dialog").get_by_text("Verified", exact=True)).to_be_visible()
