"""Handover in the chat: a customer whose desk has left is asked at the end of the conversation, and goes on, or not."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests import samples
from tests.browser.handing import Handing, handing, until
from tests.browser.people import Account, People
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


def card(page: Page, title: str = "") -> Locator:
    """The card, with that title."""
    return page.locator(f".handover-card[aria-label='{title}']" if title else ".handover-card")


def heading(page: Page, name: str) -> Locator:
    """The name of the conversation that is open."""
    return page.locator(".main").get_by_role("heading", level=1, name=name)


def field(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_role("textbox", name="Message", exact=True)


async def open_session(page: Page, name: str = "Sales desk 3") -> None:
    """Open a session from the list."""
    await page.locator(".rooms").get_by_role("link", name=name).first.click()
    await expect(heading(page, name)).to_be_visible()


async def tracked(page: Page) -> list[str]:
    """The names of what was tracked."""
    return list(await page.evaluate("roomkeeper.tracked().map((event) => event.name)"))


LEFT = "Sales desk 3 has left example.org"
UNRECEIVED = "Sales desk 3 can no longer receive messages"
GOES_ON = "This conversation continues with Sales desk 5"


async def test_yes(people: People) -> None:
    """The customer goes on with the successor, with what was written and what was said before."""
    hand = await handing(people)
    await hand.session()
    await hand.note("Prefers deliveries in the morning")
    page, other, desk = [await people.sign_in(each) for each in (hand.customer, hand.customer, hand.successor)]
    await open_session(page)
    await open_session(other)
    await field(page).fill("To 12 Harbour Road, please")
    await hand.leave()

    # Both browsers ask, without a reload; nothing can be written.
    for each in (page, other):
        await expect(card(each, LEFT)).to_contain_text("Sales desk 5 now takes care of you.")
        await expect(card(each)).to_be_in_viewport()
        await expect(field(each)).to_have_count(0)
        await expect(each.locator(".composer")).to_contain_text("Sales desk 3 receives no messages any more")
        # The invitation stands with the old session, and there alone.
        await expect(each.get_by_role("region", name="Invitations")).to_have_count(0)
        row = each.locator(".rooms").get_by_role("link", name="Sales desk 3")
        await expect(row).to_contain_text("Sales desk 3 has left. Choose how to go on.")
    # What the server says in words to other clients is not said twice.
    await expect(page.locator(".message", has_text="now takes care of you")).to_have_count(0)
    await expect(page.locator(".composer blockquote")).to_have_text("To 12 Harbour Road, please")
    await expect(page.get_by_role("checkbox", name="Take it along to Sales desk 5")).to_be_checked()

    await page.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await expect(field(page)).to_have_value("To 12 Harbour Road, please")
    await field(page).press("Enter")
    await expect(message(page, "To 12 Harbour Road, please")).to_be_visible()
    await hand.until_status("accepted")

    # The old one is out of the list, and can be read.
    await expect(page.locator(".rooms").get_by_role("link", name="Sales desk 3")).to_have_count(0)
    await page.locator(".timeline").get_by_role("link", name="Earlier conversation").click()
    await expect(message(page, "May I change the address?")).to_be_visible()
    await expect(card(page, GOES_ON)).to_be_visible()
    await page.locator(".timeline").get_by_role("link", name="The conversation continues here").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    # So does the other browser say.
    await expect(card(other, GOES_ON)).to_contain_text("Sales desk 3 has left example.org.")
    await other.get_by_role("button", name="Open the conversation with Sales desk 5").click()
    await expect(message(other, "To 12 Harbour Road, please")).to_be_visible()
    names = await tracked(page)
    for name in ("handover_shown", "handover_continue", "handover_draft_along"):
        assert name in names
    await _successor(desk, hand)


async def _successor(desk: Page, hand: Handing) -> None:
    """What the successor has: from whom, what is noted, what was said."""
    await open_session(desk, "Customer 4")
    await expect(message(desk, "To 12 Harbour Road, please")).to_be_visible()
    await expect(desk.locator(".main .head")).to_contain_text("Taken over from Sales desk 3")
    await desk.get_by_role("link", name="About this room").click()
    panel = desk.get_by_role("complementary", name="About this room")
    await expect(panel).to_contain_text("Taken over from Sales desk 3")
    customer = panel.get_by_role("region", name="Customer")
    await expect(customer).to_contain_text("Prefers deliveries in the morning")
    await customer.get_by_label("New note, for the staff only").fill("Has moved to Harbour Road")
    await customer.get_by_role("button", name="Save").click()
    await expect(customer.get_by_role("listitem").first).to_contain_text("Has moved to Harbour Road")
    await customer.get_by_role("button", name="Delete the note Has moved to Harbour Road").click()
    await expect(customer.get_by_role("listitem")).to_have_count(1)
    await customer.get_by_role("link", name="Earlier conversation").click()
    await expect(message(desk, "May I change the address?")).to_be_visible()
    await expect(field(desk)).to_have_count(0)
    await expect(card(desk, GOES_ON)).to_be_visible()


async def test_no_and_a_change_of_mind(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    await hand.leave()
    page, other = await people.sign_in(hand.customer), await people.sign_in(hand.customer)
    await open_session(page)
    await open_session(other)
    await page.get_by_role("button", name="Not now").focus()
    await page.keyboard.press("Enter")
    for each in (page, other):
        await expect(card(each, UNRECEIVED)).to_contain_text("Changed your mind?")
        await expect(field(each)).to_have_count(0)
        await expect(each.get_by_role("region", name="Invitations")).to_have_count(0)
    await hand.until_status("declined")
    # The button that was pressed is gone; who works with the keyboard is at the one that is there.
    await expect(page.get_by_role("button", name="Continue with Sales desk 5")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await write(page, "Here I am after all")
    await hand.until_status("accepted")
    new = (await hand.offer())["new_room_id"]
    assert await hand.messages(new, hand.successor) == ["Here I am after all"]
    assert await hand.messages(hand.room_id) == await hand.messages(hand.room_id, hand.successor)
    assert "handover_not_now" in await tracked(page)


async def test_an_invitation_that_is_answered_elsewhere(people: People) -> None:
    """Any other client joins the room that was offered; this one follows."""
    hand = await handing(people)
    await hand.session()
    await hand.leave()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await expect(card(page, LEFT)).to_be_visible()
    await hand.customer.call("POST", f"/join/{quote((await hand.offer())['new_room_id'])}")
    await expect(card(page, GOES_ON)).to_be_visible()
    await expect(page.locator(".rooms").get_by_role("link", name="Sales desk 5")).to_be_visible()


async def test_an_offer_without_its_old_session_is_an_invitation(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    await hand.leave()
    await hand.customer.call("POST", f"/rooms/{quote(hand.room_id)}/leave")
    page = await people.sign_in(hand.customer)
    await expect(page.get_by_role("region", name="Invitations")).to_contain_text("Sales desk 5")
    await page.get_by_role("button", name="Accept").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await write(page, "Hello")


async def test_undone_while_it_is_open(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await field(page).fill("One more thing")
    await hand.leave()
    await expect(card(page, LEFT)).to_be_visible()
    await hand.undo()
    await expect(card(page)).to_have_count(0)
    await expect(field(page)).to_have_value("One more thing")
    await field(page).press("Enter")
    await expect(message(page, "One more thing")).to_be_visible()
    assert (await hand.messages(hand.room_id))[-1] == "One more thing"


async def test_a_refused_message_is_a_draft(people: People) -> None:
    """The news of the departure comes after the message was sent: it was never received, and is never shown as such."""
    hand = await handing(people)
    await hand.session()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await page.locator("input[type=file]").set_input_files(
        {"name": "plan.png", "mimeType": "image/png", "buffer": samples.png(64, 64)}
    )
    await expect(page.locator(".attachment[data-state=ready]")).to_be_visible()
    await field(page).fill("The plan of the house")

    async def stand(route: Route) -> None:
        await hand.leave()
        await route.continue_()

    await page.route("**/send/m.room.message/**", stand, times=1)
    await field(page).press("Enter")
    await expect(card(page, LEFT)).to_be_visible()
    draft = page.get_by_role("region", name="Written, and not sent")
    await expect(draft.locator("blockquote")).to_have_text("The plan of the house")
    await expect(draft).to_contain_text("plan.png")
    await expect(page.locator(".message", has_text="The plan of the house")).to_have_count(0)
    await expect(page.locator(".message[data-failed]")).to_have_count(0)
    assert "handover_refused_send" in await tracked(page)
    assert "The plan of the house" not in await hand.messages(hand.room_id)

    await page.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(field(page)).to_have_value("The plan of the house")
    await expect(page.locator(".attachment[data-state=ready]")).to_contain_text("plan.png")
    await field(page).press("Enter")
    await expect(page.locator(".message img").first).to_be_visible()
    await expect(field(page)).to_have_value("")


async def test_a_session_that_was_over(people: People) -> None:
    """Nobody was asked there: the client asks the server, and the customer goes on without an invitation."""
    hand = await handing(people)
    await hand.session()
    await hand.leaver.call("POST", f"/sessions/{quote(hand.room_id)}/close", {}, "/_roomkeeper/v1")
    old, hand.room_id = hand.room_id, ""
    await hand.leave()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await expect(card(page, LEFT)).to_contain_text("Sales desk 5 now takes care of you.")
    await page.get_by_role("button", name="Not now").click()
    await expect(card(page, UNRECEIVED)).to_be_visible()
    await page.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await write(page, "Hello, me again")
    assert "Hello, me again" not in await hand.messages(old)


async def test_nobody_is_there(people: People) -> None:
    """At the limit; then somebody has a place."""
    hand = await handing(people)
    await hand.session()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    path = f"/people/{quote(hand.successor.user_id)}"
    await hand.organisation.call("PATCH", path, {"session_limit": 0})
    await hand.leave("at_limit", plan={"at_limit": "wait"})
    await expect(card(page, LEFT)).to_contain_text("Nobody is free to take care of you just now.")
    await expect(page.get_by_role("button", name="Continue with")).to_have_count(0)
    await expect(field(page)).to_have_count(0)
    await hand.organisation.call("PATCH", path, {"session_limit": 5})
    await expect(page.get_by_role("button", name="Continue with Sales desk 5")).to_be_visible(timeout=60_000)


async def test_who_is_handed_on_can_stay(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await hand.leave(kind="transfer")
    await expect(card(page, "Sales desk 5 is to take care of you")).to_be_visible()
    await expect(field(page)).to_be_visible()
    await page.get_by_role("button", name="Stay with Sales desk 3").click()
    await expect(card(page, "You stay with Sales desk 3")).to_be_visible()
    await write(page, "I stay")
    await expect(message(page, "I stay")).to_be_visible()
    assert (await hand.messages(hand.room_id, hand.leaver))[-1] == "I stay"


async def test_who_talks_with_the_successor_already_goes_on_there(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    other = await hand.organisation.session(hand.customer, staff_id=hand.successor.user_id)
    page = await people.sign_in(hand.customer)
    await open_session(page)
    await field(page).fill("Then here")
    await hand.leave("taken_over")
    await expect(card(page, GOES_ON)).to_be_visible()
    await expect(page.locator(".rooms").get_by_role("link", name="Sales desk 3")).to_have_count(0)
    await page.get_by_role("button", name="Open the conversation with Sales desk 5").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await expect(field(page)).to_have_value("Then here")
    await field(page).press("Enter")
    await expect(message(page, "Then here")).to_be_visible()
    assert await hand.messages(other) == ["Then here"]
    await page.get_by_role("link", name="About this room").click()
    await page.get_by_role("complementary").get_by_role("link", name="Earlier conversation").click()
    await expect(message(page, "May I change the address?")).to_be_visible()


async def test_from_contacts_links_and_new_chats(people: People) -> None:
    """Whoever asks for somebody who has left is told who takes care instead, also where they never talked."""
    hand = await handing(people)
    met = await people.account("customer7", "Customer 7")
    await hand.organisation.call(
        "PUT", f"/people/{quote(hand.leaver.user_id)}/contacts/{quote(met.user_id)}", {"reason": "met at a fair"}
    )
    await hand.leave()
    page = await people.sign_in(met)
    await page.get_by_text("Contacts", exact=True).click()
    contact = page.get_by_role("button", name="Sales desk 3")
    await expect(contact).to_contain_text("has left")
    await contact.click()
    await expect(card(page, LEFT)).to_contain_text("Sales desk 5 now takes care of you.")
    await page.get_by_role("button", name="Not now").click()
    await expect(card(page, UNRECEIVED)).to_be_visible()
    await page.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await write(page, "We met at the fair")

    stranger = await people.account("customer8", "Customer 8")
    page = await people.sign_in(stranger, path=f"/app#/left/{quote(hand.leaver.user_id)}")
    await expect(card(page, LEFT)).to_be_visible()
    await page.evaluate("location.hash = '#/'")
    await page.get_by_role("button", name="Begin something new").click()
    await page.get_by_role("menuitem", name="New chat").click()
    await page.get_by_role("dialog").get_by_role("searchbox").fill(hand.leaver.user_id)
    await page.get_by_role("dialog").get_by_role("button", name="Write: ").first.click()
    await page.get_by_role("button", name="Continue with Sales desk 5").click()
    await expect(heading(page, "Sales desk 5")).to_be_visible()

    await hand.undo()

    async def is_back() -> bool:
        path = f"/succession/{quote(hand.leaver.user_id)}"
        return bool((await stranger.call("GET", path, root="/_roomkeeper/v1"))["state"] == "active")

    await until(is_back)
    await page.goto(f"{people.process.url}/app#/left/{quote(hand.leaver.user_id)}")
    await page.get_by_role("button", name="Write to Sales desk 3").click()
    await expect(heading(page, "Sales desk 3")).to_be_visible()


async def test_the_leaver_is_told_at_once(people: People) -> None:
    hand = await handing(people)
    await hand.session()
    page = await people.sign_in(hand.leaver)
    await open_session(page, "Customer 4")
    await hand.leave()
    await expect(page.get_by_role("heading", name="Your account is locked")).to_be_visible()
    await expect(page.locator(".rail")).to_have_count(0)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Your account is locked")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Your account is locked")).to_be_visible()
    await hand.undo()

    async def is_back() -> bool:
        departure: dict[str, Any] = await hand.organisation.call("GET", f"/departures/{hand.departure_id}")
        return bool(departure["departure"]["state"] == "undone")

    await until(is_back)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".rooms").get_by_role("link", name="Customer 4")).to_be_visible()
    # Who leaves for good takes nothing along on the device.
    hand.room_id = ""
    await hand.leave()
    await page.get_by_role("button", name="Sign out on this device").click()
    await page.get_by_role("button", name="Sign out on this device").click()
    await expect(page.locator("input[name=username]")).to_be_visible()
    await page.locator("input[name=username]").fill(Account("", hand.leaver.user_id, "").name)
    await page.locator("input[name=password]").fill("correct horse battery")
    await page.locator("button[type=submit]").click()
    await expect(page.get_by_role("alert")).to_contain_text("This account can't sign in any more.")


async def test_taken_over_in_place(people: People) -> None:
    """By the plan nobody is asked: the same conversation is the successor's, and goes on."""
    hand = await handing(people)
    await hand.session()
    page, desk = await people.sign_in(hand.customer), await people.sign_in(hand.successor)
    await open_session(page)
    await field(page).fill("To 12 Harbour Road, please")
    await hand.leave("taken_over", plan={"mode": "in_place"})
    await expect(heading(page, "Sales desk 5")).to_be_visible()
    await expect(card(page)).to_have_count(0)
    await expect(field(page)).to_have_value("To 12 Harbour Road, please")
    await field(page).press("Enter")
    await open_session(desk, "Customer 4")
    await expect(message(desk, "To 12 Harbour Road, please")).to_be_visible()
    await expect(desk.locator(".main .head")).to_contain_text("Taken over from Sales desk 3")
