"""Makes the icons of the installable chat from ``web/public/icon.svg``, the one source; the repository keeps them.

Run it after the drawing has changed: ``python -m scripts.icons``. It needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import async_playwright
from tests.browser import chromium

from scripts import web

FOLDER = web.FOLDER / "public"
SOURCE = FOLDER / "icon.svg"
MASKED_SHARE = 0.7
"""How much of a maskable icon the drawing takes: systems cut its edges off as they like. W3C manifest §masks"""
ICONS = {"icon-192.png": (192, False), "icon-512.png": (512, False), "icon-maskable-512.png": (512, True)}


def drawing(size: int, *, is_maskable: bool) -> str:
    """A page that is the icon and nothing else. A maskable one has its colour up to the edges."""
    source = SOURCE.read_text()
    colour = "transparent"
    side = size
    if is_maskable:
        found = re.search(r'<rect[^>]*fill="(#[0-9a-f]{6})"', source)
        assert found is not None, "the drawing begins with its ground"
        colour, side = found[1], round(size * MASKED_SHARE)
    style = f"margin:0;width:{size}px;height:{size}px;display:grid;place-items:center;background:{colour}"
    return f'<body style="{style}">{source.replace("<svg ", f"<svg width={side} height={side} ", 1)}</body>'


async def make() -> None:
    """Write all icons."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium.install()), args=chromium.ARGUMENTS)
        for name, (size, is_maskable) in ICONS.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            await page.set_content(drawing(size, is_maskable=is_maskable))
            await page.screenshot(path=FOLDER / name, omit_background=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(make())
