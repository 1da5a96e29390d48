"""Screening in the console: what is held is decided; policies, lists and known files are changed and tried."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests import samples
from tests.browser import organisation
from tests.browser.office import Talk, upload
from tests.browser.organisation import ROOT, Organisation
from tests.browser.people import Account, People
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

PARCEL, RECEIPT = samples.png(640, 420), samples.png(420, 640)
INSULT = "Your service is r.o.t.t.e.n, and so are you."


class Desk:
    """An organisation with somebody who reviews, and a customer who talks with a desk."""

    office: Organisation
    sales: str
    desk: Account
    moderator: Account
    customer: Account
    room_id: str
    list_id: str

    async def hold_picture(self, name: str = "parcel.png", content: bytes = PARCEL, **more: Any) -> str:
        """A picture that is on the list of what is looked at first is sent; the event's id."""
        uri = await upload(self.customer, content, "image/png", name)
        info = {"mimetype": "image/png", "size": len(content), "w": 640, "h": 420}
        talk = Talk(self.room_id, name)
        return await talk.say(
            self.customer, "This is how it came", msgtype="m.image", filename=name, url=uri, info=info, **more
        )

    async def sees(self, event_id: str) -> bool:
        """Whether the desk sees an event."""
        answer = await self.desk.call("GET", f"/rooms/{quote(self.room_id)}/messages?dir=b&limit=50")
        return event_id in {event["event_id"] for event in answer["chunk"]}

    async def cases(self, state: str) -> list[dict[str, Any]]:
        """The cases in a state."""
        return list((await self.office.call("GET", f"/screening/cases?state={state}"))["cases"])


async def known(office: Organisation, content: bytes, label: str = "unwanted") -> None:
    """Make a file known."""
    body = {"label": label, "sha256": hashlib.sha256(content).hexdigest(), "note": "Stolen catalogue"}
    await office.call("POST", "/screening/known", body)


async def make(people: People) -> Desk:
    """The organisation, its list of words and of known files."""
    made = Desk()
    office = made.office = await organisation.found(people)
    made.sales = await office.department("Sales")
    made.desk = await office.staff("desk3", made.sales, display_name="Sales desk 3")
    made.moderator = await office.staff("moderator", made.sales, display_name="Moderator")
    await office.give(made.moderator, "moderator")
    made.customer = await people.account("customer4", "Customer 4")
    body = {"preset": "private_chat", "name": "Delivery of order 4711", "invite": [made.desk.user_id]}
    made.room_id = (await made.customer.call("POST", "/createRoom", body))["room_id"]
    await made.desk.call("POST", f"/join/{made.room_id}")
    words = {"name": "Insults", "label": "insult", "action": "review", "patterns": ["rotten", "liar", "坏蛋"]}
    made.list_id = (await office.call("POST", "/screening/lists", words))["list_id"]
    await known(office, PARCEL)
    return made


@pytest.fixture
async def desk(people: People) -> Desk:
    """A new organisation."""
    return await make(people)


def detail(page: Page) -> Locator:
    """The case that one decides."""
    return page.get_by_role("region", name="Case", exact=True)


def rows(page: Page) -> Locator:
    """The queue."""
    return page.locator(".queue-row")


async def pick(page: Page, where: Locator | Page, label: str, text: str) -> None:
    """Choose in a field with a list."""
    field = where.get_by_role("textbox", name=label).or_(where.get_by_role("combobox", name=label)).first
    await field.click()
    await page.get_by_role("option", name=text, exact=True).first.click()


# ------------------------------------------------------------ review


async def test_a_held_picture_is_shown_approved_and_arrives(desk: Desk) -> None:
    event_id = await desk.hold_picture()
    page = await desk.office.console(desk.moderator, at="/screening?view=queue")
    case = detail(page)
    await expect(case.get_by_role("heading", name="Customer 4")).to_be_visible()
    await expect(case.get_by_text("Session with a customer")).to_be_visible()
    await expect(case.get_by_text("Stolen catalogue")).to_be_visible()
    picture = case.locator(".preview .picture")
    await expect(picture.locator("img")).to_be_visible()
    assert "blur" in await picture.evaluate("element => getComputedStyle(element).filter")
    await case.get_by_role("button", name="Show the picture").click()
    assert await picture.evaluate("element => getComputedStyle(element).filter") == "none"
    assert await picture.locator("img").evaluate("image => image.naturalWidth") == 640
    await case.get_by_text("detectors saw").click()
    await expect(case.get_by_text("held from 0.5").first).to_be_visible()
    assert not await desk.sees(event_id)
    await page.keyboard.press("a")
    await expect(case.get_by_text("This can't be undone.")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    assert await desk.sees(event_id)


async def test_keys_move_refuse_with_a_reason_and_go_on(desk: Desk) -> None:
    talk = Talk(desk.room_id)
    first = await talk.say(desk.customer, INSULT)
    page = await desk.office.console(desk.moderator, at="/screening?view=queue")
    await expect(rows(page)).to_have_count(1)
    await expect(detail(page).locator("mark")).to_have_text("r.o.t.t.e.n")
    # What comes while one looks is there without loading the page anew.
    await desk.hold_picture()
    await expect(rows(page)).to_have_count(2)
    await page.keyboard.press("j")
    await expect(rows(page).nth(1)).to_have_attribute("aria-current", "true")
    await expect(detail(page).locator(".preview img")).to_be_visible()
    await page.keyboard.press("e")
    await expect(page.get_by_role("dialog", name="parcel.png").locator("img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("k")
    await expect(detail(page).locator("mark")).to_be_visible()
    await page.keyboard.press("r")
    await detail(page).get_by_label("Something else").check()
    await detail(page).get_by_label("In your own words").fill("Please stay polite.")
    await detail(page).get_by_label("Decide the same for these words").check()
    await detail(page).get_by_role("button", name="Refuse").click()
    await expect(rows(page)).to_have_count(1)
    await expect(detail(page).locator(".preview img")).to_be_visible()  # the next one came by itself
    assert not await desk.sees(first)
    (refused,) = await desk.cases("refused")
    assert refused["refused_text"] == "Please stay polite."

    # Their appeal stands first.
    await desk.customer.call(
        "POST", f"/screening/mine/{refused['case_id']}/appeal", {"text": "I was angry, sorry."}, ROOT
    )
    await expect(rows(page)).to_have_count(2)
    await page.get_by_label("Appealed only").check()
    await expect(rows(page)).to_have_count(1)
    await rows(page).first.click()
    await expect(detail(page).locator("blockquote")).to_contain_text("I was angry, sorry.")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Export as CSV").click()
    file = await (await waiting.value).path()
    assert "I was angry" in await asyncio.to_thread(file.read_text, encoding="utf-8-sig")


async def test_similar_cases_are_beside(desk: Desk) -> None:
    await desk.hold_picture("one.png")
    await desk.hold_picture("two.png")
    page = await desk.office.console(desk.moderator, at="/screening?view=queue")
    similar = detail(page).get_by_role("region", name="Similar files")
    await expect(similar.get_by_text("The same file")).to_be_visible()


async def test_two_who_decide_the_same_case(desk: Desk) -> None:
    desk.office.people.expected.append("status of 409")
    await desk.hold_picture()
    page = await desk.office.console(desk.moderator, at="/screening?view=queue")
    await expect(detail(page).get_by_role("heading", name="Customer 4")).to_be_visible()
    await page.keyboard.press("r")
    await expect(detail(page).get_by_text("This can't be undone.")).to_be_visible()
    (case,) = await desk.cases("waiting")
    await desk.office.call("POST", f"/screening/cases/{case['case_id']}/approve", {})
    # The queue is read anew when it changes: what somebody else decided is shown as it is.
    await expect(rows(page)).to_have_count(0)
    assert [each["state"] for each in await desk.cases("approved")] == ["approved"]


# ------------------------------------------------------------ policies


async def test_a_policy_is_made_tried_saved_and_reverted(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=policies")
    attempt = page.get_by_role("form", name="Try it")
    await attempt.get_by_label("Words").fill("You liar")
    await attempt.get_by_role("button", name="What would happen?").click()
    await expect(attempt.get_by_text("It would be held for review")).to_be_visible()

    await page.get_by_role("button", name="New policy").first.click()
    card = page.get_by_role("article").first
    await card.get_by_role("textbox", name="Name", exact=True).fill("Customers of Sales")
    await pick(page, page, "Senders", "Customers")
    await page.keyboard.press("Escape")
    await pick(
        page,
        page,
        "Something else for a kind of words",
        "Insults",
    )
    await expect(card.get_by_text("From: Customers")).to_be_visible()
    await attempt.get_by_role("button", name="What would happen?").click()
    await expect(attempt.get_by_text("It would be blocked")).to_be_visible()
    await expect(attempt.get_by_text("Policy: Customers of Sales")).to_be_visible()
    await attempt.get_by_text("As saved").click()
    await attempt.get_by_role("button", name="What would happen?").click()
    await expect(attempt.get_by_text("It would be held for review")).to_be_visible()


async def test_policies_are_kept_saved_and_reverted(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=policies")
    await page.get_by_role("button", name="New policy").first.click()
    card = page.get_by_role("article").first
    await card.get_by_role("textbox", name="Name", exact=True).fill("Customers of Sales")
    # What is not saved is still there after the page was loaded anew; thresholds, then order.
    await page.reload()
    card = page.get_by_role("article", name="Customers of Sales")
    await card.get_by_role("button", name="Edit Customers of Sales").click()
    await card.get_by_text("Known files", exact=True).click()
    field = card.get_by_label("Known files, Unwanted file: Blocked from score")
    await field.fill("0.8")
    await field.blur()
    await page.get_by_role("button", name="New policy").first.click()
    await page.get_by_role("button", name="Ask New policy earlier").click()
    unsaved = page.get_by_role("form", name="Not saved yet")
    await expect(unsaved).to_contain_text("Customers of Sales: new")
    await unsaved.get_by_label("Reason").fill("Complaints of the desk")
    await unsaved.get_by_role("button", name="Save as version 1").click()
    await expect(unsaved).to_have_count(0)
    policies = await desk.office.call("GET", "/screening/policies")
    assert [each["name"] for each in policies["policies"]] == ["New policy", "Customers of Sales"]
    assert policies["reason"] == "Complaints of the desk"
    saved = policies["policies"][1]
    assert saved["detectors"]["known"]["thresholds"]["unwanted"] == {"review": 0.5, "block": 0.8}

    await remove_and_go_back(desk, page)


async def remove_and_go_back(desk: Desk, page: Page) -> None:
    """Another version without the first policy, and the one before again."""
    await page.get_by_role("button", name="Remove the policy").click()  # it is still open
    unsaved = page.get_by_role("form", name="Not saved yet")
    await unsaved.get_by_label("Reason").fill("Not needed")
    await unsaved.get_by_role("button", name="Save as version 2").click()
    await expect(unsaved).to_have_count(0)
    await page.get_by_role("button", name="Versions").click()
    second = page.get_by_role("article", name="Version 2")
    await expect(second).to_contain_text("New policy: removed")
    await page.get_by_role("article", name="Version 1").get_by_role("button", name="Go back to this one").click()
    sure = page.get_by_role("dialog", name="Go back to version 1?")
    await expect(sure).to_contain_text("New policy: new")
    await sure.get_by_role("button", name="Go back to this one").click()
    await expect(page.get_by_role("article", name="New policy")).to_be_visible()
    policies = await desk.office.call("GET", "/screening/policies")
    assert (policies["version"], policies["reason"]) == (3, "Back to version 1")


async def test_a_file_is_tried(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=policies")
    attempt = page.get_by_role("form", name="Try it")
    await attempt.locator("input[type=file]").set_input_files(
        [FilePayload(name="a.png", mimeType="image/png", buffer=PARCEL)]
    )
    await attempt.get_by_role("button", name="What would happen?").click()
    await expect(attempt.get_by_text("It would be held for review")).to_be_visible()
    await expect(attempt.get_by_text("Stolen catalogue")).to_be_visible()


async def test_unsaved_policies_and_somebody_elses(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=policies")
    await page.get_by_role("button", name="New policy").first.click()
    await desk.office.call("PUT", "/screening/policies", {"version": 0, "policies": [{"name": "theirs"}]})
    await page.reload()
    await expect(page.get_by_text("Somebody else has saved another version")).to_be_visible()
    unsaved = page.get_by_role("form", name="Not saved yet")
    await expect(unsaved).to_contain_text("theirs: removed")
    await expect(unsaved.get_by_role("button", name="Save as version 2")).to_be_disabled()
    await page.get_by_role("button", name="Drop my changes").first.click()
    await expect(page.get_by_role("article", name="theirs")).to_be_visible()
    await expect(unsaved).to_have_count(0)


# ------------------------------------------------------------ lists


async def test_a_list_is_made_imported_searched_and_exported(desk: Desk, tmp_path: Path) -> None:
    desk.office.people.expected.append("status of 400")
    page = await desk.office.console(desk.moderator, at="/screening?view=lists")
    await page.get_by_role("button", name="New list").click()
    drawer = page.get_by_role("dialog")
    await drawer.get_by_label("Name").fill("Account numbers")
    await drawer.get_by_label("Regular expressions").check()
    await drawer.get_by_label("A find is called").fill("account")
    await drawer.get_by_label("Patterns").fill("DE[0-9]{20}\n\n(broken\n")
    await drawer.get_by_role("button", name="Create the list").click()
    wrong = drawer.get_by_role("alert")
    await expect(wrong).to_contain_text("Line 3")
    await expect(wrong).to_contain_text("(broken")
    await drawer.get_by_label("Patterns").fill("DE[0-9]{20}")
    await drawer.get_by_role("button", name="Create the list").click()
    await expect(drawer.get_by_role("heading", name="Account numbers")).to_be_visible()

    file = tmp_path / "numbers.csv"
    await asyncio.to_thread(file.write_text, "pattern\nAT[0-9]{18}\n(bad\nCH[0-9]{19}\n")
    await drawer.locator("input[type=file]").set_input_files(file)
    await drawer.get_by_role("button", name="Import", exact=True).click()
    await expect(drawer.get_by_text("2 taken, 1 left out")).to_be_visible()
    await expect(drawer.get_by_role("alert")).to_contain_text("Row 2")
    patterns = drawer.get_by_role("list", name="Patterns")
    await expect(patterns.get_by_role("listitem")).to_have_count(3)
    await drawer.get_by_role("searchbox").fill("ch[")
    await expect(patterns.get_by_role("listitem")).to_have_count(1)
    await drawer.get_by_role("button", name="Remove CH[0-9]{19}").click()
    await expect(drawer.get_by_text("No pattern has that in it.")).to_be_visible()
    async with page.expect_download() as waiting:
        await drawer.get_by_role("button", name="Export as JSON").click()
    path = await (await waiting.value).path()
    assert json.loads(await asyncio.to_thread(path.read_text)) == {"patterns": ["AT[0-9]{18}", "DE[0-9]{20}"]}
    await drawer.get_by_role("button", name="Delete the list").click()
    await (
        page.get_by_role("dialog", name="Delete Account numbers?").get_by_role("button", name="Delete the list").click()
    )
    await expect(page.get_by_role("link", name="Account numbers")).to_have_count(0)
    lists = (await desk.office.call("GET", "/screening/lists"))["lists"]
    assert [each["name"] for each in lists] == ["Insults"]


async def test_a_file_is_made_known_and_forgotten(desk: Desk) -> None:
    page = await desk.office.console(desk.moderator, at="/screening?view=known")
    await page.get_by_role("button", name="Add a file").first.click()
    drawer = page.get_by_role("dialog")
    await drawer.locator("input[type=file]").set_input_files(
        [FilePayload(name="receipt.png", mimeType="image/png", buffer=RECEIPT)]
    )
    await drawer.get_by_label("Note").fill("Forged receipt")
    await drawer.get_by_role("button", name="Add a file").click()
    await expect(page.get_by_role("link", name="Forged receipt")).to_be_visible()
    items = (await desk.office.call("GET", "/screening/known"))["items"]
    assert items[0]["sha256"] == hashlib.sha256(RECEIPT).hexdigest()
    assert items[0]["label"] == "prohibited"
    await page.get_by_role("link", name="Forged receipt").click()
    await drawer.get_by_role("button", name="Forget it").click()
    await page.get_by_role("dialog", name="Forget this file?").get_by_role("button", name="Forget it").click()
    await expect(page.get_by_role("link", name="Forged receipt")).to_have_count(0)
    await page.get_by_role("button", name="Import").click()
    csv = f"sha256,label,note\n{'a' * 64},prohibited,Old list\nnonsense,prohibited,x\n"
    await drawer.locator("input[type=file]").set_input_files(
        [FilePayload(name="list.csv", mimeType="text/csv", buffer=csv.encode())]
    )
    await drawer.get_by_role("button", name="Import", exact=True).click()
    await expect(drawer.get_by_text("1 taken, 1 left out")).to_be_visible()
    await expect(drawer.get_by_text("Line 3")).to_be_visible()


# ------------------------------------------------------------ detectors, overview, who may


async def test_what_was_sent_is_looked_at_anew(desk: Desk) -> None:
    page = await desk.office.console(at="/screening?view=detectors")
    known_files = page.get_by_role("article", name="Known files", exact=True)
    await expect(known_files.get_by_text("Well")).to_be_visible()
    await expect(page.get_by_role("article", name="Malware")).to_contain_text("Why it isn't there")
    await page.get_by_role("button", name="Look anew at what was sent").click()
    sure = page.get_by_role("dialog", name="Look anew at what was sent?")
    await sure.get_by_role("button", name="Look anew").click()
    await expect(page.get_by_text("What was sent was looked at anew")).to_be_visible()


async def test_the_overview_leads_to_what_waits(desk: Desk) -> None:
    await desk.hold_picture()
    policy = {"name": "careful", "detectors": {"malware": {"on_absence": "review"}}}
    await desk.office.call("PUT", "/screening/policies", {"version": 0, "policies": [policy]})
    page = await desk.office.console(at="/overview")
    await page.get_by_role("link", name="A detector is missing: Malware").click()
    await expect(page.get_by_role("article", name="Malware")).to_contain_text("careful")
    await page.get_by_role("tab", name="Overview").click()
    await expect(page.get_by_role("link", name="Waiting for review")).to_contain_text("The longest for")
    await expect(page.get_by_role("link", name="Detectors missing or failing")).to_contain_text("Malware")
    causes = page.get_by_role("region", name="Why something was held or refused")
    await expect(causes).to_contain_text("Known files: Unwanted file")
    await page.get_by_text("30 days").click()
    await expect(page).to_have_url(re.compile("span=month"))
    await page.reload()
    await expect(page.get_by_role("radio", name="30 days")).to_be_checked()
    await expect(page.get_by_role("region", name="What became of what was sent, by the day")).to_be_visible()
    await page.get_by_role("link", name="Waiting for review").click()
    await expect(rows(page)).to_have_count(1)


async def test_who_may_not(desk: Desk) -> None:
    supervisor = await desk.office.staff("supervisor", desk.sales, display_name="Supervisor")
    await desk.office.give(supervisor, "supervisor")
    page = await desk.office.console(supervisor, at="/screening")
    await expect(page.get_by_role("tab", name="Policies")).to_be_visible()
    await expect(page.get_by_role("tab", name="To review")).to_have_count(0)
    await expect(page.get_by_role("tab", name="Known files")).to_have_count(0)
    await page.get_by_role("tab", name="Policies").click()
    await expect(page.get_by_role("heading", name="No policies yet")).to_be_visible()
    await expect(page.get_by_role("button", name="New policy")).to_have_count(0)
    await page.get_by_role("tab", name="Words").click()
    await page.get_by_role("link", name="Insults").click()
    await expect(page.get_by_role("dialog").get_by_text("rotten")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Delete the list")).to_have_count(0)
    page = await desk.office.console(desk.desk, at="/screening")
    await expect(page.get_by_role("heading", name="You may not see this page")).to_be_visible()


# ------------------------------------------------------------ how it looks


async def fill(desk: Desk) -> str:
    """A day of review; an appealed case's id."""
    talk = Talk(desk.room_id)
    await talk.say(desk.customer, "Hello, about the delivery of last week.")
    await talk.say(desk.customer, f"{INSULT} 你这个坏蛋。")
    await talk.say(desk.customer, "Nobody answers me. You are a liar and I tell everybody.")
    for case in await desk.cases("waiting"):
        if "liar" in case["text"]:
            await desk.office.call(
                "POST", f"/screening/cases/{case['case_id']}/refuse", {"told": "Please stay polite."}
            )
            body = {"text": "I was angry: it is the third time that something is missing."}
            await desk.customer.call("POST", f"/screening/mine/{case['case_id']}/appeal", body, ROOT)
            appealed = str(case["case_id"])
    await desk.hold_picture("one.png")
    await desk.hold_picture("parcel of the third delivery.png")
    for number in range(3):
        picture = samples.png(300 + number, 200)
        uri = await upload(desk.customer, picture, "image/png", "lamp.png")
        await talk.say(desk.customer, "lamp.png", msgtype="m.image", url=uri, info={"mimetype": "image/png"})
    policies = [
        {
            "name": "Customers of Sales",
            "match": {"senders": ["customer", "bridge"], "departments": [desk.sales], "media": ["image", "video"]},
            "deadline": 10,
            "on_deadline": "review",
            "detectors": {"malware": {"on_absence": "review"}, "known": {"thresholds": {"unwanted": {"review": 0.4}}}},
        },
        {"name": "Colleagues", "match": {"senders": ["staff"]}, "text": {"insult": "allow"}, "languages": ["de"]},
    ]
    await desk.office.call("PUT", "/screening/policies", {"version": 0, "policies": policies[:1], "reason": "Start"})
    await desk.office.call("PUT", "/screening/policies", {"version": 1, "policies": policies, "reason": "Colleagues"})
    return appealed


async def show(page: Page, address: str) -> None:
    """Go to an address of the console, and wait until what it shows is there."""
    await page.evaluate("address => { location.hash = address }", address)
    await expect(page.locator("[aria-busy=true], .mantine-Skeleton-root, .preview .mantine-Loader-root")).to_have_count(
        0
    )
    await expect(page.locator("main h1, main h2").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_how_it_looks(desk: Desk, size: str, language: str) -> None:
    appealed = await fill(desk)
    page = await desk.office.people.open(SIZES[size], language, path="/console")
    await organisation.sign_in(page, Account(desk.office.owner.url, "@owner:example.org", ""))
    look = Look(page, size, language)
    (*_, newest) = await desk.cases("waiting")
    items = (await desk.office.call("GET", "/screening/known"))["items"]
    for name, address in {
        "overview": "/screening",
        "month": "/screening?span=month",
        "queue": "/screening?view=queue",
        "case": f"/screening/{newest['case_id']}?view=queue",
        "appeal": f"/screening/{appealed}?view=queue",
        "queue-none": "/screening?view=queue&state=blocked&kind=sent",
        "policies": "/screening?view=policies",
        "versions": "/screening/versions?view=policies",
        "lists": "/screening?view=lists",
        "list": f"/screening/{desk.list_id}?view=lists",
        "list-new": "/screening/new?view=lists",
        "known": "/screening?view=known",
        "known-one": f"/screening/{items[0]['id']}?view=known",
        "known-new": "/screening/new?view=known",
        "detectors": "/screening?view=detectors",
        "attention": "/overview",
    }.items():
        await show(page, address)
        await look.at(f"screening-{name}")
    await show(page, f"/screening/{newest['case_id']}?view=queue")
    await page.locator(".preview-cover").first.click()
    await page.locator(".case-body details summary").first.click()
    await page.locator(".decision button").nth(1).click()
    await expect(page.locator(".decision form, form.decision")).to_be_visible()
    await look.at("screening-refuse")
    await show(page, "/screening?view=policies")
    await page.locator("article button[aria-expanded]").first.click()
    await page.locator(".detector-rule summary").nth(1).click()
    await page.locator("article input").first.fill("Customers of the sales desks")
    await look.at("screening-policy")
    form = page.locator("form.try")
    await form.locator("textarea:visible").fill("You liar")
    await form.locator("button[type=submit]").click()
    await expect(form.get_by_role("status")).to_be_visible()
    await form.get_by_role("status").scroll_into_view_if_needed()
    await look.at("screening-try")
    assert not look.findings, "\n".join(look.findings)


async def test_it_works_at_320_pixels(desk: Desk) -> None:
    appealed = await fill(desk)
    page = await desk.office.people.open((320, 640), path="/console")
    await organisation.sign_in(page, Account(desk.office.owner.url, "@owner:example.org", ""))
    for address in (
        "/screening",
        "/screening?view=queue",
        f"/screening/{appealed}?view=queue",
        "/screening?view=policies",
        "/screening?view=lists",
        f"/screening/{desk.list_id}?view=lists",
        "/screening?view=known",
        "/screening?view=detectors",
    ):
        await show(page, address)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
