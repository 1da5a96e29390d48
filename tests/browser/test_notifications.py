"""What is told outside the page: one notice a room, by the push rules, when somebody wants it and is not reading."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.office import Talk
from tests.browser.people import Account, People
from tests.browser.test_app import has_worker
from tests.browser.test_chat import message

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOWN = """navigator.serviceWorker.getRegistration('/app').then(one => one.getNotifications())
    .then(all => all.map(({title, body, tag, silent, data}) => ({title, body, tag, silent, data})))"""


async def shown(page: Page, count: int) -> list[dict[str, Any]]:
    """The notices that are shown, when there are so many."""
    for _ in range(300):
        notices: list[dict[str, Any]] = await page.evaluate(SHOWN)
        if len(notices) == count:
            return notices
        await page.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError(f"{notices} are not {count}")


async def desk_with_rooms(people: People, *, mutes_first: bool = False) -> tuple[Page, Account, list[Talk]]:
    """The desk at their page, a customer, and two rooms of both, the first of which the desk may have muted."""
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    body = {"preset": "private_chat", "name": "Claims", "invite": [desk.user_id]}
    other = (await customer.call("POST", "/createRoom", body))["room_id"]
    await desk.call("POST", f"/join/{other}")
    if mutes_first:
        rule = {"actions": [], "conditions": [{"kind": "event_match", "key": "room_id", "pattern": room_id}]}
        await desk.call("PUT", f"/pushrules/global/override/{room_id}", rule)
    page = await people.sign_in(desk)
    await has_worker(page)
    await page.context.grant_permissions(["notifications"], origin=people.process.url)
    return page, customer, [Talk(room_id), Talk(other)]


async def turn_on(page: Page) -> None:
    """Switch notifications on in the settings."""
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("switch", name="Tell me about new messages").click()
    await expect(page.get_by_role("switch", name="Tell me about new messages")).to_be_checked()


async def test_messages_are_told_once_a_room_and_taken_back_when_read(people: People) -> None:
    page, customer, [delivery, claims] = await desk_with_rooms(people)
    await turn_on(page)
    await delivery.say(customer, "Hello")
    await shown(page, 1)
    second = await delivery.say(customer, "Is somebody there?")
    await expect(page.get_by_label("2 unread messages")).to_be_visible()
    await claims.say(customer, "About my claim")
    notices = {one["tag"]: one for one in await shown(page, 2)}
    found = notices[delivery.room_id]
    assert found["title"] == "Delivery"
    assert "Customer 4: Is somebody there?" in found["body"]
    assert "1 more" in found["body"]
    assert not found["silent"]
    assert second.replace("$", "%24") in found["data"]["hash"]
    assert found["data"]["hash"].startswith("#/room/")
    await expect(page).to_have_title("(3) Roomkeeper")
    assert str(await page.locator("link[rel=icon]").get_attribute("href")).startswith("data:image/png")

    # What is being read is not told; what was read is taken back.
    await page.get_by_role("link", name="Delivery").click()
    await expect(message(page, "Is somebody there?")).to_be_visible()
    assert [one["tag"] for one in await shown(page, 1)] == [claims.room_id]
    await delivery.say(customer, "Thank you")
    await expect(message(page, "Thank you")).to_be_visible()
    assert [one["tag"] for one in await shown(page, 1)] == [claims.room_id]
    await page.get_by_role("link", name="Claims").click()
    await shown(page, 0)
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/app/icon.svg")


async def test_a_click_opens_the_room_at_the_message(people: People) -> None:
    page, customer, [delivery, _claims] = await desk_with_rooms(people)
    await turn_on(page)
    event_id = await delivery.say(customer, "Please look here")
    await shown(page, 1)
    [worker] = page.context.service_workers
    await worker.evaluate(
        """async () => {
            const [notification] = await registration.getNotifications();
            dispatchEvent(new NotificationEvent('notificationclick', {notification}));
        }"""
    )
    await expect(message(page, "Please look here")).to_be_visible()
    assert event_id.replace("$", "%24") in page.url


async def test_push_rules_quiet_hours_and_off_are_kept_to(people: People) -> None:
    page, customer, [delivery, claims] = await desk_with_rooms(people, mutes_first=True)
    await turn_on(page)
    await page.get_by_role("switch", name="With a sound").click()
    await expect(page.get_by_role("switch", name="With a sound")).not_to_be_checked()
    await delivery.say(customer, "Muted")
    await claims.say(customer, "Told")
    [found] = await shown(page, 1)
    assert (found["tag"], found["silent"]) == (claims.room_id, True)

    # Quiet hours that are now.
    await page.get_by_role("link", name="Claims").click()
    await shown(page, 0)
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("switch", name="Quiet hours").click()
    await page.get_by_label("From").fill("00:00")
    await page.get_by_label("Until").fill("23:59")
    await claims.say(customer, "At night")
    await expect(page.get_by_label("1 unread message")).to_be_visible()
    assert await page.evaluate(SHOWN) == []
    names = await page.evaluate("roomkeeper.tracked().map(one => one.name)")
    assert "notification_settings" in names
    assert names.count("notification_show") == 1


async def test_leave_is_asked_for_when_a_message_was_missed(people: People) -> None:
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    page = await people.open()
    # What Chromium without a window answers for somebody: not decided yet, then yes.
    await page.add_init_script(
        """let answer = "default";
        Object.defineProperty(Notification, "permission", {get: () => answer});
        Notification.requestPermission = async () => (answer = "granted");"""
    )
    await page.goto(people.process.url + "/app")
    await page.locator("input[name=username]").fill(desk.name)
    await page.locator("input[name=password]").fill("correct horse battery")
    await page.locator("button[type=submit]").click()
    await expect(page.get_by_role("link", name="Delivery")).to_be_visible()
    ask = page.get_by_role("region", name="Notifications")
    await expect(ask).to_have_count(0)
    await Talk(room_id).say(customer, "Hello")
    await expect(ask).to_be_visible()
    await ask.get_by_role("button", name="Yes, tell me").click()
    await expect(ask).to_have_count(0)
    await page.get_by_role("link", name="Settings").click()
    await expect(page.get_by_role("switch", name="Tell me about new messages")).to_be_checked()
