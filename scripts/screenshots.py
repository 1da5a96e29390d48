"""`make screenshots`: the pictures of README.md, made anew from the running demo with Debian's Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from roomkeeper.demo.state import KNOWN

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
SIZE = ViewportSize(width=1280, height=800)
START_SECONDS = 60
WAIT_MS = 30_000
CONSOLE = "/console"
SETTLE_MS = 1500
CHART_MS = 100_000
"""What is seeded at once shows as one bar: the others are of minutes as they are."""
LAST = "Ctrl+C stops it"


@asynccontextmanager
async def demo(*options: str) -> AsyncIterator[str]:
    """The address of a demo."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "roomkeeper",
        "demo",
        *options,
        "--listen",
        "127.0.0.1:0",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        printed = ""
        async with asyncio.timeout(START_SECONDS):
            while LAST not in printed:
                line = await process.stdout.readline()
                if not line:
                    sys.exit(f"The demo has ended:\n{printed}")
                printed += line.decode()
        yield next(word for word in printed.split() if word.startswith("http://")).rstrip("/")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()


async def sign_in(browser: Browser, url: str, user: str) -> Page:
    """A page on which somebody is signed in."""
    context = await browser.new_context(
        viewport=SIZE, locale="en-GB", color_scheme="light", reduced_motion="reduce", device_scale_factor=1.5
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.goto(url)
    await page.locator("input[name=username]").fill(user)
    await page.locator("input[name=password]").fill(KNOWN)
    await page.locator("button[type=submit]").click()
    await page.locator("input[name=password]").wait_for(state="detached")
    return page


async def chat(browser: Browser, url: str) -> None:
    """What a customer sees whose desk has left."""
    page = await sign_in(browser, f"{url}/app", "customer6")
    await page.get_by_role("link", name="Sales desk 2").first.click()
    await page.locator(".message img").first.wait_for()
    await page.locator(".handover-card button").nth(1).wait_for()
    # The picture that has come has moved what was in sight.
    await page.wait_for_timeout(SETTLE_MS)
    if await page.locator(".to-end").is_visible():
        await page.locator(".to-end").click()
        await page.locator(".to-end").wait_for(state="hidden")
        await page.wait_for_timeout(SETTLE_MS)
    await shoot(page, "chat")


async def console(browser: Browser, url: str) -> None:
    """What the owner sees first, when there is something to be seen in the chart."""
    page = await sign_in(browser, url + CONSOLE, "owner")
    await page.wait_for_timeout(CHART_MS)
    await page.reload()
    await page.locator(".chart-canvas canvas").wait_for()
    await page.wait_for_timeout(SETTLE_MS)
    await shoot(page, "console")


async def shoot(page: Page, name: str) -> None:
    """Keep a picture when everything has come."""
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    await page.wait_for_function("document.fonts.status === 'loaded'")
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{name}.png"
    await page.screenshot(path=file, animations="disabled")
    print(f"{file.relative_to(FOLDER.parents[1])}: {file.stat().st_size // 1024} KiB")


async def main() -> None:
    """Make them all: of a chat in which nobody moves, and of a console while people talk."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        async with demo("--quiet") as url:
            await chat(browser, url)
        async with demo() as url:
            await console(browser, url)
        await browser.close()


if __name__ == "__main__":
    if not CHROMIUM.exists():
        sys.exit("This needs Debian's Chromium: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji")
    asyncio.run(main())
