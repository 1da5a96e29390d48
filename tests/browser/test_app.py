"""The chat as an installed program: without a connection, with what other programs share, in new versions."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from scripts import web

from tests.browser.people import PASSWORD, People
from tests.browser.test_attachments import chip
from tests.browser.test_chat import message, write
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHARE = """([names, words]) => {
    const form = document.createElement("form");
    Object.assign(form, {action: "/app/share", method: "POST", enctype: "multipart/form-data"});
    for (const [name, value] of Object.entries(words)) {
        const field = document.createElement("input");
        Object.assign(field, {name, value});
        form.append(field);
    }
    const files = document.createElement("input"), transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File(["shared " + name], name, {type: "text/plain"}));
    Object.assign(files, {type: "file", name: "files", multiple: true, files: transfer.files});
    form.append(files);
    document.body.append(form);
    form.submit();
}"""


async def has_worker(page: Page) -> None:
    """Wait until the page is looked after by its service worker."""
    await page.evaluate(
        "new Promise(done => (function look() {navigator.serviceWorker.controller ? done() : setTimeout(look, 50) })())"
    )


async def share(page: Page, *names: str, **words: str) -> None:
    """Share files and words with the chat, as the system does it."""
    async with page.expect_navigation(url=re.compile("#/share")):
        await page.evaluate(SHARE, [list(names), words])


@pytest.mark.parametrize(("language", "shortcut"), [("en-GB", "Find somebody"), ("zh-CN", "查找联系人")])
async def test_it_can_be_installed(people: People, language: str, shortcut: str) -> None:
    page = await people.open(language=language)
    await has_worker(page)
    session = await page.context.new_cdp_session(page)
    await expect(page.locator("link[rel=manifest]")).to_have_attribute(
        "href", re.compile("zh" if language == "zh-CN" else "manifest.web")
    )
    found = await session.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest: dict[str, Any] = await page.evaluate(
        "fetch(document.querySelector('link[rel=manifest]').href).then(answer => answer.json())"
    )
    assert shortcut in [one["name"] for one in manifest["shortcuts"]]
    for icon in manifest["icons"]:
        if icon["type"] == "image/png":
            size = await page.evaluate(
                "url => fetch(url).then(a => a.blob()).then(createImageBitmap).then(i => `${i.width}x${i.height}`)",
                icon["src"],
            )
            assert size == icon["sizes"]
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [one["errorId"] for one in errors if one["errorId"] != "in-incognito"] == []


async def test_without_a_connection_it_starts_from_the_device(people: People) -> None:
    _room, [customer, _desk] = await people.talking("Customer 4", "Front desk")
    page = await people.sign_in(customer)
    await has_worker(page)
    await page.get_by_role("link", name="Delivery").click()
    await write(page, "Before the connection was lost")
    await expect(
        message(page, "Before the connection was lost").get_by_role("img", name="Sent", exact=True)
    ).to_be_visible()
    # Only what was built is kept: no answers of the API, no media.
    kept: list[str] = await page.evaluate(
        """caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))
            .then(all => all.flat().map(one => new URL(one.url).pathname))"""
    )
    assert kept
    assert [path for path in kept if path != "/app" and not re.match(r"/app/(assets/|icon)", path)] == []
    await people.process.stop()
    await page.reload()
    await expect(page.locator(".banner")).to_contain_text("No connection", timeout=60_000)
    await expect(page.locator(".frame")).to_be_visible()
    await people.process.start()
    await expect(page.locator(".banner")).to_be_hidden(timeout=60_000)
    await expect(message(page, "Before the connection was lost")).to_be_visible()


async def test_what_is_shared_before_signing_in_goes_to_the_room_that_is_chosen(people: People) -> None:
    _room, [customer, desk] = await people.talking("Customer 4", "Front desk")
    ours = await people.sign_in(desk)
    await ours.get_by_role("link", name="Delivery").click()
    page = await people.open()
    await has_worker(page)
    await share(page, "photo.txt", "invoice.txt", title="Order 4711", url="https://example.org/orders/4711")
    await page.locator("input[name=username]").fill(customer.name)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("button[type=submit]").click()
    await expect(page.get_by_role("heading", name="Share to")).to_be_visible()
    for name in ("photo.txt", "invoice.txt"):
        await expect(chip(page, name)).to_contain_text("ready to send")
    await page.get_by_role("button", name="Delivery").click()
    await expect(chip(page, "photo.txt")).to_contain_text("ready to send")
    field = page.get_by_role("textbox", name="Message", exact=True)
    await expect(field).to_have_value("Order 4711\nhttps://example.org/orders/4711")
    await field.press("Enter")
    await expect(message(ours, "Order 4711")).to_contain_text("photo.txt")
    await expect(message(ours, "invoice.txt")).to_be_visible()
    # Nothing of it comes back, and what is not wanted is gone.
    await share(page, "wrong.txt")
    await expect(chip(page, "wrong.txt")).to_contain_text("ready to send")
    await page.get_by_role("button", name="Don't share").click()
    await share(page, text="Only words")
    await expect(page.get_by_text("Only words")).to_be_visible()
    await expect(page.locator(".attachment")).to_have_count(0)


async def test_a_new_version_comes_whole_and_when_asked(browser: Browser, tmp_path: Path) -> None:
    """A server whose pages change while somebody uses them."""
    source = tmp_path / "src" / "roomkeeper"
    shutil.copytree(web.ROOT / "src" / "roomkeeper", source)
    process = await ServerProcess(tmp_path / "data", PYTHONPATH=str(source.parent)).start()
    people = People(browser, process)
    try:
        _room, [customer, _desk] = await people.talking("Customer 4", "Front desk")
        page = await people.sign_in(customer)
        await has_worker(page)
        built = source / "web_dist"
        worker = (built / "sw.js").read_text()
        [version] = set(re.findall(r"[`\"']([0-9a-f]{16})[`\"']", worker))
        (built / "sw.js.gz").unlink(missing_ok=True)
        (built / "sw.js").write_text(worker.replace(version, "f" * 16))
        index = (built / "index.html").read_text()
        (built / "index.html").write_text(index.replace("<title>", '<meta name="build" content="new"><title>'))
        await page.reload()
        await expect(page.get_by_text("There is a new version")).to_be_visible()
        await expect(page.locator("meta[name=build]")).to_have_count(0)
        async with page.expect_navigation():
            await page.get_by_role("button", name="Reload").click()
        await expect(page.locator("meta[name=build]")).to_have_count(1)
        await expect(page.get_by_role("link", name="Delivery")).to_be_visible()
        await expect(page.get_by_text("There is a new version")).to_have_count(0)
        assert await page.evaluate("caches.keys()") == ["roomkeeper-app-" + "f" * 16]
    finally:
        await people.leave()
        await process.stop()
    assert people.errors == []
