"""The widget on a plain web page of another origin, with a strict Content-Security-Policy."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, Locator, Page, Route, ViewportSize, expect
from scripts import widget as script

from tests.browser.widget_world import HOSTILE, SCREENSHOTS, SECRET, Desk, World, browser, until, world

MAX_COMPRESSED = 60 * 1024
AXE = script.SOURCE / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module", autouse=True)
def built() -> Path:
    """The widget, built where that is needed."""
    return script.build()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    """A server, and a page."""
    async with world(tmp_path) as made:
        yield made


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    async with browser() as started:
        yield started


def signed(**claims: Any) -> str:
    """The page's word for who somebody is."""

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    said = {"sub": "customer-7", "name": "Customer 7", "aud": "shop", "exp": int(time.time()) + 600, **claims}
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}"
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def picture(colour: str, size: tuple[int, int] = (320, 200)) -> bytes:
    """A PNG."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


async def visit(chromium: Browser, shop: World, **context: Any) -> Page:
    """The page, in a browser of its own, with the widget there."""
    page = await (await chromium.new_context(viewport=WIDE, **context)).new_page()
    page.set_default_timeout(20_000)
    await page.goto(shop.url)
    await expect(launcher(page)).to_be_visible()
    return page


def launcher(page: Page) -> Locator:
    """The button."""
    return page.locator(".launcher")


def bubbles(page: Page) -> Locator:
    """What was said, with the greeting first."""
    return page.locator(".bubble")


async def write(page: Page, text: str) -> None:
    """Open the panel where it is not, and write."""
    if not await page.locator(".panel").is_visible():
        await launcher(page).click()
    await page.locator("textarea").fill(text)
    await page.keyboard.press("Enter")


def test_it_is_small(built: Path) -> None:
    size = len(gzip.compress(built.read_bytes(), 9))
    print(f"\nwidget.js: {size / 1024:.1f} KiB compressed of {MAX_COMPRESSED // 1024}")
    assert size <= MAX_COMPRESSED


async def test_a_conversation(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await launcher(page).click()
    await expect(bubbles(page)).to_have_text(["Hello! How can we help you with your order?"])
    await expect(page.get_by_text("This conversation is recorded.")).to_be_visible()
    assert await shop.desk.sessions() == [], "who only looks is nobody's work"
    await write(page, "Where is my order?")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "Where is my order?")
    await expect(page.locator("header p")).to_have_text("Sales desk 3")
    await shop.desk.send(room, "On its way: https://example.org/track")
    await expect(bubbles(page).last).to_have_text("On its way: https://example.org/track")
    await expect(bubbles(page).last.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(page.locator("[role=status]")).to_contain_text("Sales desk 3: On its way")

    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_be_hidden()
    await shop.desk.send(room, "Anything else?")
    await expect(page.locator(".badge")).to_have_text("1")
    await expect(launcher(page)).to_have_attribute("aria-label", "Open the chat, 1 unread message")
    await page.reload()
    await expect(page.locator(".badge")).to_have_text("1")
    await launcher(page).click()
    await expect(bubbles(page)).to_have_count(4)
    await page.keyboard.press("Escape")
    await expect(page.locator(".badge")).to_be_hidden()

    events = await shop.desk.ask("GET", f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=1")
    newest = quote(events["chunk"][0]["event_id"])
    await shop.desk.ask("POST", f"/_matrix/client/v3/rooms/{quote(room)}/receipt/m.read/{newest}", {})
    await launcher(page).click()
    await expect(page.locator("li.own .meta")).to_contain_text("Read")
    await page.locator("textarea").type("Thank")

    async def is_typing() -> bool:
        sync = await shop.desk.ask("GET", "/_matrix/client/v3/sync")
        events = sync["rooms"]["join"][room]["ephemeral"]["events"]
        return any(event["type"] == "m.typing" and event["content"]["user_ids"] for event in events)

    await until(is_typing)
    assert complaints == []
    assert await page.context.cookies() == []


async def test_pictures_both_ways(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "See this")
    room, red = await shop.desk.room(), picture("#cc2222")
    await page.set_input_files("input[type=file]", {"name": "red.png", "mimeType": "image/png", "buffer": red})
    await expect(page.locator(".attachment")).to_contain_text("Ready to send")
    await expect(page.locator(".attachment img")).to_be_visible()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".attachment")).to_have_count(0)
    await shop.desk.until_told(room, "See this", "red.png")
    sent = (await shop.desk.messages(room))[-1]
    assert (sent["msgtype"], sent["info"]["w"], sent["info"]["h"]) == ("m.image", 320, 200)
    assert await shop.desk.download(sent["url"]) == red
    blue = await shop.desk.upload(picture("#2222cc"), "image/png")
    info = {"w": 320, "h": 200, "mimetype": "image/png"}
    await shop.desk.send(room, "blue.png", msgtype="m.image", url=blue, info=info)
    shown = page.get_by_role("button", name="Picture: blue.png").locator("img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    async with page.expect_download() as waited:
        await shown.click()
    saved = await (await waited.value).path()
    assert saved.read_bytes() == picture("#2222cc")


async def test_the_same_person_in_two_browsers(shop: World, chromium: Browser) -> None:
    shop.attributes = f'data-identity="{signed()}"'
    phone, laptop = await visit(chromium, shop), await visit(chromium, shop)
    await write(phone, "From the phone")
    room = await shop.desk.room()
    await laptop.reload()
    await launcher(laptop).click()
    await expect(bubbles(laptop).last).to_have_text("From the phone")
    await write(laptop, "And from the laptop")
    await expect(bubbles(phone).last).to_have_text("And from the laptop")
    await shop.desk.until_told(room, "From the phone", "And from the laptop")
    assert len(await shop.desk.sessions()) == 1
    shop.attributes = f'data-identity="{signed(sub="customer-8")}"'
    await laptop.reload()
    await expect(bubbles(laptop)).to_have_count(1)
    await write(laptop, "I am somebody else")

    async def are_two() -> bool:
        return len(await shop.desk.sessions()) == 2

    await until(are_two)


async def test_closed_and_reopened_by_writing(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "One")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "One")
    await shop.desk.ask("POST", f"/_roomkeeper/v1/sessions/{quote(room, safe='')}/close", {})
    await expect(page.locator("header p")).to_have_text("This conversation was closed. Write to go on with it.")
    await write(page, "Two")
    await expect(page.locator("header p")).to_have_text("Sales desk 3")
    await shop.desk.until_told(room, "One", "Two")


async def use_menu(page: Page) -> None:
    """Ask to end the conversation."""
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="End this conversation").click()


async def test_a_visitor_ends_the_conversation(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    more = page.get_by_role("button", name="More", exact=True)
    await launcher(page).click()
    await expect(more).to_be_hidden()
    await write(page, "One")
    first = await shop.desk.room()
    await shop.desk.until_told(first, "One")

    # Esc goes back one step, and nothing is ended by one click.
    await more.click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menuitem")).to_be_hidden()
    await use_menu(page)
    await expect(page.get_by_role("alertdialog")).to_contain_text("You can begin a new one")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("alertdialog")).to_be_hidden()
    assert (await shop.desk.sessions())[0]["state"] == "open"

    await use_menu(page)
    await page.get_by_role("button", name="End it").click()
    await expect(page.locator("header p")).to_have_text("You have ended the conversation. Write to begin a new one.")
    await expect(bubbles(page)).to_have_count(1)
    assert (await shop.desk.sessions())[0]["state"] == "closed"
    assert await page.evaluate("localStorage['roomkeeper.shop.session']") is None, "nobody reads it here afterwards"
    await page.reload()
    await write(page, "Two")

    async def are_two() -> bool:
        return [each["state"] for each in await shop.desk.sessions()] == ["open", "closed"]

    await until(are_two)
    await shop.desk.until_told(await shop.desk.room(), "Two")
    await shop.desk.until_told(first, "One")


async def test_a_person_whom_the_page_names_ends_the_conversation(shop: World, chromium: Browser) -> None:
    shop.attributes = f'data-identity="{signed()}"'
    page = await visit(chromium, shop)
    await write(page, "One")
    await shop.desk.until_told(await shop.desk.room(), "One")
    await page.route("**/close", lambda route: route.abort())
    await use_menu(page)
    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("could not be ended")
    await page.unroute("**/close")
    await page.get_by_role("button", name="End it").click()
    await expect(page.locator("header p")).to_have_text("You have ended the conversation. Write to begin a new one.")
    await write(page, "Two")

    async def are_two() -> bool:
        return [each["state"] for each in await shop.desk.sessions()] == ["open", "closed"]

    await until(are_two)
    sessions = await shop.desk.sessions()
    assert sessions[0]["customer_id"] == sessions[1]["customer_id"]
    await expect(bubbles(page)).to_have_text(["Hello! How can we help you with your order?", "Two"])
    await page.reload()
    await expect(bubbles(page)).to_have_text(["Hello! How can we help you with your order?", "Two"])


async def test_the_server_restarts_in_between(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "Before")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "Before")
    await shop.server.stop()
    await expect(page.locator(".offline")).to_be_visible()
    await write(page, "Meanwhile")
    await expect(page.locator("li.own .meta").last).to_have_text("Sending …")
    await shop.server.start()
    await shop.desk.until_told(room, "Before", "Meanwhile")
    await expect(page.locator(".offline")).to_be_hidden()
    await shop.desk.send(room, "Here again")
    await expect(bubbles(page).last).to_have_text("Here again")


async def test_a_browser_that_was_signed_out_begins_anew(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "One")
    first = await shop.desk.room()
    await shop.desk.until_told(first, "One")
    await page.evaluate(
        "localStorage['roomkeeper.shop.session'] = localStorage['roomkeeper.shop.session']"
        ".replace(/(token\\W+)\\w+/, '$1gone')"
    )
    await page.reload()
    await expect(page.locator("header p")).to_contain_text("has ended in this browser")
    await write(page, "Two")

    async def are_two() -> bool:
        return len(await shop.desk.sessions()) == 2

    await until(are_two)
    await shop.desk.until_told(await shop.desk.room(), "Two")
    await expect(page.locator("header p")).to_have_text("Sales desk 3")


async def test_a_message_that_is_refused_can_be_tried_again(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "First")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "First")
    refusal = {"errcode": "M_FORBIDDEN", "error": "Not this."}
    await page.route("**/send/**", lambda route: route.fulfill(status=403, json=refusal))
    await write(page, "Second")
    await expect(page.locator(".meta.error")).to_contain_text("Not sent. Not this.")
    await page.unroute("**/send/**")
    await page.get_by_role("button", name="Try again").click()
    await shop.desk.until_told(room, "First", "Second")
    await expect(page.locator(".meta.error")).to_have_count(0)


async def test_earlier_messages_come_when_scrolled_to(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "Go on")
    room = await shop.desk.room()
    for number in range(70):
        await shop.desk.send(room, f"Line {number}")
    await page.reload()
    await expect(bubbles(page).last).to_have_text("Line 69")
    assert await bubbles(page).count() < 60

    async def is_at_beginning() -> bool:
        await page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
        return await bubbles(page).count() == 72

    await until(is_at_beginning)
    texts = await bubbles(page).all_inner_texts()
    assert texts[1:] == ["Go on", *(f"Line {number}" for number in range(70))]


async def test_a_page_that_may_not_show_it(shop: World, chromium: Browser) -> None:
    page = await chromium.new_page()
    async with page.expect_console_message(lambda message: "is not shown" in message.text) as waited:
        await page.goto(shop.other_url)
    assert "origins" in (await waited.value).text
    await expect(launcher(page)).to_have_count(0)


async def test_the_page_does_not_break_it_nor_it_the_page(shop: World, chromium: Browser) -> None:
    shop.attributes = 'data-theme="light"'
    page = await visit(chromium, shop, reduced_motion="reduce")
    await page.evaluate("roomkeeper.open()")
    usual = [await page.locator(each).bounding_box() for each in (".launcher", ".panel", "textarea")]
    shop.style = HOSTILE
    await page.evaluate("localStorage.clear()")
    await page.reload()
    await page.evaluate("roomkeeper.open()")
    assert [await page.locator(each).bounding_box() for each in (".launcher", ".panel", "textarea")] == usual
    colour = await page.locator("textarea").evaluate("element => getComputedStyle(element).color")
    assert colour == "rgb(31, 35, 40)"
    height = "document.documentElement.scrollHeight"
    before = await page.evaluate(height)
    await page.evaluate("document.querySelector('[data-roomkeeper]').remove()")
    assert await page.evaluate(height) == before


async def test_with_the_keyboard_alone(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    focused = "document.querySelector('[data-roomkeeper]').shadowRoot.activeElement?.getAttribute('aria-label')"
    assert await page.evaluate(focused) == "Message"
    await page.keyboard.type("Hello")
    seen = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(focused))
    assert seen == ["Send", "Close the chat", "Conversation", "Attach a file", "Message", "Send"]
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    assert await page.evaluate(focused) == "Send"
    await page.keyboard.press("Escape")
    assert await page.evaluate(focused) == "Open the chat"


@pytest.mark.parametrize("accent", ["#ffe066", "#101113", "#e8590c", "#0b6bcb"])
async def test_any_accent_can_be_read(shop: World, chromium: Browser, accent: str) -> None:
    shop.attributes = f'data-accent="{accent}"'
    page = await visit(chromium, shop)
    await write(page, "Hello")
    await expect(page.locator("li.own")).to_be_visible()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        ratio = await page.evaluate(CONTRASTS)
        assert min(ratio) >= 4.5, (scheme, ratio)


CONTRASTS = """() => {
  const root = document.querySelector('[data-roomkeeper]').shadowRoot;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return ['header', '.own .bubble', '.bubble', '.launcher'].map((name) => {
    const style = getComputedStyle(root.querySelector(name));
    const [high, low] = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  });
}"""


AT_END = """() => {
  const log = document.querySelector('[data-roomkeeper]').shadowRoot.querySelector('.log');
  return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
}"""


async def serious(page: Page) -> list[str]:
    """What axe-core finds that is serious."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_how_it_looks(shop: World, chromium: Browser, language: str, scheme: Any) -> None:
    chinese = language == "zh"
    shop.language, shop.attributes = language, 'data-accent="#0b6bcb"'
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    # axe-core is brought in by the test, past the policy of the page.
    page = await visit(chromium, shop, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    await launcher(page).click()

    async def shoot(what: str) -> None:
        for width, size in ((1280, WIDE), (390, NARROW)):
            await page.set_viewport_size(size)
            await page.screenshot(path=SCREENSHOTS / f"widget-{what}-{language}-{scheme}-{width}.png")
            assert await serious(page) == []
            overflow = "document.querySelector('[data-roomkeeper]').shadowRoot.querySelector('.panel')"
            if await page.locator(".panel").is_visible():
                assert await page.evaluate(f"{overflow}.scrollWidth <= {overflow}.clientWidth")

    await shoot("new")
    await write(page, "您好，我的订单什么时候到？" if chinese else "Hello, about my order: when does it come?")
    room = await shop.desk.room()
    await shop.desk.send(room, "已经在路上了。" if chinese else "It is on its way.")
    url = await shop.desk.upload(picture("#4c6ef5"), "image/png")
    info = {"w": 320, "h": 200, "mimetype": "image/png"}
    await shop.desk.send(room, "parcel.png", msgtype="m.image", url=url, info=info)
    await expect(page.locator(".picture img")).to_be_visible()
    file = FilePayload(name="invoice-2026-11.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4 " + b"x" * 4000)
    await page.set_input_files("input[type=file]", file)
    await expect(page.locator(".attachment")).to_contain_text("可以发送" if chinese else "Ready to send")
    await page.wait_for_function(AT_END)
    await shoot("conversation")
    await page.get_by_role("button", name="更多" if chinese else "More", exact=True).click()
    await shoot("menu")
    await page.get_by_role("menuitem").click()
    await shoot("end-asked")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await launcher(page).click()
    await page.locator("header button").last.click()
    await shop.desk.send(room, "还有别的问题吗？" if chinese else "Is there anything else?")
    await expect(page.locator(".badge")).to_have_text("1")
    await shoot("closed")


# ---------------------------------------------------------------- handover


async def successor(shop: World) -> tuple[Desk, Desk]:
    """The operator, and Sales desk 5, who takes over when Sales desk 3 leaves."""
    operator = shop.operator()
    department = (await operator.ask("GET", "/_roomkeeper/v1/departments"))["departments"][0]["department_id"]
    return operator, await shop.staff("desk5", "Sales desk 5", department)


async def departs(operator: Desk) -> str:
    """Sales desk 3 leaves; the departure's id."""
    body = {"user_id": "@desk3:example.org"}
    return str((await operator.ask("POST", "/_roomkeeper/v1/departures", body))["departure_id"])


async def test_whoever_answered_has_left(shop: World, chromium: Browser) -> None:
    """The visitor is asked in the panel, says no, changes their mind, and goes on where they are."""
    page = await visit(chromium, shop, bypass_csp=True)
    await write(page, "Where is my order?")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "Where is my order?")
    await shop.desk.send(room, "On its way")
    await expect(bubbles(page).last).to_have_text("On its way")
    operator, desk = await successor(shop)
    await page.locator("textarea").fill("To Harbour Road")
    await page.keyboard.press("Escape")
    await departs(operator)
    await expect(page.locator(".badge")).to_have_text("1")
    await launcher(page).click()
    card = page.locator(".handover")
    await expect(card.locator("b")).to_have_text("Sales desk 3 has left")
    await expect(card.locator("p")).to_have_text("Sales desk 5 now takes care of you. What you have written is kept.")
    await expect(page.locator("textarea")).to_be_hidden()
    await expect(bubbles(page).filter(has_text="takes care")).to_have_count(0)
    await expect(card.get_by_role("button", name="Continue with Sales desk 5")).to_be_focused()
    assert await serious(page) == []
    await page.screenshot(path=SCREENSHOTS / "widget-handover-en.png")
    await card.get_by_role("button", name="Not now").click()
    await expect(card.locator("b")).to_have_text("Sales desk 3 can no longer receive messages")
    await page.screenshot(path=SCREENSHOTS / "widget-handover-no-en.png")
    await page.reload()
    await expect(card.locator("p")).to_contain_text("Changed your mind?")
    await card.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(card).to_be_hidden()
    await expect(page.locator("header p")).to_have_text("Sales desk 5")
    await expect(page.locator("textarea")).to_have_value("To Harbour Road")
    await page.keyboard.press("Enter")
    new = await desk.room()
    await expect(bubbles(page).last).to_have_text("To Harbour Road")
    assert "To Harbour Road" in [each.get("body") for each in await desk.messages(new)]
    await expect(bubbles(page).filter(has_text="On its way")).to_be_visible()
    await _goes_on(page, desk, new)


async def _goes_on(page: Page, desk: Desk, new: str) -> None:
    """What was said before stays, also when the page is loaded anew; unread messages are those of the new room."""
    await page.keyboard.press("Escape")
    await desk.send(new, "Noted")
    await expect(page.locator(".badge")).to_have_text("1")
    await page.reload()
    await expect(page.locator(".badge")).to_have_text("1")
    await launcher(page).click()
    await expect(bubbles(page).filter(has_text="Where is my order?")).to_be_visible()
    await expect(bubbles(page).last).to_have_text("Noted")


async def test_a_message_that_nobody_received_is_a_draft(shop: World, chromium: Browser) -> None:
    """Also for whom the page names, who goes on in another browser."""
    shop.attributes = f'data-identity="{signed()}"'
    page = await visit(chromium, shop)
    await write(page, "Where is my order?")
    await shop.desk.until_told(await shop.desk.room(), "Where is my order?")
    operator, _desk = await successor(shop)

    async def stand(route: Route) -> None:
        await departs(operator)
        await route.continue_()

    await page.route("**/send/m.room.message/**", stand, times=1)
    await write(page, "Are you there?")
    card = page.locator(".handover")
    await expect(card.locator("p")).to_contain_text("What you have written is kept.")
    await expect(bubbles(page).filter(has_text="Are you there?")).to_have_count(0)
    other = await visit(chromium, shop)
    await launcher(other).click()
    await expect(other.locator(".handover b")).to_have_text("Sales desk 3 has left")
    await expect(bubbles(other).filter(has_text="Where is my order?")).to_be_visible()
    await other.get_by_role("button", name="Continue with Sales desk 5").click()
    # The first browser follows.
    for each in (other, page):
        await expect(each.locator("header p")).to_have_text("Sales desk 5")
        await expect(each.locator("textarea")).to_be_visible()
    await expect(page.locator("textarea")).to_have_value("Are you there?")
    await page.locator("textarea").press("Enter")
    await expect(bubbles(other).last).to_have_text("Are you there?")


async def test_whoever_had_left_is_back(shop: World, chromium: Browser) -> None:
    shop.language = "zh-CN"
    page = await visit(chromium, shop)
    await write(page, "我的订单呢？")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "我的订单呢？")
    operator, _desk = await successor(shop)
    departure_id = await departs(operator)
    await expect(page.locator(".handover b")).to_have_text("Sales desk 3 已离开")
    await page.screenshot(path=SCREENSHOTS / "widget-handover-zh.png")
    await page.set_viewport_size(NARROW)
    await page.screenshot(path=SCREENSHOTS / "widget-handover-zh-phone.png")
    await operator.ask("POST", f"/_roomkeeper/v1/departures/{departure_id}/undo")
    await expect(page.locator(".handover")).to_be_hidden()
    await write(page, "您好")
    await expect(page.locator("li.own .meta").last).to_contain_text("已发送")
    assert "您好" in [each.get("body") for each in await shop.desk.messages(room)]
