"""People and rooms: the panel of a room, contacts, invitations, profiles, and what is new."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests import samples
from tests.browser.office import Talk, upload
from tests.browser.people import PASSWORD, Account, People
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")

OURS = "/_roomkeeper/v1"


async def info(page: Page, room: str = "Delivery") -> Locator:
    """The panel about a room."""
    await page.get_by_role("link", name=room).first.click()
    await page.get_by_role("link", name="About this room").click()
    panel = page.get_by_role("complementary", name="About this room")
    await expect(panel.get_by_role("heading", name=room)).to_be_visible()
    return panel


async def choose(panel: Locator, part: str) -> None:
    """One of the parts of a panel."""
    await panel.get_by_text(part, exact=True).click()


async def test_who_is_in_a_room_and_what_may_be_done_about_them(people: People) -> None:
    room_id, [first, _second, _third] = await people.talking("Front desk", "Customer 4", "Back office")
    page = await people.sign_in(first)
    panel = await info(page)
    await choose(panel, "People")
    names = panel.get_by_role("list", name="People").get_by_role("listitem")
    await expect(names).to_have_count(3)
    await expect(names.first).to_contain_text("Made this room")
    await panel.get_by_role("searchbox").fill("office")
    await expect(names).to_have_count(1)

    async def act(name: str, item: str) -> None:
        await panel.get_by_role("searchbox").fill(name)
        await panel.get_by_role("button", name=f"What to do about {name}").click()
        await page.get_by_role("menuitem", name=item).click()
        await page.get_by_role("dialog").get_by_role("button", name=item).click()
        await expect(page.get_by_role("dialog")).to_be_hidden()

    await act("Back office", "Make moderator")
    await expect(names.first).to_contain_text("Moderator")
    await act("Customer 4", "Ban from the room")
    await expect(names.first).to_contain_text("Banned")
    await act("Back office", "Remove from the room")
    await expect(names).to_have_count(0)
    state = await first.call("GET", f"/rooms/{room_id}/joined_members")
    assert list(state["joined"]) == [first.user_id]

    # Somebody is found in the directory and invited.
    await people.account("stores", "Stores")
    await panel.get_by_role("searchbox").fill("")
    await panel.get_by_role("button", name="Invite somebody").click()
    await page.get_by_role("dialog").get_by_role("searchbox").fill("@stores:" + first.user_id.partition(":")[2])
    await page.get_by_role("button", name=re.compile("^Invite: ")).click()
    await expect(page.get_by_role("dialog").get_by_text("Invited")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel.get_by_role("list", name="People")).to_contain_text("Invited")


async def test_many_people_are_shown_page_by_page(people: People) -> None:
    room_id, [first] = await people.talking("Front desk")
    for number in range(55):
        account = await people.account(f"guest{number:02}", f"Guest {number:02}")
        await first.call("POST", f"/rooms/{room_id}/invite", {"user_id": account.user_id})
    page = await people.sign_in(first)
    panel = await info(page)
    await choose(panel, "People")
    names = panel.get_by_role("list", name="People").get_by_role("listitem")
    await expect(names).to_have_count(50)
    await panel.get_by_role("button", name="Show 6 more people").click()
    await expect(names).to_have_count(56)


async def test_name_topic_notifications_tags_files_and_leaving(people: People) -> None:
    room_id, [first, second] = await people.talking("Front desk", "Customer 4")
    talk = Talk(room_id)
    picture = await upload(second, samples.png(64, 64), "image/png", "parcel.png")
    photo = await talk.say(second, "parcel.png", msgtype="m.image", url=picture)
    bill = await upload(second, b"%PDF-1.4\n", "application/pdf", "bill.pdf")
    await talk.say(second, "bill.pdf", msgtype="m.file", url=bill, info={"size": 9})
    for number in range(60):
        await talk.say(second, f"line {number}")
    page, theirs = await people.sign_in(first), await people.sign_in(second)
    panel = await info(page)
    await panel.get_by_role("button", name="Change name, topic and picture").click()
    await panel.get_by_label("Name", exact=True).fill("Delivery north")
    await panel.get_by_label("Topic").fill("Parcels, see https://example.org")
    await panel.get_by_role("button", name="Save").click()
    await expect(theirs.get_by_role("link", name="Delivery north")).to_be_visible()
    await expect(panel.get_by_role("link", name="https://example.org")).to_be_visible()
    theirs_panel = await info(theirs, "Delivery north")
    await expect(theirs_panel.get_by_role("button", name="Change name")).to_have_count(0)

    await panel.get_by_text("Mentions", exact=True).click()
    await expect(panel.get_by_role("radio", name="Mentions")).to_be_checked()
    rules = (await first.call("GET", "/pushrules/"))["global"]
    assert [rule["rule_id"] for rule in rules["room"]] == [room_id]
    await panel.get_by_text("Nothing", exact=True).click()
    await expect(panel.get_by_role("radio", name="Nothing")).to_be_checked()
    rules = (await first.call("GET", "/pushrules/"))["global"]
    assert rules["room"] == []
    assert room_id in [rule["rule_id"] for rule in rules["override"]]

    await panel.get_by_role("switch", name=re.compile("Favourite")).click()
    await expect(
        page.get_by_role("region", name="Favourites").get_by_role("link", name="Delivery north")
    ).to_be_visible()

    await choose(panel, "Files")
    await expect(panel.locator(".picture-tile img")).to_be_visible()
    await expect(panel.get_by_role("link", name="bill.pdf")).to_be_visible()
    await panel.get_by_role("link", name="parcel.png").click()
    await expect(page.locator(f'.message[data-target][data-event-id="{photo}"]')).to_be_in_viewport()

    panel = await info(page, "Delivery north")
    await panel.get_by_role("button", name="Leave").click()
    await page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(page.get_by_text("No rooms yet")).to_be_visible()


async def ignored_by(account: Account) -> list[str]:
    """Whom somebody ignores; nobody as long as there is no such list."""
    try:
        answer = await account.call("GET", f"/user/{account.user_id}/account_data/m.ignored_user_list")
    except AssertionError:
        return []
    return list(answer["ignored_users"])


async def test_invitations_show_who_invites_to_what(people: People) -> None:
    first, second = await people.account("desk3", "Desk 3"), await people.account("desk5", "Desk 5")
    third = await people.account("nobody", "Somebody else")
    topic = {"type": "m.room.topic", "content": {"topic": "Counting of the year"}}
    for inviter, name in ((first, "Stock take"), (third, "Win a prize")):
        body = {"preset": "private_chat", "name": name, "invite": [second.user_id], "initial_state": [topic]}
        await inviter.call("POST", "/createRoom", body)
    await first.call(
        "POST", "/createRoom", {"is_direct": True, "preset": "trusted_private_chat", "invite": [second.user_id]}
    )
    page = await people.sign_in(second)
    invitations = page.get_by_role("region", name="Invitations").get_by_role("listitem")
    await expect(invitations).to_have_count(3)
    stock = invitations.filter(has_text="Stock take")
    await expect(stock).to_contain_text("Desk 3")
    await expect(stock).to_contain_text("Counting of the year")
    await expect(invitations.filter(has_text="would like to chat with you")).to_contain_text("Desk 3")
    assert "@" not in str(await page.get_by_role("region", name="Invitations").text_content())
    await page.get_by_role("button", name="More about the invitation from Somebody else").click()
    await page.get_by_role("menuitem", name="Refuse and ignore Somebody else").click()
    await expect(invitations).to_have_count(2)
    async with asyncio.timeout(30):
        while await ignored_by(second) != [third.user_id]:  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.1)
    await stock.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("heading", name="Stock take")).to_be_visible()


async def test_a_profile_is_opened_ignored_reported_and_written_to(people: People) -> None:
    _room, [first, _second] = await people.talking("Front desk", "Customer 4")
    page, theirs = await people.sign_in(first), await people.sign_in(_second)
    await theirs.get_by_role("link", name="Delivery").click()
    await page.get_by_role("link", name="Delivery").click()
    await write(theirs, "Hello there")
    await page.get_by_role("button", name="Customer 4", exact=True).click()
    card = page.get_by_role("dialog")
    await expect(card.get_by_role("heading", name="Customer 4")).to_be_visible()
    await expect(card.get_by_role("link", name="Delivery")).to_be_visible()
    await expect(card.get_by_role("paragraph").filter(has_text="active")).to_be_visible()
    await card.get_by_role("button", name="Report").click()
    await card.get_by_label("What is wrong?").fill("Writes what does not belong here")
    await card.get_by_role("button", name="Send the report").click()
    await expect(card.get_by_text("Your report was sent")).to_be_visible()
    operator = Account(
        people.process.url, "", json.loads((people.process.data_dir / "instance.json").read_text())["token"]
    )
    reports = await operator.call("GET", "/reports", root=OURS)
    assert "does not belong here" in json.dumps(reports)
    await card.get_by_role("button", name="Close").last.click()
    await card.get_by_role("button", name="Ignore").click()
    await expect(card.get_by_text("Ignored")).to_be_visible()
    await write(theirs, "nobody hears this")
    await card.get_by_role("button", name="Stop ignoring").click()
    await expect(card.get_by_role("button", name="Ignore", exact=True)).to_be_visible()
    await card.get_by_role("button", name="Write a message").click()
    await expect(page.get_by_role("heading", name="Customer 4")).to_be_visible()


async def test_contacts_open_the_session_with_somebody(people: People) -> None:
    operator = Account(
        people.process.url, "", json.loads((people.process.data_dir / "instance.json").read_text())["token"]
    )
    department = (await operator.call("POST", "/departments", {"name": "Sales"}, OURS))["department_id"]
    for name in ("desk3", "desk5"):
        new = {
            "localpart": name,
            "password": PASSWORD,
            "departments": [department],
            "kind": "staff",
            "display_name": f"Sales {name}",
        }
        await operator.call("POST", "/people", new, OURS)
    customer = await people.account("customer4", "Customer 4")
    domain = customer.user_id.partition(":")[2]
    for name in ("desk3", "desk5"):
        await operator.call("PUT", f"/people/@{name}:{domain}/contacts/{customer.user_id}", {"reason": "test"}, OURS)
    await operator.call("DELETE", f"/people/@desk5:{domain}/contacts/{customer.user_id}", {"reason": "moved"}, OURS)
    page = await people.sign_in(customer)
    await page.get_by_text("Contacts", exact=True).click()
    await expect(
        page.get_by_role("region", name="In the past").get_by_role("button", name="Sales desk5")
    ).to_be_visible()
    await page.get_by_role("searchbox", name="Find a contact").fill("desk3")
    await expect(page.get_by_role("button", name="Sales desk5")).to_be_hidden()
    await page.get_by_role("button", name="Sales desk3").click()
    await expect(page.get_by_role("heading", name="Sales desk3")).to_be_visible()
    await write(page, "Are you there?")
    sessions = (await customer.call("GET", "/sessions", root=OURS))["sessions"]
    assert [one["staff_id"] for one in sessions] == [f"@desk3:{domain}"]

    ours = await people.sign_in(Account(people.process.url, f"@desk3:{domain}", ""))
    await ours.get_by_text("Contacts", exact=True).click()
    await ours.get_by_role("button", name="Customer 4").click()
    await expect(message(ours, "Are you there?")).to_be_visible()
    panel = await info_of_session(ours)
    await expect(panel).to_contain_text("Open")
    await expect(panel).to_contain_text("Not end-to-end encrypted")
    await expect(panel.get_by_role("button", name="Encrypt this room")).to_have_count(0)


async def info_of_session(page: Page) -> Locator:
    """The panel about the session that is open."""
    await page.get_by_role("link", name="About this room").click()
    return page.get_by_role("complementary", name="About this room")


async def test_a_new_room_a_new_chat_and_a_public_room(people: People) -> None:
    first, second = await people.account("desk3", "Desk 3"), await people.account("desk5", "Desk 5")
    page, theirs = await people.sign_in(first), await people.sign_in(second)
    await page.get_by_role("button", name="Begin something new").click()
    await page.get_by_role("menuitem", name="New room").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Canteen")
    await dialog.get_by_label("Topic").fill("What there is to eat")
    await dialog.get_by_text("Everybody here").click()
    await dialog.get_by_label("Address").fill("canteen")
    await dialog.get_by_role("button", name="Make the room").click()
    await expect(page.get_by_role("heading", name="Canteen")).to_be_visible()
    await write(page, "Soup today")

    await theirs.get_by_role("button", name="Begin something new").click()
    await theirs.get_by_role("menuitem", name="Find a room").click()
    await theirs.get_by_role("dialog").get_by_role("searchbox").fill("cant")
    await theirs.get_by_role("button", name="Open: Canteen").click()
    await expect(theirs.get_by_role("heading", name="Canteen")).to_be_visible()
    await theirs.get_by_role("button", name="Join").click()
    await expect(message(theirs, "Soup today")).to_be_visible()

    await theirs.get_by_role("button", name="Begin something new").click()
    await theirs.get_by_role("menuitem", name="New chat").click()
    await theirs.get_by_role("dialog").get_by_role("searchbox").fill("Desk 3")
    await theirs.get_by_role("button", name="Write: Desk 3").click()
    await expect(page.get_by_role("region", name="Invitations")).to_contain_text("Desk 5")
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_visible()


async def test_a_message_is_reported(people: People) -> None:
    room_id, [first, second] = await people.talking("Front desk", "Customer 4")
    await Talk(room_id).say(second, "Win a prize")
    page = await people.sign_in(first)
    await page.get_by_role("link", name="Delivery").click()
    await message(page, "Win a prize").hover()
    await message(page, "Win a prize").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Report this message").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What is wrong?").fill("Advertising")
    await dialog.get_by_role("button", name="Send the report").click()
    await expect(dialog.get_by_text("Your report was sent")).to_be_visible()
    operator = Account(
        people.process.url, "", json.loads((people.process.data_dir / "instance.json").read_text())["token"]
    )
    assert "Advertising" in json.dumps(await operator.call("GET", "/reports", root=OURS))
    await dialog.get_by_role("button", name="Close").last.click()
    await page.evaluate("location.hash = '#/settings'")
    await page.get_by_role("link", name="Recovery key and verified devices").click()
    await expect(page.get_by_role("heading", name="Encrypted messages").first).to_be_visible()
