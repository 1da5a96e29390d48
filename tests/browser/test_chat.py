"""Two people talk in two browsers, over a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests import samples
from tests.browser.people import PASSWORD, Account, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def write(page: Page | Locator, text: str, label: str = "Message") -> None:
    """Write a message and send it with Enter."""
    field = page.get_by_role("textbox", name=label, exact=True)
    await field.fill(text)
    await field.press("Enter")


def message(page: Page | Locator, text: str) -> Locator:
    """The message that has this text."""
    return page.locator(".message", has_text=text)


async def use_menu(page: Page, text: str, item: str) -> None:
    """Choose from the menu of a message."""
    await message(page, text).hover()
    await message(page, text).get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name=item).click()


async def both(people: People) -> tuple[Page, Page]:
    """A customer and the desk, in the same room."""
    _room, [customer, desk] = await people.talking("Customer 4", "Front desk")
    pages = await people.sign_in(customer), await people.sign_in(desk)
    for page in pages:
        await page.get_by_role("link", name="Delivery").click()
    return pages


async def test_two_people_talk_and_go_on_after_a_restart(people: People) -> None:
    theirs, ours = await both(people)
    await write(theirs, "Hello, about the delivery")
    await expect(message(ours, "about the delivery")).to_be_visible()

    # Who writes is shown, and what was read.
    field = ours.get_by_role("textbox", name="Message", exact=True)
    await field.press_sequentially("On its")
    await expect(theirs.get_by_text("Front desk is writing")).to_be_visible()
    await field.fill("On its weigh")
    await field.press("Enter")
    await expect(message(theirs, "On its weigh")).to_be_visible()
    await expect(message(ours, "On its weigh").get_by_role("img", name="Read", exact=True)).to_be_visible()

    # An edit, a reaction, a reply, a message taken back.
    await use_menu(ours, "On its weigh", "Edit")
    await write(ours, "On its way")
    await expect(message(theirs, "On its way").get_by_text("edited")).to_be_visible()
    await message(theirs, "On its way").hover()
    await message(theirs, "On its way").get_by_role("button", name="React").click()
    await theirs.get_by_role("menuitem", name="👍").click()
    await expect(message(ours, "On its way").get_by_role("button", name="👍 by Customer 4")).to_be_visible()
    await message(theirs, "On its way").hover()
    await message(theirs, "On its way").get_by_role("button", name="Reply").click()
    await write(theirs, "Good to know")
    await expect(message(ours, "Good to know").locator(".quote")).to_contain_text("On its way")
    await write(theirs, "This was not meant for you")
    await expect(message(ours, "not meant for you")).to_be_visible()
    await use_menu(theirs, "not meant for you", "Delete")
    await theirs.get_by_role("menuitem", name="Delete for everybody?").click()
    await expect(message(ours, "This message was deleted")).to_be_visible()

    # The server goes away: what is written meanwhile is kept, and leaves when it is back.
    await people.process.stop()
    await expect(theirs.get_by_text("No connection")).to_be_visible(timeout=30_000)
    await write(theirs, "Are you still there?")
    await expect(message(theirs, "Are you still there?")).to_be_visible()
    await people.process.start()
    await expect(theirs.get_by_text("No connection")).to_be_hidden(timeout=30_000)
    await expect(message(ours, "Are you still there?")).to_be_visible(timeout=30_000)
    await write(ours, "Yes, we are")
    await expect(message(theirs, "Yes, we are")).to_be_visible()

    # What was said is there after the page is loaded anew, and nobody signs in again.
    await theirs.reload()
    await expect(message(theirs, "Good to know")).to_be_visible()
    await expect(message(theirs, "Are you still there?")).to_have_count(1)


async def test_a_picture_is_uploaded_while_one_writes_and_seen_by_the_other(people: People, tmp_path: Path) -> None:
    theirs, ours = await both(people)
    picture = tmp_path / "photo.png"
    picture.write_bytes(samples.png(640, 480))
    await theirs.locator("input[type=file]").set_input_files(picture)
    await expect(theirs.get_by_text("Ready to send")).to_be_visible()
    await write(theirs, "This is how it came")
    received = message(ours, "This is how it came").get_by_role("img", name="photo.png")
    await expect(received).to_be_visible()
    assert await received.evaluate("image => image.complete && image.naturalWidth > 0")
    await ours.get_by_role("button", name="Open the picture photo.png").click()
    await expect(ours.get_by_role("dialog").get_by_role("img", name="photo.png")).to_be_visible()
    await ours.keyboard.press("Escape")
    await expect(ours.get_by_role("dialog")).to_be_hidden()


async def test_a_thread_stands_beside_the_room(people: People) -> None:
    theirs, ours = await both(people)
    await write(theirs, "Two questions about the invoice")
    await use_menu(ours, "Two questions", "Answer in a thread")
    panel = ours.get_by_role("complementary", name="Thread")
    await write(panel, "Which ones?", "Answer in the thread …")
    await expect(message(panel, "Which ones?")).to_be_visible()
    await theirs.get_by_role("link", name="1 reply in a thread").click()
    other = theirs.get_by_role("complementary", name="Thread")
    await expect(message(other, "Which ones?")).to_be_visible()
    await expect(message(theirs.get_by_role("main"), "Which ones?")).to_have_count(0)
    await write(other, "The address, and the date", "Answer in the thread …")
    await expect(message(panel, "The address, and the date")).to_be_visible()
    await ours.keyboard.press("Escape")
    await expect(panel).to_be_hidden()


async def test_a_draft_and_a_mention(people: People) -> None:
    theirs, ours = await both(people)
    field = theirs.get_by_role("textbox", name="Message", exact=True)
    await field.fill("Not finished")
    await ours.get_by_role("link", name="Settings").click()
    await theirs.reload()
    await expect(field).to_have_value("Not finished")
    await field.fill("")
    await field.press_sequentially("Is it ready, @fro")
    await expect(theirs.get_by_role("option", name="Front desk")).to_be_visible()
    await field.press("Enter")
    await expect(field).to_have_value("Is it ready, @Front desk ")
    await field.press("Enter")
    await expect(ours.get_by_label("1 unread message, you are mentioned")).to_be_visible()
    await expect(ours).to_have_title(re.compile(r"\(1\)"))


async def test_a_chat_is_found_and_the_invitation_accepted(people: People) -> None:
    desk, customer = await people.account("frontdesk", "Front desk"), await people.account("customer4", "Customer 4")
    ours, theirs = await people.sign_in(desk), await people.sign_in(customer)
    await desk.call("POST", "/createRoom", {"preset": "private_chat", "name": "Claims", "invite": [customer.user_id]})
    await theirs.get_by_role("button", name="Accept").click()
    await expect(theirs.get_by_role("heading", name="Claims")).to_be_visible()
    await ours.keyboard.press("Control+k")
    await ours.get_by_role("combobox").fill("Customer")
    await ours.get_by_role("option", name="Customer 4").click()
    await write(ours, "Good morning")
    await theirs.get_by_role("button", name="Accept").click()
    await expect(message(theirs, "Good morning")).to_be_visible()


async def test_a_long_conversation_keeps_its_place(people: People) -> None:
    room_id, [customer, _desk] = await people.talking("Customer 4", "Front desk")
    for number in range(150):
        content = {"msgtype": "m.text", "body": f"line {number:03}"}
        await customer.call("PUT", f"/rooms/{room_id}/send/m.room.message/t{number}", content)
    page = await people.sign_in(customer)
    await page.get_by_role("link", name="Delivery").click()
    await expect(message(page, "line 149")).to_be_in_viewport()
    log = page.get_by_role("log")
    await log.hover()
    for _ in range(60):
        if await page.get_by_text("The conversation begins here").is_visible():
            break
        await page.mouse.wheel(0, -700)
        await page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    await expect(message(page, "line 000")).to_be_visible()
    assert await page.locator(".message").count() < 100, "only what is in view is in the page"
    await page.get_by_role("button", name="To the newest message").click()
    await expect(message(page, "line 149")).to_be_in_viewport()


async def test_a_wrong_password_and_signing_out(people: People) -> None:
    people.expected.append("status of 403")  # what a wrong password is answered with
    account = await people.account("customer4", "Customer 4")
    page = await people.open()
    await page.get_by_label("User name").fill("customer4")
    await page.locator("input[name=password]").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    page = await people.sign_in(account)
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert await page.evaluate("localStorage.getItem('roomkeeper.session')") is None


async def test_who_is_signed_out_softly_signs_in_again_and_goes_on(people: People) -> None:
    """A refused token that may be renewed: the device, and what it keeps, stay."""
    _room, [customer, _desk] = await people.talking("Customer 4", "Front desk")
    page = await people.sign_in(customer)
    before = await page.evaluate("JSON.parse(localStorage.getItem('roomkeeper.session'))")
    await page.route(
        "**/_matrix/client/v3/sync*",
        lambda route: route.fulfill(
            status=401, json={"errcode": "M_UNKNOWN_TOKEN", "error": "Sign in again.", "soft_logout": True}
        ),
    )
    await page.reload()
    await expect(page.get_by_text("Sign in again to go on")).to_be_visible()
    await page.unroute("**/_matrix/client/v3/sync*")
    await expect(page.locator("input[name=username]")).to_have_value(customer.user_id)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name="Delivery")).to_be_visible()
    after = await page.evaluate("JSON.parse(localStorage.getItem('roomkeeper.session'))")
    assert after["deviceId"] == before["deviceId"]
    assert after["accessToken"] != before["accessToken"]


async def test_sessions_with_customers_come_first(people: People) -> None:
    operator = Account(
        people.process.url, "", json.loads((people.process.data_dir / "instance.json").read_text())["token"]
    )
    root = "/_roomkeeper/v1"
    department = (await operator.call("POST", "/departments", {"name": "Sales"}, root))["department_id"]
    new = {"localpart": "desk3", "password": PASSWORD, "departments": [department], "display_name": "Sales desk 3"}
    await operator.call("POST", "/people", new, root)
    desk = Account(people.process.url, "@desk3:example.org", "")
    customer = await people.account("customer4", "Customer 4")
    ours = await people.sign_in(desk)
    await expect(ours.get_by_text("No rooms yet")).to_be_visible()
    await customer.call("POST", "/sessions", {"department_id": department}, root)
    session = ours.get_by_role("link", name="Customer 4")
    await session.click()
    await expect(ours.get_by_role("heading", name="Customer 4")).to_be_visible()
    await write(ours, "Good morning, how can I help?")
    theirs = await people.sign_in(customer)
    await theirs.get_by_role("link", name="Sales desk 3").click()
    await expect(message(theirs, "how can I help?")).to_be_visible()
    await expect(ours.get_by_role("region", name="Sessions").get_by_role("link", name="Customer 4")).to_be_visible()


async def test_another_device_is_signed_out_with_the_password(people: People) -> None:
    account = await people.account("customer4", "Customer 4")
    page = await people.sign_in(account)
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("button", name="Sign it out:").click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("input").fill("wrong")
    await dialog.get_by_role("button", name="Sign it out").click()
    await expect(dialog.get_by_text("That is not your password")).to_be_visible()
    await dialog.locator("input").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign it out").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("tbody tr")).to_have_count(1)
