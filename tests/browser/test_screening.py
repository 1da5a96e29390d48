"""Files and words that are checked before others see them, as those who write see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from tests import samples
from tests.browser.people import Account, People
from tests.browser.screening_world import Marks, Reviewer, exists, marked
from tests.browser.test_app import share
from tests.browser.test_attachments import UPLOADS, chip
from tests.browser.test_chat import message, write
from tests.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUSED = ("status of 403", "status of 404", "Error sending event", "refused")
"""What browsers and the SDK log where the server refuses a message."""
TIMEOUT_MS = 30_000
SLOW_MS, USUAL_MS = 60_000, 45_000


@pytest_asyncio.fixture(loop_scope="session")
async def marks() -> AsyncIterator[Marks]:
    made = Marks()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, tmp_path: Path, marks: Marks) -> AsyncIterator[People]:
    """Everybody, on a server that asks the detector, and waits for it for two seconds when something is sent."""
    process = await ServerProcess(
        tmp_path / "data",
        ROOMKEEPER_EXTERNAL_DETECTORS_FILES=await marks.start(tmp_path),
        ROOMKEEPER_SCREENING_DEADLINE_SECONDS="2",
    ).start()
    people = People(browser, process)
    people.expected += REFUSED
    # The first file is looked at by programs that are started for it, on a machine that has other things to do.
    expect.set_options(timeout=SLOW_MS)
    yield people
    expect.set_options(timeout=USUAL_MS)
    await people.leave()
    await process.stop()
    assert not people.errors, people.errors


async def talking(people: People) -> tuple[str, Account, Page, Page]:
    """A room, who writes in it, their page, and that of the other."""
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    pages = await people.sign_in(customer), await people.sign_in(desk)
    for page in pages:
        page.set_default_timeout(TIMEOUT_MS)
        await page.get_by_role("link", name="Delivery").click()
    return room_id, customer, *pages


async def attach(page: Page, folder: Path, name: str, data: bytes) -> Path:
    """Choose a file."""
    file = folder / name
    file.write_bytes(data)
    await page.locator(".composer input[type=file]").first.set_input_files(file)
    return file


async def appeal(page: Page, words: str) -> None:
    """Ask for a review."""
    await page.get_by_role("button", name="Ask for a review").click()
    await page.get_by_role("textbox", name="Why should it be allowed?").fill(words)
    await page.get_by_role("button", name="Ask for it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_checked_while_the_caption_is_written(people: People, marks: Marks, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    marks.gate.clear()
    await attach(theirs, tmp_path, "photo.png", marked(0.1))
    await expect(chip(theirs, "photo.png")).to_have_attribute("data-state", "checking")
    await expect(chip(theirs, "photo.png")).to_contain_text("Checking")
    await theirs.get_by_role("textbox", name="Message", exact=True).fill("On its way")
    marks.gate.set()
    await expect(chip(theirs, "photo.png")).to_contain_text("Checked, ready to send")
    await theirs.keyboard.press("Enter")
    await expect(message(ours, "On its way").get_by_role("img", name="photo.png")).to_be_visible()
    assert marks.asked == 1


async def test_sent_while_it_is_still_being_checked(people: People, marks: Marks, tmp_path: Path) -> None:
    _room, customer, theirs, ours = await talking(people)
    elsewhere = await people.sign_in(customer)
    await elsewhere.get_by_role("link", name="Delivery").click()
    marks.gate.clear()
    await attach(theirs, tmp_path, "photo.png", marked(0.1))
    await expect(chip(theirs, "photo.png")).to_contain_text("Checking")
    await write(theirs, "Sent at once")
    await expect(theirs.locator(".attachment")).to_have_count(0)
    await expect(message(theirs, "Sent at once")).to_contain_text("Sending when checked")
    # The server has taken it, and keeps it back: the sender's other browser shows so, too, and a new page.
    await expect(message(elsewhere, "Sent at once")).to_contain_text("Sending when checked", timeout=TIMEOUT_MS)
    await theirs.reload()
    await expect(message(theirs, "Sent at once")).to_contain_text("Sending when checked")
    await expect(message(ours, "Sent at once")).to_have_count(0)
    marks.gate.set()
    await expect(message(ours, "Sent at once").get_by_role("img", name="photo.png")).to_be_visible()
    await expect(message(theirs, "Sent at once")).to_contain_text("Approved")


async def test_reviewed_and_delivered(people: People, tmp_path: Path) -> None:
    _room, customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "statue.png", marked(0.7))
    await expect(chip(theirs, "statue.png")).to_contain_text("Needs a review before others see it")
    await write(theirs, "A statue")
    await expect(message(theirs, "A statue")).to_contain_text("Waits for a review")
    elsewhere = await people.sign_in(customer)
    await elsewhere.get_by_role("link", name="Delivery").click()
    await expect(message(elsewhere, "A statue")).to_contain_text("Waits for a review")
    await expect(message(ours, "A statue")).to_have_count(0)
    await reviewer.approve()
    await expect(message(ours, "A statue").get_by_role("img", name="statue.png")).to_be_visible()
    for page in (theirs, elsewhere):
        await expect(message(page, "A statue")).to_contain_text("Approved")


async def test_refused_appealed_delivered(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "statue.png", marked(0.7))
    await write(theirs, "A statue")
    await expect(message(theirs, "A statue")).to_contain_text("Waits for a review")
    await reviewer.refuse("no pictures of people")
    await expect(message(theirs, "A statue")).to_contain_text("Not delivered: no pictures of people")
    await appeal(theirs, "It is made of stone.")
    await expect(message(theirs, "A statue")).to_contain_text("A review was asked for")
    assert (await reviewer.waiting())["appeal"] == "It is made of stone."
    await theirs.reload()
    await expect(message(theirs, "A statue")).to_contain_text("A review was asked for")
    await reviewer.approve()
    await expect(message(ours, "A statue")).to_be_visible()


async def test_an_appeal_is_asked_for_once(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "statue.png", marked(0.7))
    await write(theirs, "A statue")
    await reviewer.refuse("no pictures of people")
    await appeal(theirs, "It is made of stone.")
    await reviewer.refuse("nor of statues")
    await expect(message(theirs, "A statue")).to_contain_text("Reviewed, and not delivered: nor of statues")
    await expect(theirs.get_by_role("button", name="Ask for a review")).to_have_count(0)
    await expect(message(ours, "A statue")).to_have_count(0)


async def test_what_cannot_be_sent_says_so_before(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "bad.png", marked(0.95))
    await expect(chip(theirs, "bad.png")).to_contain_text("Can't be sent: faces")
    await expect(theirs.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    program = b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(400)
    await attach(theirs, tmp_path, "invoice.png", program)
    await expect(chip(theirs, "invoice.png")).to_contain_text("Can't be sent: the file is something else than it says")
    await chip(theirs, "invoice.png").get_by_role("button", name="Remove").click()
    # The rest of the message goes, the file stays with its reason, and its review can be asked for.
    await write(theirs, "Without it")
    await expect(message(ours, "Without it")).to_be_visible()
    await appeal(theirs, "They are mine.")
    await expect(chip(theirs, "bad.png")).to_contain_text("A review was asked for")
    await reviewer.approve()
    await expect(chip(theirs, "bad.png")).to_contain_text("Checked, ready to send")
    await write(theirs, "Now it may")
    await expect(message(ours, "Now it may").get_by_role("img", name="bad.png")).to_be_visible()


async def test_refused_at_the_door_nothing_is_lost(people: People, tmp_path: Path) -> None:
    """The rules changed between the check and the send: text and file stand in the composer again."""
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "photo.png", marked(0.4))
    await expect(chip(theirs, "photo.png")).to_contain_text("ready to send")
    await reviewer.policy(block=0.3)
    await write(theirs, "With a caption")
    await expect(theirs.locator(".refused")).to_contain_text("This can't be sent here: faces")
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_have_value("With a caption")
    await expect(chip(theirs, "photo.png")).to_contain_text("Can't be sent: faces")
    await expect(theirs.locator(".message", has_text="With a caption")).to_have_count(0)
    await theirs.reload()
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_have_value("With a caption")
    await expect(chip(theirs, "photo.png")).to_contain_text("Can't be sent: faces")
    await expect(theirs.locator(".refused")).to_contain_text("faces")
    await chip(theirs, "photo.png").get_by_role("button", name="Remove").click()
    await theirs.get_by_role("button", name="Send", exact=True).click()
    await expect(message(ours, "With a caption")).to_be_visible()
    await expect(theirs.locator(".refused")).to_have_count(0)


async def test_words_that_are_not_allowed_stay_where_they_were_written(people: People) -> None:
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await reviewer.list_words("block", "scoundrel")
    await reviewer.list_words("review", "refund")
    await write(theirs, "You scoundrel")
    await expect(theirs.locator(".refused")).to_contain_text("it contains words that are not allowed")
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_have_value("You scoundrel")
    await expect(theirs.locator(".message", has_text="scoundrel")).to_have_count(0)
    await appeal(theirs, "It is the name of a play.")
    await expect(theirs.locator(".refused")).to_contain_text("A review was asked for")
    await reviewer.approve()
    await expect(theirs.locator(".refused")).to_contain_text("you can send it now")
    await theirs.get_by_role("button", name="Send", exact=True).click()
    await expect(message(ours, "You scoundrel")).to_be_visible()
    await write(theirs, "I want a refund")
    await expect(message(theirs, "I want a refund")).to_contain_text("Waits for a review")
    await expect(message(ours, "refund")).to_have_count(0)
    await reviewer.approve()
    await expect(message(ours, "I want a refund")).to_be_visible()


async def test_altered_after_it_was_chosen(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    file = await attach(theirs, tmp_path, "contract.png", samples.png(300, 200))
    await expect(chip(theirs, "contract.png")).to_contain_text("ready to send")
    file.write_bytes(samples.png(310, 210))
    await write(theirs, "The contract")
    await expect(chip(theirs, "contract.png")).to_contain_text("it was changed or removed")
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_have_value("The contract")
    async with theirs.expect_file_chooser() as waited:
        await theirs.get_by_role("button", name="Attach it anew").click()
    await (await waited.value).set_files(file)
    await expect(chip(theirs, "contract.png")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Send", exact=True).click()
    await expect(message(ours, "The contract").get_by_role("img", name="contract.png")).to_be_visible()


async def test_the_servers_own_comparison_is_said_in_words(people: People, tmp_path: Path) -> None:
    """What stands between the browser and the server alters the checksum: refused there, nothing lost here."""
    _room, _customer, theirs, ours = await talking(people)

    async def alter(route: object, request: Request) -> None:
        content = dict(request.post_data_json or {})
        if "org.roomkeeper.sha256" in content:
            content["org.roomkeeper.sha256"] = "A" * 43
        await route.continue_(post_data=content)  # type: ignore[attr-defined]

    await theirs.route("**/send/m.room.message/**", alter)
    await attach(theirs, tmp_path, "contract.png", samples.png(300, 200))
    await expect(chip(theirs, "contract.png")).to_contain_text("ready to send")
    await write(theirs, "The contract")
    await expect(chip(theirs, "contract.png")).to_contain_text("it was changed or removed")
    await expect(theirs.get_by_role("textbox", name="Message", exact=True)).to_have_value("The contract")
    await expect(message(ours, "The contract")).to_have_count(0)


async def test_a_file_that_the_server_lost_is_sent_anew_by_itself(people: People, tmp_path: Path) -> None:
    _room, customer, theirs, ours = await talking(people)
    uris: list[str] = []
    theirs.on("request", lambda request: uris.append(request.url) if "/upload/" in request.url else None)
    await attach(theirs, tmp_path, "photo.png", samples.png(300, 200))
    await expect(chip(theirs, "photo.png")).to_contain_text("ready to send")
    media_id = uris[0].partition("?")[0].rpartition("/")[2]
    await customer.call("DELETE", f"/media/{media_id}", root="/_roomkeeper/v1")
    await write(theirs, "Still here")
    await expect(message(ours, "Still here").get_by_role("img", name="photo.png")).to_be_visible()
    assert len(uris) == 2
    await expect(message(theirs, "Still here")).to_have_count(1)


async def test_what_is_given_up_is_forgotten_by_the_server(people: People, tmp_path: Path) -> None:
    _room, customer, theirs, _ours = await talking(people)
    uris: list[str] = []
    theirs.on("request", lambda request: uris.append(request.url) if "/upload/" in request.url else None)
    await attach(theirs, tmp_path, "unwanted.png", samples.png(300, 200))
    await expect(chip(theirs, "unwanted.png")).to_contain_text("ready to send")
    path = uris[0].partition("?")[0].partition("/upload/")[2]
    assert await exists(people.process, customer.token, f"mxc://{path}")
    async with theirs.expect_response(lambda answer: answer.request.method == "DELETE") as waited:
        await chip(theirs, "unwanted.png").get_by_role("button", name="Remove").click()
    assert (await (await waited.value).json()) == {"removed": True}
    assert not await exists(people.process, customer.token, f"mxc://{path}")


async def test_uploads_may_wait_for_send(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    await theirs.evaluate("location.hash = '#/settings'")
    await theirs.get_by_text("Upload on sending").click()
    await expect(theirs.get_by_text("only when you press send")).to_be_visible()
    await theirs.get_by_role("link", name="Delivery").click()
    uploads: list[str] = []
    theirs.on("request", lambda request: uploads.append(request.url) if "/media/v" in request.url else None)
    await attach(theirs, tmp_path, "later.png", samples.png(300, 200))
    await expect(chip(theirs, "later.png")).to_contain_text("Is uploaded when you send")
    await theirs.get_by_role("textbox", name="Message", exact=True).fill("Now")
    assert uploads == []
    await theirs.keyboard.press("Enter")
    await expect(message(ours, "Now").get_by_role("img", name="later.png")).to_be_visible()
    # The other way round it begins as soon as that is chosen.
    await attach(theirs, tmp_path, "waits.png", samples.png(310, 200))
    await expect(chip(theirs, "waits.png")).to_contain_text("Is uploaded when you send")
    await theirs.evaluate("location.hash = '#/settings'")
    await theirs.get_by_text("Upload at once").click()
    await theirs.get_by_role("link", name="Delivery").click()
    await expect(chip(theirs, "waits.png")).to_contain_text("ready to send")


async def test_the_camera_takes_photos_and_short_videos(people: People) -> None:
    _room, _customer, theirs, ours = await talking(people)

    async def open_camera() -> None:
        await theirs.get_by_role("button", name="Attach").click()
        await theirs.get_by_role("menuitem", name="Photo or video").click()

    await open_camera()
    await theirs.get_by_role("button", name="Take the photo").click()
    await expect(chip(theirs, "photo-")).to_contain_text("Checked, ready to send")
    await open_camera()
    await theirs.get_by_role("dialog").get_by_text("Video", exact=True).click()
    await theirs.get_by_role("button", name="Record").click()
    await expect(theirs.get_by_role("timer")).to_contain_text("2 of 60 s")
    await theirs.get_by_role("button", name="Stop and attach").click()
    await expect(theirs.get_by_role("dialog")).to_have_count(0)
    await expect(chip(theirs, "video-")).to_contain_text("Checked, ready to send")
    await theirs.get_by_role("button", name="Send", exact=True).click()
    await expect(ours.locator(".message .picture img")).to_be_visible()
    await ours.locator(".message", has_text="video-").get_by_role("button", name="Play").click()
    video = ours.locator(".message video")
    await expect(video).to_be_visible()
    await ours.wait_for_function("document.querySelector('.message video').videoWidth > 0")


async def test_what_is_shared_is_checked_while_a_room_is_chosen(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    await theirs.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await theirs.reload()
    await expect(theirs.locator(".rail .jump")).to_be_visible()
    await share(theirs, "order.txt", title="The order")
    await expect(chip(theirs, "order.txt")).to_contain_text("Checked, ready to send")
    await theirs.get_by_role("button", name="Delivery").click()
    await expect(chip(theirs, "order.txt")).to_contain_text("Checked, ready to send")
    await theirs.get_by_role("button", name="Send", exact=True).click()
    await expect(ours.locator(".message .file", has_text="order.txt")).to_be_visible()


async def test_what_is_withheld_later_says_so_to_both(people: People, tmp_path: Path) -> None:
    _room, _customer, theirs, ours = await talking(people)
    reviewer = Reviewer(people.process)
    await attach(theirs, tmp_path, "plan.png", marked(0.4))
    await expect(chip(theirs, "plan.png")).to_contain_text("ready to send")
    await write(theirs, "The plan")
    await expect(message(ours, "The plan").get_by_role("img", name="plan.png")).to_be_visible()
    await reviewer.policy(block=0.3)
    await reviewer.waiting()
    await expect(message(theirs, "The plan")).to_contain_text("Not shown to others now")
    await ours.reload()
    await expect(message(ours, "The plan")).to_contain_text("it is withheld")
    await expect(message(ours, "The plan").get_by_role("img", name="plan.png")).to_have_count(0)
    await reviewer.approve()
    await expect(message(theirs, "The plan").get_by_text("Not shown to others now")).to_have_count(0)
    await ours.reload()
    await expect(message(ours, "The plan").get_by_role("img", name="plan.png")).to_be_visible()


async def test_an_upload_that_the_page_gave_up_leaves_no_file(people: People, tmp_path: Path) -> None:
    """Removed while its bytes are still on their way."""
    _room, _customer, theirs, _ours = await talking(people)
    through = asyncio.Event()

    async def hold(route: object) -> None:
        await through.wait()
        await route.abort()  # type: ignore[attr-defined]

    await theirs.route(UPLOADS, hold)
    await attach(theirs, tmp_path, "slow.png", samples.png(300, 200))
    await expect(chip(theirs, "slow.png")).to_contain_text("Uploading")
    async with theirs.expect_response(lambda answer: answer.request.method == "DELETE") as waited:
        await chip(theirs, "slow.png").get_by_role("button", name="Remove").click()
    through.set()
    assert (await (await waited.value).json()) == {"removed": True}
