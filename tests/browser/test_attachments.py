"""Files beside what one writes: they are uploaded and checked meanwhile, and nobody waits for them to press send."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from tests import samples
from tests.browser.people import Account, People
from tests.browser.test_chat import message, write
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPLOADS = "**/_matrix/media/v3/upload/**"


class Gate:
    """Holds uploads of a page until they are let through, and notes what they say."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.digests: list[str] = []
        self.held: dict[str, asyncio.Event] = {}
        self.failing: set[str] = set()

    async def start(self) -> None:
        """Stand between the page and the server."""
        await self.page.route(UPLOADS, self._pass)

    def hold(self, name: str) -> asyncio.Event:
        """Hold the uploads of a file of this name until the event is set."""
        return self.held.setdefault(name, asyncio.Event())

    async def _pass(self, route: Route, request: Request) -> None:
        self.digests.append(request.headers.get("content-digest", ""))
        for name, event in list(self.held.items()):
            if name in request.url:
                await event.wait()
        for name in list(self.failing):
            if name in request.url:
                self.failing.discard(name)
                await route.abort()
                return
        try:
            await route.continue_()
        except Exception as gone:
            # The page gave the upload up, or was loaded anew.
            if "closed" not in str(gone) and "Invalid" not in str(gone) and "already" not in str(gone):
                raise


async def talking(people: People) -> tuple[str, Account, Page, Page]:
    """A room, who writes in it, their page, and that of the other."""
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    pages = await people.sign_in(customer), await people.sign_in(desk)
    for page in pages:
        await page.get_by_role("link", name="Delivery").click()
    return room_id, customer, *pages


def picture(folder: Path, name: str, width: int = 320) -> Path:
    """A picture on the disk."""
    file = folder / name
    file.write_bytes(samples.png(width, 200))
    return file


def chip(page: Page, name: str) -> Any:
    """The attachment of this name in the composer."""
    return page.locator(".attachment", has_text=name)


async def names_shown(page: Page) -> list[str]:
    """The names of the pictures in the conversation, from above to below."""
    return [str(await one.get_attribute("alt")) for one in await page.locator(".message .picture img").all()]


async def test_send_never_waits_and_the_message_carries_the_checksum(people: People, tmp_path: Path) -> None:
    room_id, customer, theirs, ours = await talking(people)
    gate = Gate(theirs)
    await gate.start()
    through = gate.hold("slow.png")
    file = picture(tmp_path, "slow.png")
    await theirs.locator("input[type=file]").set_input_files(file)
    await expect(chip(theirs, "slow.png")).to_contain_text("Uploading")
    await write(theirs, "This is how it came")
    await expect(theirs.locator(".attachment")).to_have_count(0)
    waiting = message(theirs, "This is how it came")
    await expect(waiting).to_contain_text("Sending when checked")
    await expect(waiting.get_by_role("img", name="slow.png")).to_be_visible()
    await write(theirs, "A word meanwhile")
    await expect(message(ours, "A word meanwhile")).to_be_visible()
    await expect(message(ours, "This is how it came")).to_have_count(0)
    through.set()
    await expect(message(ours, "This is how it came").get_by_role("img", name="slow.png")).to_be_visible()
    await expect(message(theirs, "This is how it came").get_by_role("img", name="Read", exact=True)).to_be_visible()
    await expect(waiting).to_have_count(1)

    digest = base64.b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
    assert gate.digests == [f"sha-256=:{digest}:"]
    chunk = (await customer.call("GET", f"/rooms/{room_id}/messages?dir=b&limit=10"))["chunk"]
    [content] = [one["content"] for one in chunk if one["content"].get("msgtype") == "m.image"]
    assert content["org.roomkeeper.sha256"] == digest.rstrip("=")
    assert (content["body"], content["filename"]) == ("This is how it came", "slow.png")
    assert content["info"] == {"mimetype": "image/png", "size": file.stat().st_size, "w": 320, "h": 200}


async def test_several_files_keep_their_order_and_a_failed_one_is_tried_again(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    gate = Gate(theirs)
    await gate.start()
    through = gate.hold("first.png")
    gate.failing.add("second.png")
    files = [picture(tmp_path, f"{name}.png", 200) for name in ("first", "second", "third", "fourth")]
    await theirs.locator("input[type=file]").set_input_files(files)
    await expect(chip(theirs, "second.png")).to_contain_text("No connection")
    await expect(chip(theirs, "third.png")).to_contain_text("ready to send")
    await expect(chip(theirs, "fourth.png")).to_contain_text("ready to send")
    await chip(theirs, "second.png").get_by_role("button", name="Try again").click()
    await expect(chip(theirs, "second.png")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Send").click()
    await expect(theirs.get_by_text("Sending when checked")).to_have_count(4)
    through.set()
    await expect(theirs.get_by_text("Sending when checked")).to_have_count(0)
    await expect(ours.locator(".message .picture img")).to_have_count(4)
    assert await names_shown(ours) == ["first.png", "second.png", "third.png", "fourth.png"]


async def test_closing_an_attachment_ends_its_upload(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    gate = Gate(theirs)
    await gate.start()
    through = gate.hold("unwanted.png")
    await theirs.locator("input[type=file]").set_input_files(picture(tmp_path, "unwanted.png"))
    await expect(chip(theirs, "unwanted.png")).to_contain_text("Uploading")
    async with theirs.expect_event("requestfailed", lambda request: "unwanted.png" in request.url):
        await chip(theirs, "unwanted.png").get_by_role("button", name="Remove unwanted.png").click()
    await expect(theirs.locator(".attachment")).to_have_count(0)
    through.set()
    # The same for a message that was sent off already.
    again = gate.hold("second-thoughts.png")
    await theirs.locator("input[type=file]").set_input_files(picture(tmp_path, "second-thoughts.png"))
    await theirs.get_by_role("button", name="Send").click()
    async with theirs.expect_event("requestfailed", lambda request: "second-thoughts.png" in request.url):
        await theirs.get_by_role("button", name="Delete this unsent message").click()
    again.set()
    await write(theirs, "Nothing attached")
    await expect(message(ours, "Nothing attached")).to_be_visible()
    await expect(ours.locator(".message .picture")).to_have_count(0)


async def test_files_and_messages_on_their_way_outlive_a_reload(people: People, tmp_path: Path) -> None:
    # An upload may reach the server without its page learning of it: then the file gets another id.
    people.expected.append("409 (Conflict)")
    _room, _customer, theirs, ours = await talking(people)
    gate = Gate(theirs)
    await gate.start()
    gate.hold("sent-off.png")
    gate.hold("beside.png")
    await theirs.locator("input[type=file]").set_input_files(picture(tmp_path, "sent-off.png"))
    await write(theirs, "Sent before the reload")
    await expect(message(theirs, "Sent before the reload")).to_contain_text("Sending when checked")
    await theirs.locator("input[type=file]").set_input_files(picture(tmp_path, "beside.png"))
    await expect(chip(theirs, "beside.png")).to_contain_text("Uploading")
    await theirs.get_by_role("textbox", name="Message", exact=True).fill("Not sent yet")
    await theirs.unroute(UPLOADS)
    await theirs.reload()
    await expect(message(ours, "Sent before the reload").get_by_role("img", name="sent-off.png")).to_be_visible()
    await expect(chip(theirs, "beside.png")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Send").click()
    await expect(message(ours, "Not sent yet").get_by_role("img", name="beside.png")).to_be_visible()
    # What has left is kept no longer.
    await theirs.reload()
    await expect(message(theirs, "Not sent yet")).to_be_visible()
    await expect(theirs.locator(".attachment")).to_have_count(0)
    await expect(message(theirs, "Not sent yet")).to_have_count(1)


async def test_what_changed_since_it_was_chosen_is_not_sent(people: People, tmp_path: Path) -> None:
    """The second checksum is computed from the bytes that are there at send."""
    _room, _customer, theirs, _ours = await talking(people)
    file = picture(tmp_path, "contract.png")
    await theirs.locator("input[type=file]").set_input_files(file)
    await expect(chip(theirs, "contract.png")).to_contain_text("ready to send")
    file.write_bytes(samples.png(321, 201))
    await theirs.get_by_role("button", name="Send").click()
    await expect(theirs.get_by_role("alert")).to_contain_text("it was changed or removed")
    await theirs.get_by_role("button", name="Remove contract.png").click()
    await expect(theirs.get_by_role("alert")).to_have_count(0)


async def test_files_come_by_paste_drop_and_camera(people: People) -> None:
    _room, _customer, theirs, ours = await talking(people)
    make = """name => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["order " + name], name, {type: "text/plain"}));
        return transfer;
    }"""
    pasted = await theirs.evaluate_handle(make, "pasted.txt")
    await theirs.get_by_role("textbox", name="Message", exact=True).evaluate(
        """(field, clipboardData) => field.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}))""",
        pasted,
    )
    await expect(chip(theirs, "pasted.txt")).to_contain_text("ready to send")
    dropped = await theirs.evaluate_handle(make, "dropped.txt")
    await theirs.dispatch_event(".main", "dragover", {"dataTransfer": dropped})
    await expect(theirs.get_by_text("Drop files to attach them")).to_be_visible()
    await theirs.dispatch_event(".main", "drop", {"dataTransfer": dropped})
    await expect(theirs.get_by_text("Drop files to attach them")).to_be_hidden()
    await expect(chip(theirs, "dropped.txt")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Attach").click()
    await theirs.get_by_role("menuitem", name="Photo or video").click()
    await theirs.get_by_role("button", name="Take the photo").click()
    await expect(theirs.get_by_role("dialog")).to_have_count(0)
    await expect(chip(theirs, "photo-")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Send").click()
    await expect(ours.locator(".message .file", has_text="pasted.txt")).to_be_visible()
    await expect(ours.locator(".message .file", has_text="dropped.txt")).to_be_visible()
    image = ours.locator(".message .picture img")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.naturalWidth > 100")


async def test_what_is_too_large_says_so_and_holds_up_nothing(browser: Browser, tmp_path: Path) -> None:
    process = await ServerProcess(tmp_path / "data", ROOMKEEPER_MEDIA_MAX_UPLOAD_SIZE="2000").start()
    people = People(browser, process)
    try:
        _room, _customer, theirs, ours = await talking(people)
        small, large = tmp_path / "small.txt", tmp_path / "large.txt"
        small.write_text("order")
        large.write_text("order " * 1000)
        await theirs.locator("input[type=file]").set_input_files([large, small])
        await expect(chip(theirs, "large.txt")).to_contain_text("Can't be sent: it has 6 KB, and 2 KB is the most")
        await expect(chip(theirs, "small.txt")).to_contain_text("ready to send")
        await theirs.get_by_role("button", name="Send").click()
        await expect(ours.locator(".message .file", has_text="small.txt")).to_be_visible()
        await expect(chip(theirs, "large.txt")).to_be_visible()
    finally:
        await people.leave()
        await process.stop()
    assert people.errors == []
