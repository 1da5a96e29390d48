"""Finding what was said: search, links to messages, and the way to a message that is not loaded."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.async_api import Locator, Page, expect

from tests import samples
from tests.browser.office import Talk, upload
from tests.browser.people import PHONE, Account, People
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def long_talk(people: People, lines: int = 160) -> tuple[str, Account, list[str]]:
    """A room with many messages, most of which no page has loaded; their ids."""
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    talk = Talk(room_id)
    ids = []
    for number in range(lines):
        who = customer if number % 2 == 0 else desk
        body = {12: "The parcel from Hamburg arrived broken", 70: "包裹昨天已经送到了"}.get(number, f"line {number:03}")
        ids.append(await talk.say(who, body))
    return room_id, desk, ids


def address(room_id: str, event_id: str) -> str:
    """Where a message is, as a page's address tells it."""
    return f"/app#/room/{quote(room_id, safe='')}/event/{quote(event_id, safe='')}"


async def go(page: Page, url: str) -> None:
    """Follow a link inside the page."""
    await page.evaluate("url => { location.hash = url }", url.partition("#")[2])


def target(page: Page) -> Locator:
    """The message that is marked as the one that was gone to."""
    return page.locator(".message[data-target]")


async def test_a_link_leads_to_a_message_that_is_not_loaded_and_back_to_the_newest(people: People) -> None:
    room_id, desk, ids = await long_talk(people)
    page = await people.sign_in(desk)
    await go(page, address(room_id, ids[40]))
    await expect(target(page)).to_contain_text("line 040")
    await expect(target(page)).to_be_in_viewport()
    await expect(message(page, "line 159")).to_have_count(0)

    # From there on in both directions.
    log = page.get_by_role("log")
    await log.hover()
    for _ in range(80):
        if await page.get_by_text("The conversation begins here").is_visible():
            break
        await page.mouse.wheel(0, -600)
        await page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    await expect(message(page, "line 000")).to_be_visible()
    for _ in range(160):
        if await message(page, "line 159").is_visible():
            break
        await page.mouse.wheel(0, 600)
        await page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    await expect(message(page, "line 159")).to_be_visible()

    # One button leads to the end again, and what comes then is seen.
    await go(page, address(room_id, ids[30]))
    await expect(target(page)).to_contain_text("line 030")
    await page.get_by_role("button", name="To the newest message").click()
    await expect(message(page, "line 159")).to_be_in_viewport()
    await Talk(room_id).say(desk, "and one more")
    await expect(message(page, "and one more")).to_be_in_viewport()

    # Who answers there sees what they wrote.
    await go(page, address(room_id, ids[20]))
    await expect(target(page)).to_contain_text("line 020")
    await write(page, "written while looking back")
    await expect(message(page, "written while looking back")).to_be_in_viewport()


async def test_quotes_and_links_in_messages_lead_to_what_they_name(people: People) -> None:
    # One of the links leads to a message that is not there.
    people.expected.append("status of 404")
    room_id, desk, ids = await long_talk(people)
    talk = Talk(room_id, "more")
    await talk.say(desk, "As you said", **{"m.relates_to": {"m.in_reply_to": {"event_id": ids[3]}}})
    await desk.call("POST", "/createRoom", {"name": "Stock take", "room_alias_name": "stock"})
    await talk.say(desk, f"see https://matrix.to/#/{quote(room_id)}/{quote(ids[12])} for it")
    await talk.say(desk, "or https://matrix.to/#/%23stock%3A" + desk.user_id.partition(":")[2] + " there")
    page = await people.sign_in(desk)
    await page.get_by_role("link", name="Delivery").click()
    await message(page, "As you said").locator(".quote").click()
    await expect(target(page)).to_contain_text("line 003")
    await page.get_by_role("button", name="To the newest message").click()
    await message(page, "for it").get_by_role("link").click()
    await expect(target(page)).to_contain_text("Hamburg")
    await page.get_by_role("button", name="To the newest message").click()
    await message(page, "there").get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Stock take")).to_be_visible()

    # A message can be linked to, and a link that leads to nothing says so.
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("link", name="Delivery").click()
    await message(page, "As you said").hover()
    await message(page, "As you said").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Copy a link to it").click()
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{people.process.url}/app#/room/")
    await go(page, address(room_id, "$nothing"))
    await expect(page.get_by_role("alert")).to_contain_text("couldn't be opened")
    await go(page, link)
    await expect(target(page)).to_contain_text("As you said")


async def test_a_link_to_an_answer_in_a_thread_opens_the_thread(people: People) -> None:
    room_id, desk, ids = await long_talk(people, 60)
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": ids[5]}}
    answer = await Talk(room_id).say(desk, "in the thread", **thread)
    page = await people.sign_in(desk)
    await go(page, address(room_id, answer))
    await expect(page.get_by_role("complementary", name="Thread").locator(".message[data-target]")).to_contain_text(
        "in the thread"
    )


async def test_search_in_this_room_and_in_all_in_both_languages(people: People) -> None:
    _room_id, desk, _ids = await long_talk(people)
    other = (await desk.call("POST", "/createRoom", {"name": "Stock take"}))["room_id"]
    await Talk(other).say(desk, "Hamburg again, in another room")
    page = await people.sign_in(desk)
    await page.get_by_role("link", name="Delivery").click()
    await expect(message(page, "line 159")).to_be_visible()
    await page.keyboard.press("Control+f")
    panel = page.get_by_role("complementary", name="Search")
    field = panel.get_by_role("searchbox", name="Words to look for")
    await expect(field).to_be_focused()
    await field.fill("hamburg")
    await field.press("Enter")
    hits = panel.get_by_role("listitem")
    await expect(hits).to_have_count(1)
    await expect(hits.locator("mark")).to_have_text("Hamburg")
    await expect(hits).to_contain_text("line 011")
    await expect(hits).to_contain_text("line 013")

    # A hit leads to its place, and the list stays beside it.
    await hits.get_by_role("link").click()
    await expect(target(page)).to_contain_text("arrived broken")
    await expect(hits).to_have_count(1)

    await panel.get_by_text("All rooms", exact=True).click()
    await expect(hits).to_have_count(2)
    await expect(hits.first).to_contain_text("Stock take")

    await field.fill("送到")
    await field.press("Enter")
    await expect(hits).to_have_count(1)
    await expect(hits.locator("mark").first).to_have_text(re.compile("送到|送|到"))
    await hits.get_by_role("link").click()
    await expect(target(page)).to_contain_text("包裹昨天")
    await field.fill("nowhere")
    await field.press("Enter")
    await expect(panel.get_by_text("Nothing was found")).to_be_visible()
    await field.press("Escape")
    await expect(panel).to_be_hidden()


async def test_many_results_come_as_one_scrolls_and_filters_narrow_them(people: People) -> None:
    room_id, desk, _ids = await long_talk(people, 90)
    picture = await upload(desk, samples.png(64, 64), "image/png", "line.png")
    await Talk(room_id).say(desk, "line with a picture", msgtype="m.image", filename="line.png", url=picture)
    page = await people.sign_in(desk)
    await page.get_by_role("link", name="Delivery").click()
    await page.get_by_role("link", name="Search messages").click()
    panel = page.get_by_role("complementary", name="Search")
    field = panel.get_by_role("searchbox", name="Words to look for")
    await field.fill("line")
    await field.press("Enter")
    hits = panel.get_by_role("listitem")
    await expect(hits.first).to_contain_text("line with a picture")
    await hits.first.hover()
    for _ in range(80):
        if await panel.get_by_text("line 000").count() > 0:
            break
        await page.mouse.wheel(0, 800)
        await page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    await expect(panel.get_by_text("line 000").first).to_be_visible()

    await panel.get_by_role("button", name="Who, when, with files").click()
    await panel.get_by_role("switch", name="Only with a picture or file").check()
    await expect(hits).to_have_count(1)
    await panel.get_by_role("switch", name="Only with a picture or file").uncheck()
    await panel.get_by_role("combobox", name="Written by").click()
    await page.get_by_role("option", name="Customer 4").click()
    await expect(hits.first).to_contain_text("line 088")
    await panel.get_by_label("To", exact=True).fill("2001-01-01")
    await expect(panel.get_by_text("Nothing was found")).to_be_visible()


async def test_on_a_phone_a_hit_covers_the_list_and_back_shows_it_again(people: People) -> None:
    _room, desk, _ids = await long_talk(people, 80)
    page = await people.sign_in(desk, size=PHONE)
    await page.get_by_role("link", name="Delivery").click()
    await page.get_by_role("link", name="Search messages").click()
    field = page.get_by_role("searchbox", name="Words to look for")
    await field.fill("Hamburg")
    await field.press("Enter")
    await page.get_by_role("listitem").get_by_role("link").click()
    await expect(target(page)).to_be_in_viewport()
    await page.go_back()
    await expect(page.get_by_role("listitem")).to_contain_text("Hamburg")
