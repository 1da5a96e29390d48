"""What goes wrong and goes on, what others see of one, narrow windows, keys; and that actions are noted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests import samples
from tests.browser import office
from tests.browser.people import People
from tests.browser.test_chat import both, message, write
from tests.browser.test_look import findings

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEND = "**/_matrix/client/v3/rooms/*/send/**"
NARROWEST = (320, 640)


async def tracked(page: Page) -> list[str]:
    """The names of the actions that the page has noted, oldest first."""
    return list(await page.evaluate("roomkeeper.tracked().map(one => one.name)"))


async def test_a_refused_message_is_sent_again_or_discarded(people: People) -> None:
    people.expected.append("status of 403")
    theirs, ours = await both(people)
    refusal = {"errcode": "M_FORBIDDEN", "error": "Not now."}
    await theirs.route(SEND, lambda route: route.fulfill(status=403, json=refusal))
    await write(theirs, "The first attempt")
    await expect(message(theirs, "The first attempt").get_by_role("alert")).to_contain_text("Not now.")
    await write(theirs, "Better not")
    await message(theirs, "Better not").get_by_role("button", name="Delete this unsent message").click()
    await expect(message(theirs, "Better not")).to_have_count(0)
    await theirs.unroute(SEND)
    await message(theirs, "The first attempt").get_by_role("button", name="Send again").click()
    await expect(message(ours, "The first attempt")).to_be_visible()
    await expect(theirs.get_by_role("alert")).to_have_count(0)
    await expect(message(ours, "Better not")).to_have_count(0)


async def test_who_is_there_and_what_they_do_is_seen(people: People) -> None:
    theirs, ours = await both(people)
    head = theirs.locator(".head p")
    await expect(head).to_contain_text("active")
    await ours.get_by_role("link", name="Settings").click()
    await ours.get_by_role("textbox", name="What you do").fill("In a meeting until two")
    await ours.get_by_role("radiogroup", name="How others see you").get_by_text("Away").click()
    await expect(head).to_contain_text("away")
    await expect(head).to_contain_text("In a meeting until two")
    await ours.get_by_role("radiogroup", name="How others see you").get_by_text("Invisible").click()
    await expect(head).not_to_contain_text("away")
    await ours.reload()
    await expect(ours.get_by_role("radio", name="Invisible")).to_be_checked()


async def test_a_picture_of_oneself_is_cut_shown_and_taken_away(people: People, tmp_path: Path) -> None:
    theirs, ours = await both(people)
    await ours.get_by_role("link", name="Settings").click()
    profile = ours.get_by_role("region", name="Profile")
    picture = tmp_path / "me.png"
    picture.write_bytes(samples.png(900, 500))
    await profile.locator("input[type=file]").set_input_files(picture)
    dialog = ours.get_by_role("dialog")
    await dialog.get_by_role("slider").press("ArrowRight")
    await dialog.get_by_role("img", name="Your picture").press("ArrowRight")
    assert await findings(ours) == []
    await dialog.get_by_role("button", name="Use this picture").click()
    await expect(profile.locator("img")).to_be_visible()
    await ours.get_by_role("link", name="Delivery").click()
    await write(ours, "This is me")
    await expect(message(theirs, "This is me").locator("img")).to_be_visible()
    await ours.get_by_role("link", name="Settings").click()
    size = await ours.evaluate(
        """async () => {
            const {accessToken, userId} = JSON.parse(localStorage.getItem("roomkeeper.session"));
            const headers = {authorization: `Bearer ${accessToken}`};
            const profile = await fetch(`/_matrix/client/v3/profile/${userId}/avatar_url`, {headers});
            const {avatar_url} = await profile.json();
            const answer = await fetch(`/_matrix/client/v1/media/download/${avatar_url.slice(6)}`, {headers});
            const {width, height} = await createImageBitmap(await answer.blob());
            return [width, height];
        }"""
    )
    assert size == [512, 512]
    await profile.get_by_role("button", name="Remove the picture").click()
    await expect(profile.locator("img")).to_have_count(0)


async def test_keys_are_listed_and_lead_everywhere(people: People) -> None:
    theirs, _ours = await both(people)
    for text in ("one", "two", "three"):
        await write(theirs, text)
        await expect(message(theirs, text)).to_be_visible()
    log = theirs.get_by_role("log")
    await log.focus()
    await theirs.keyboard.press("ArrowUp")
    await expect(message(theirs, "three")).to_be_focused()
    await theirs.keyboard.press("ArrowUp")
    await expect(message(theirs, "two")).to_be_focused()
    await expect(message(theirs, "two").get_by_role("button", name="Reply")).to_be_visible()
    await theirs.keyboard.press("ArrowDown")
    await expect(message(theirs, "three")).to_be_focused()
    await theirs.keyboard.press("?")
    await expect(theirs.get_by_role("dialog", name="Keys")).to_be_visible()
    assert await findings(theirs) == []
    await theirs.keyboard.press("Escape")
    await expect(theirs.get_by_role("dialog")).to_have_count(0)
    await expect(message(theirs, "three")).to_be_focused()
    await theirs.keyboard.press("Escape")
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_be_focused()
    await theirs.get_by_role("link", name="Settings").click()
    await theirs.keyboard.press("Escape")
    await expect(theirs.get_by_role("heading", name="Choose a room")).to_be_visible()
    link = theirs.locator(".rooms a").first
    await link.focus()
    await theirs.keyboard.press("ArrowDown")
    await expect(link).to_be_focused()  # there is one room alone


async def test_nothing_is_wider_than_the_narrowest_window(people: People, tmp_path: Path) -> None:
    desk = await office.fill(people)
    page = await people.sign_in(desk, size=NARROWEST)
    fitting = """document.documentElement.scrollWidth <= innerWidth
        && ![...document.querySelectorAll('.page, .rooms, [data-virtuoso-scroller]')]
            .some(one => one.scrollWidth > one.clientWidth)"""

    async def fits(where: str) -> None:
        assert await page.evaluate(fitting), where

    await fits("rooms")
    await page.get_by_role("link", name="Delivery").click()
    await expect(page.locator(".message", has_text="谢谢")).to_be_in_viewport()
    file = tmp_path / "a name of a file that is much longer than the window is wide, and has no end.png"
    file.write_bytes(samples.png(900, 300))
    await page.locator("input[type=file]").first.set_input_files(file)
    await expect(page.locator(".attachment")).to_contain_text("ready to send")
    await fits("room")
    await write(page, "longwordwithoutanyspace" * 12)
    await expect(message(page, "longword")).to_be_in_viewport()
    await fits("message")
    await page.locator(".thread-link").click()
    await expect(page.locator(".side .message").nth(2)).to_be_visible()
    await fits("thread")
    await page.keyboard.press("Escape")
    for hash_ in ("#/settings", "#/share/Some%20words"):
        await page.evaluate("hash => { location.hash = hash }", hash_)
        await expect(page.locator(".page")).to_be_visible()
        await fits(hash_)


async def test_actions_of_weight_are_noted_without_what_was_written(people: People, tmp_path: Path) -> None:
    theirs, _ours = await both(people)
    file = tmp_path / "photo.png"
    file.write_bytes(samples.png(90, 30))
    for _ in range(2):
        await theirs.locator("input[type=file]").set_input_files(file)
        await expect(theirs.locator(".attachment")).to_contain_text("ready to send")
        if _ == 0:
            await theirs.get_by_role("button", name="Remove photo.png").click()
    await write(theirs, "A secret word")
    await expect(message(theirs, "A secret word")).to_be_visible()
    await message(theirs, "A secret word").hover()
    await message(theirs, "A secret word").get_by_role("button", name="React").click()
    await theirs.get_by_role("menuitem", name="👍").click()
    await theirs.get_by_role("link", name="Settings").click()
    await theirs.get_by_role("radiogroup", name="How others see you").get_by_text("Away").click()
    await theirs.get_by_role("textbox", name="Your name").fill("Customer 5")
    await theirs.get_by_role("region", name="Profile").get_by_role("button", name="Save").click()
    await expect(theirs.get_by_role("region", name="Profile").get_by_role("button", name="Saved")).to_be_visible()
    names = await tracked(theirs)
    for name in (
        "sign_in",
        "room_open",
        "attachment_add",
        "attachment_remove",
        "message_send",
        "message_react",
        "presence_change",
        "profile_change",
    ):
        assert name in names, names
    noted = await theirs.evaluate("JSON.stringify(roomkeeper.tracked())")
    assert not re.search("secret|photo|Customer", noted)


async def test_the_notices_of_others_software_are_there(people: People) -> None:
    account = await people.account("customer4", "Customer 4")
    page = await people.sign_in(account)
    await page.get_by_role("link", name="Settings").click()
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Software of others").click()
    notices = await opened.value
    for part in (
        "matrix-js-sdk 43",
        "react 19",
        "@mantine/core 9",
        "Licence: Apache-2.0",
        "Permission is hereby granted",
    ):
        await expect(notices.locator("body")).to_contain_text(part)
