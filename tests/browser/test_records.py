"""Records as people see them: recorded, shown in console, chat and by a link; searched, exported, held, erased; live,
and no longer when that has ended; refused to who may not; told to customers, who agree or refuse."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.async_api import Page, expect

from tests.browser.organisation import ROOT
from tests.browser.people import People
from tests.browser.records_world import Recorded, row

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(people: People, world: Recorded) -> Page:
    """The record of the session, in the officer's console."""
    del people
    page = await world.organisation.console(world.officer, "/records")
    await page.get_by_role("link", name=re.compile("Customer 4")).first.click()
    await expect(page.locator(".record-roll")).to_be_visible()
    return page


async def test_a_record_looks_like_the_conversation(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    page = await opened(people, world)
    edited = row(page, "Then we send you a new one today.")
    await expect(edited.first).to_be_visible()
    await edited.get_by_text("All 2 versions").click()
    await expect(edited.get_by_text("Then we send you a new one tomorow.")).to_be_visible()
    await expect(row(page, "order 4711").locator(".reaction")).to_have_text("👍 1")
    await expect(row(page, "This is how it came").get_by_role("img", name="lamp.png")).to_be_visible()
    await expect(page.get_by_text("Read by Sales desk 3")).to_be_visible()
    await expect(page.get_by_text("is written down")).to_be_visible()
    # What was removed is shown to who may see it, and asks for it.
    await expect(row(page, "This message was removed")).to_be_visible()
    await expect(page.get_by_text("The code of the door")).to_have_count(0)
    await page.get_by_role("switch", name="Show what was removed").click()
    await expect(row(page, "The code of the door is 4096.")).to_contain_text("Removed by Sales desk 3")
    marks = page.locator(".record-mark")
    assert await marks.count() > 5
    assert set(await marks.evaluate_all("marks => marks.map(mark => mark.dataset.chain)")) == {"verified"}
    # What is said now stands there at once; who reads what was said earlier is told of it, and stays there.
    to_end = page.get_by_role("button", name=re.compile("To the newest entry|new entr"))
    await page.locator(".record-roll").evaluate("roll => roll.scrollTo(0, roll.scrollHeight)")
    await world.say(world.customer, "Is it on its way?")
    await expect(row(page, "Is it on its way?")).to_be_in_viewport()
    await expect(to_end).to_have_count(0)
    for number in range(12):
        await world.say(world.desk, f"It has left house {number}.")
    await expect(row(page, "It has left house 11.")).to_be_in_viewport()
    await page.locator(".record-roll").evaluate("roll => roll.scrollTo(0, 0)")
    await expect(to_end).to_have_text("To the newest entry")
    await world.say(world.customer, "Thank you very much.")
    await expect(to_end).to_have_text("1 new entry")
    await expect(page.locator(".record-row").first).to_be_in_viewport()
    await to_end.click()
    await expect(row(page, "Thank you very much.")).to_be_in_viewport()
    await expect(to_end).to_have_count(0)


async def test_search_inside_and_across(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    for number in range(120):
        await world.say(world.desk, f"Line {number}")
    page = await opened(people, world)
    await expect(row(page, "Line 119")).to_be_in_viewport()
    await page.get_by_role("searchbox", name="Search this record").fill("lamp")
    await expect(page.locator(".record-found")).to_have_text("2 of 2")
    await expect(row(page, "This is how it came")).to_be_in_viewport()
    await expect(page.locator(".record-minimap button")).to_have_count(2)
    await page.get_by_role("button", name="The hit before").click()
    await expect(row(page, "order 4711")).to_be_in_viewport()
    await expect(row(page, "order 4711").locator("mark")).to_have_text("lamp")
    await page.get_by_role("searchbox", name="Search this record").fill("办公室")
    await expect(page.locator(".record-found")).to_have_text("1 of 1")
    await expect(row(page, "谢谢")).to_be_in_viewport()
    await page.locator("input[type=date]").fill("2020-01-01")
    await expect(page.locator(".record-row").first).to_be_in_viewport()
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("searchbox", name="Search in all records").fill("damaged")
    await page.get_by_role("link", name="Hello, the lamp of order 4711").click()
    await expect(row(page, "order 4711")).to_be_in_viewport()


async def test_shared_opened_live_and_ended(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    theirs = await people.sign_in(world.colleague)
    ours = await people.sign_in(world.desk)
    await ours.get_by_role("link", name=re.compile("Customer 4")).click()
    await ours.get_by_role("button", name="Recorded").click()
    await expect(ours.get_by_role("dialog")).to_contain_text("records officers")
    await ours.get_by_role("link", name="Open the record").click()
    await ours.get_by_role("button", name="Share").click()
    await ours.get_by_role("textbox", name="Name or id").fill("Sales desk 4")
    await ours.locator(".record-people button", has_text="desk4").first.click()
    await ours.get_by_role("textbox", name="Note for them").fill("Please look")
    await ours.get_by_role("button", name="Show it").click()
    await expect(ours.get_by_text("Sales desk 4 can see it now.")).to_be_visible()
    # It is there at once, without loading anything anew.
    await theirs.get_by_role("link", name="Please look").click()
    await expect(row(theirs, "order 4711")).to_be_visible()
    assert "#/records/" in theirs.url
    await world.say(world.customer, "And the shade?")
    await expect(row(theirs, "And the shade?")).to_be_visible()
    await expect(theirs.get_by_role("button", name="Share")).to_have_count(0)
    await ours.get_by_role("button", name="End it for desk4").click()
    await ours.get_by_role("button", name="End it now").click()
    await expect(theirs.get_by_text("This is shown to you no longer")).to_be_visible()
    await expect(theirs.get_by_text("Shared with you")).to_have_count(0)


async def test_a_part_is_chosen_and_shown(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    page = await people.sign_in(world.desk)
    await page.evaluate(f"location.hash = '#/records/{await world.record_id()}'")
    await page.get_by_role("button", name="Share").click()
    await page.get_by_role("button", name="Only a part").click()
    await row(page, "This is how it came").locator(".record-choose").click()
    await row(page, "谢谢").locator(".record-choose").click()
    await page.get_by_role("button", name="Take this part").click()
    await page.get_by_text("A link", exact=True).click()
    await page.get_by_role("button", name="Make the link").click()
    url = await page.get_by_role("textbox", name="The link", exact=True).input_value()
    path = url.partition("/record#")[2]
    visitor = await people.open(path=f"/record#{path}")
    await expect(row(visitor, "谢谢")).to_be_visible()
    await expect(visitor.get_by_role("img", name="lamp.png")).to_be_visible()
    await expect(visitor.get_by_text("order 4711")).to_have_count(0)
    await visitor.get_by_role("button", name="Verify").click()
    await expect(visitor.get_by_text("as they were recorded")).to_be_visible()
    (share,) = (await world.desk.call("GET", f"/records/{await world.record_id()}/shares", None, ROOT))["shares"]
    await world.desk.call("DELETE", f"/records/{await world.record_id()}/shares/{share['share_id']}", None, ROOT)
    await expect(visitor.get_by_text("This link shows nothing any more")).to_be_visible()


async def test_refused_to_who_may_not(people: People) -> None:
    world = await Recorded().open(people, reason_required=True)
    await world.conversation()
    record_id = await _id_with_reason(world)
    stranger = await people.sign_in(world.colleague)
    await stranger.evaluate(f"location.hash = '#/records/{record_id}'")
    await expect(stranger.get_by_text("There is nothing here for you")).to_be_visible()
    page = await world.organisation.console(world.officer, f"/records/{record_id}")
    await page.get_by_role("textbox", name="Reason").fill("客户投诉 4711")
    await page.get_by_role("button", name="Show the record").click()
    await expect(row(page, "order 4711")).to_be_visible()
    log = await world.organisation.call("GET", "/audit?permission=records.read&limit=50")
    assert any("客户投诉 4711" in entry["reason"] for entry in log["entries"])


async def _id_with_reason(world: Recorded) -> str:
    return await world.record_id()


async def test_exported_with_progress(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    page = await opened(people, world)
    await page.get_by_role("button", name="Export").click()
    await page.get_by_role("button", name="Begin").click()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(await (await saving.value).path()) as file:
        assert {"manifest.json", "manifest.sig", "entries.jsonl"} <= set(file.namelist())
        assert b"order 4711" in file.read("entries.jsonl")
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("tab", name="Exports").click()
    await expect(page.get_by_role("row", name=re.compile("1 record"))).to_be_visible()


async def test_held_then_erased(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    page = await opened(people, world)
    more = page.get_by_role("button", name="More to do with this record")
    await more.click()
    await page.get_by_role("menuitem", name="Lay a legal hold").click()
    await page.get_by_role("textbox", name="Reason").fill("a complaint")
    await page.get_by_role("button", name="Lay the hold").click()
    await expect(page.locator(".record-head")).to_contain_text("on legal hold")
    await more.click()
    await expect(page.get_by_role("menuitem", name="Can't be erased")).to_be_disabled()
    await page.get_by_role("menuitem", name="Legal holds").click()
    await page.get_by_role("button", name="Release").click()
    await page.get_by_role("dialog").get_by_role("button", name="Release").click()
    await expect(page.get_by_role("cell", name="Released")).to_be_visible()
    await page.get_by_role("tab", name="Records", exact=True).click()
    await page.get_by_role("link", name=re.compile("Customer 4")).first.click()
    await more.click()
    await page.get_by_role("menuitem", name="Erase").click()
    await page.get_by_role("textbox", name="Reason").fill("asked for by the customer")
    await page.get_by_role("textbox", name="Write “erase” to go on").fill("erase")
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.locator(".record-mark[data-chain=erased]").first).to_be_visible()
    await expect(page.get_by_text("order 4711")).to_have_count(0)
    await page.get_by_role("button", name="Verify").click()
    await expect(page.get_by_role("dialog")).to_contain_text("the chain holds")


async def test_the_console_says_whether_it_is_all_right(people: People) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    page = await world.organisation.console(world.officer, "/records")
    await expect(page.get_by_text("Entries recorded in 24 hours")).to_be_visible()
    await page.get_by_role("button", name="Check all now").click()
    await expect(page.get_by_text("All hold")).to_be_visible()
    await page.get_by_role("tab", name="Policies").click()
    await page.get_by_role("button", name="New policy").click()
    await page.get_by_role("combobox", name="Department").click()
    await page.get_by_role("option", name="Sales").click()
    await page.get_by_role("combobox", name="Customers").click()
    await page.get_by_role("option", name="are asked").click()
    await page.get_by_role("button", name="Save").click()
    card = page.locator(".record-policies li", has_text="Sales")
    await expect(card).to_contain_text("are asked")
    given = (await world.organisation.call("GET", "/records/policies"))["policies"]
    assert next(one for one in given if one["department_id"] == world.department)["consent"] == "ask"
    await expect(page.get_by_text("Where checkpoints go")).to_be_visible()


async def test_a_customer_is_asked(people: People) -> None:
    world = await Recorded().open(people, consent="ask", until_answer=False)
    page = await people.sign_in(world.customer)
    await page.get_by_role("link", name=re.compile("Sales desk 3")).click()
    card = page.get_by_role("region", name="May this conversation be recorded?")
    await expect(card).to_be_visible()
    await expect(page.get_by_role("button", name="Not recorded")).to_be_visible()
    await card.get_by_role("button", name="I agree").click()
    await expect(card).to_have_count(0)
    mark = page.get_by_role("button", name="Recorded", exact=True)
    await mark.click()
    await expect(page.get_by_role("dialog")).to_contain_text("You have agreed.")
    await page.get_by_role("dialog").get_by_role("button", name="I refuse").click()
    await expect(page.get_by_role("dialog")).to_contain_text("You have refused.")
    said = await world.customer.call("GET", f"/rooms/{world.room_id}/state/org.roomkeeper.recording")
    assert said == {"recorded": False, "consent": "refused"}
    ours = await people.sign_in(world.desk)
    await ours.get_by_role("link", name=re.compile("Customer 4")).click()
    await ours.get_by_role("button", name="Not recorded").click()
    await expect(ours.get_by_role("dialog")).to_contain_text("The customer has refused.")
