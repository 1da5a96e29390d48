"""The demo as people see it: they sign in as staff and as a customer, and visit the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, expect
from scripts import web, widget

from tests.browser.people import AWAY, SIGNED_OUT
from tests.browser.test_look import PICTURES, findings
from tests.demo import PASSWORD, DemoProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
LIVE_MS = 60_000
"""People take their time."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo() -> AsyncIterator[DemoProcess]:
    """The demo, with everybody in it."""
    web.build()
    widget.build()
    made = await DemoProcess().start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def errors() -> AsyncIterator[list[str]]:
    """What pages log as errors: nothing may be there in the end."""
    found: list[str] = []
    yield found
    assert found == []


async def visit(
    browser: Browser,
    url: str,
    errors: list[str],
    size: ViewportSize = WIDE,
    language: str = "en-GB",
    scheme: str = "light",
) -> Page:
    """A page in a browser of its own."""
    context = await browser.new_context(
        viewport=size,
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        # axe-core is brought in by the test, past the policy of the page.
        bypass_csp="/demo" in url or url.count("/") == 3,
    )
    page = await context.new_page()
    page.on("console", lambda message: note(message, errors))
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    return page


def note(message: ConsoleMessage, errors: list[str]) -> None:
    """An error in the browser's console, unless a request was refused as it has to be."""
    if message.type == "error" and not any(known in message.text for known in (*AWAY, *SIGNED_OUT)):
        errors.append(message.text)


async def sign_in(browser: Browser, demo: DemoProcess, user: str, errors: list[str]) -> Page:
    """Somebody's chat."""
    page = await visit(browser, f"{demo.url}/app", errors)
    await page.locator("input[name=username]").fill(user)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("button[type=submit]").click()
    await expect(page.locator(".rail .jump")).to_be_visible()
    return page


async def write(page: Page, text: str) -> None:
    """Write a message."""
    field = page.get_by_role("textbox", name="Message", exact=True)
    await field.fill(text)
    await field.press("Enter")


async def test_staff_and_customer(demo: DemoProcess, browser: Browser, errors: list[str]) -> None:
    desk = await sign_in(browser, demo, "desk3", errors)
    for name in ("Customer 12", "Customer 4", "客户 8", "Sales team", "Announcements"):
        await expect(desk.locator(".rooms").get_by_role("link", name=name).first).to_be_visible()
    # Nobody plays whom somebody is: a customer answers what is written to them.
    await desk.get_by_role("link", name="客户 8").first.click()
    await expect(desk.locator(".message", has_text="谢谢").first).to_be_visible()
    before = await desk.locator(".message:not(.own)").count()
    await write(desk, "您好，灯已经到货了。")
    await expect(desk.locator(".message:not(.own)")).not_to_have_count(before, timeout=LIVE_MS)

    # Both sides are people now: what one writes, the other one sees, and nobody else answers.
    customer = await sign_in(browser, demo, "customer12", errors)
    for page, name in ((desk, "Customer 12"), (customer, "Sales desk 3")):
        await page.get_by_role("link", name=name).first.click()
    await expect(customer.locator(".message img").first).to_be_visible()
    await write(desk, "Yes, on Thursday.")
    await expect(customer.locator(".message", has_text="Yes, on Thursday.")).to_be_visible()
    await write(customer, "Wonderful!")
    await expect(desk.locator(".message", has_text="Wonderful!")).to_be_visible()


async def test_the_others_talk_by_themselves(demo: DemoProcess, browser: Browser, errors: list[str]) -> None:
    page = await sign_in(browser, demo, "help2", errors)
    await page.get_by_role("link", name="Support team").click()
    await expect(page.locator(".message", has_text="Known: fixed")).to_be_visible()
    # Customers write to whom somebody is, too: live messages come.
    await expect(page.locator(".rooms .unread, .rooms [class*=Badge]").first).to_be_visible(timeout=LIVE_MS)
    shop = await visit(browser, f"{demo.url}/demo/shop", errors)
    await shop.locator(".launcher").click()
    await shop.locator("textarea").fill("Is the floor lamp there?")
    await shop.keyboard.press("Enter")
    await expect(shop.locator("li.own .bubble")).to_have_text("Is the floor lamp there?")
    await expect(shop.locator(".panel header p")).to_have_text("Sales desk 3")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_shop(demo: DemoProcess, browser: Browser, errors: list[str], language: str) -> None:
    title = "示例商店" if language == "zh" else "Example shop"
    page = await visit(browser, f"{demo.url}/demo/shop/{language}", errors)
    await page.locator(".launcher").click()
    await expect(page.locator(".panel h2")).to_have_text(title)
    # Who has signed in to the shop finds the conversation of yesterday.
    page = await visit(browser, f"{demo.url}/demo/account/{language}", errors)
    await page.locator(".launcher").click()
    await expect(page.locator(".bubble", has_text="order 4702")).to_be_visible()
    await expect(page.locator(".bubble", has_text="leaves tomorrow")).to_be_visible()


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_how_the_pages_look(
    demo: DemoProcess, browser: Browser, errors: list[str], language: str, scheme: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = await visit(browser, f"{demo.url}/", errors, WIDE, language, scheme)
    for name, size in (("desktop", WIDE), ("phone", NARROW), ("small", ViewportSize(width=320, height=640))):
        await page.set_viewport_size(size)
        for what, path in (("front", "/"), ("shop", "/demo/shop"), ("account", "/demo/account")):
            await page.goto(f"{demo.url}{path}")
            if what != "front":
                await expect(page.locator(".launcher")).to_be_visible()
            if what == "account" and name == "desktop":
                await page.locator(".launcher").click()
                await expect(page.locator(".panel header p")).to_have_text("Sales desk 3")
            picture = PICTURES / f"demo-{what}-{name}-{language[:2]}-{scheme}.png"
            await page.screenshot(path=picture, full_page=name != "desktop")
            assert await findings(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (what, name)
    await page.context.close()
