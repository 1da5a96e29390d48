"""How the pages look, whether everybody can use them (pictures to look at, axe-core), and what the first load weighs.

The pictures are kept under ``build/screenshots``.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Response, expect
from scripts import web

from tests.browser import office
from tests.browser.people import DESKTOP, PHONE, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = web.ROOT / "build" / "screenshots"
AXE = web.FOLDER / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
FIRST_LOAD_KIB = web.BUDGETS["index"] + 10
"""With what is fetched when somebody has signed in; the page alone is weighed by the build."""
SIZES = {"desktop": DESKTOP, "phone": PHONE}


async def findings(page: Page) -> list[str]:
    """What axe-core finds on a page that keeps somebody from using it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


class Look:
    """Takes pictures of a page in light and dark, and lets axe-core look at it."""

    def __init__(self, page: Page, size: str, language: str) -> None:
        self.page = page
        self.name = f"{size}-{language[:2]}"
        self.is_checked = language.startswith("en")  # the other language has the same elements
        self.findings: list[str] = []

    async def at(self, what: str) -> None:
        """Look at the page as it is now."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
            await self.page.screenshot(path=PICTURES / f"{what}-{self.name}-{scheme}.png", animations="disabled")
            if self.is_checked:
                self.findings += [f"{what} {scheme}: {one}" for one in await findings(self.page)]
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} is too wide"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_pages(people: People, size: str, language: str) -> None:
    desk = await office.fill(people)
    signed_out = await people.open(SIZES[size], language)
    look = Look(signed_out, size, language)
    await expect(signed_out.locator("button[type=submit]")).to_be_visible()
    await look.at("sign-in")
    found = look.findings

    page = await people.sign_in(desk, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator(".rooms section").first).to_be_visible()
    await look.at("rooms")
    await page.get_by_role("link", name="Delivery").click()
    await expect(page.locator(".message img").first).to_be_visible()
    await expect(page.locator(".message", has_text="谢谢")).to_be_in_viewport()
    await look.at("room")
    await page.locator(".thread-link").click()
    await expect(page.locator(".side .message").nth(2)).to_be_visible()
    await look.at("thread")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox")).to_be_visible()
    await look.at("jump")
    await page.keyboard.press("Escape")
    await page.evaluate("location.hash = '#/settings'")
    await expect(page.locator(".page table")).to_be_visible()
    await look.at("settings")
    assert found + look.findings == []


async def test_the_first_load_is_light(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything until the rooms are seen. What encrypted rooms need is no part of it."""
    sizes: dict[str, int] = {}
    page = await people.open(path="/")

    async def weigh(response: Response) -> None:
        name = response.url.rpartition("/")[2]
        if "/app" in response.url:
            body = await response.body()
            sizes[name] = len(gzip.compress(body, 9)) if Path(name).suffix in web.COMPRESSED else len(body)

    page.on("response", weigh)
    account = await people.account("customer4", "Customer 4")
    await page.goto(people.process.url + "/app")
    await page.locator("input[name=username]").fill(account.name)
    await page.locator("input[name=password]").fill("correct horse battery")
    await page.locator("button[type=submit]").click()
    await expect(page.locator(".rail .jump")).to_be_visible()
    total = sum(sizes.values()) / 1024
    with capsys.disabled():
        print(f"\nfirst load of the chat: {total:.0f} KiB compressed of {FIRST_LOAD_KIB}")
    assert not [name for name in sizes if name.endswith(".wasm")]
    assert total < FIRST_LOAD_KIB, sizes
