"""What people do in the real page reaches the server, as one flow with what it does itself; how it is switched off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Page, expect

from roomkeeper.platform.instance import find_running
from tests.browser.people import Account, People
from tests.browser.safety_world import until as wait_until
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")
STUCK = "message_stuck"


async def flow(people: People, user: Account, kind: str = STUCK) -> dict[str, Any]:
    """A user's flow, as the operator sees it."""
    running = find_running(people.process.data_dir)
    assert running is not None
    url = f"{people.process.url}/_roomkeeper/v1/repair/flow?kind={kind}&user_id={quote(user.user_id)}"
    headers = {"authorization": f"Bearer {running.token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def until(people: People, user: Account, check: Callable[[dict[str, Any]], Any], kind: str = STUCK) -> Any:
    """The flow, once it is as it should be."""
    found: dict[str, Any] = {}

    async def is_so() -> bool:
        found.update(await flow(people, user, kind))
        return bool(check(found))

    await wait_until(is_so)
    return found


def sides(found: dict[str, Any], number: int = 1) -> list[Any]:
    """The attempts of which both sides have told everything."""
    whole = [each for each in found["attempts"] if each["deviation"] is None and len(each["steps"]) == 3]
    return whole if len(whole) >= number else []


async def talking(people: People) -> tuple[Page, Account]:
    """Somebody in a room, in a browser."""
    _room, [alice, _bob] = await people.talking("Customer 4", "Front desk")
    page = await people.sign_in(alice)
    await page.get_by_role("link", name="Delivery").click()
    return page, alice


async def test_a_message_is_told_by_both_sides_with_its_transaction_id(people: People) -> None:
    page, alice = await talking(people)
    await write(page, "my secret words")
    await expect(message(page, "my secret words")).to_be_visible()
    found = await until(people, alice, sides)
    steps = sides(found)[0]["steps"]
    assert [(step["point"], step["side"]) for step in steps] == [
        ("message_sending", "client"),
        ("message_accepted", "server"),
        ("message_sent", "client"),
    ]
    assert all(not step["event"].get("drift") for step in steps)
    assert "secret" not in str(found)
    ready = await until(
        people, alice, lambda one: one["attempts"] and len(one["attempts"][0]["steps"]) == 4, "signed_out"
    )
    assert ready["attempts"][0]["deviation"] is None


async def test_what_is_done_offline_is_kept_and_comes_later(people: People) -> None:
    page, alice = await talking(people)
    await until(people, alice, lambda one: one["attempts"], "signed_out")
    await page.context.set_offline(True)
    await write(page, "into the void")
    await expect(page.get_by_role("button", name="Send again")).to_be_visible()
    assert (await flow(people, alice))["attempts"] == []
    await page.context.set_offline(False)
    found = await until(people, alice, lambda one: one["attempts"])
    assert found["attempts"][0]["steps"][0]["point"] == "message_sending"


async def test_leaving_the_page_sends_what_waits(people: People) -> None:
    page, alice = await talking(people)
    await until(people, alice, lambda one: one["attempts"], "signed_out")
    await asyncio.sleep(6)  # what the start has told is sent
    await write(page, "bye")
    await expect(message(page, "bye")).to_be_visible()
    await page.wait_for_function("roomkeeper.tracked().some((one) => one.name === 'message_sent')")
    await page.close(run_before_unload=True)
    await until(people, alice, sides)


async def test_who_switches_it_off_sends_nothing_and_what_there_was_is_erased(people: People) -> None:
    page, alice = await talking(people)
    await write(page, "one")
    await until(people, alice, sides)
    await page.evaluate("location.hash = '#/settings'")
    await page.get_by_text("Send what I do here").click()
    await expect(page.get_by_text("has been erased")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/v1/batch" in request.url else None)
    await page.evaluate("location.hash = '#/'")
    await page.get_by_role("link", name="Delivery").click()
    await write(page, "two")
    await expect(message(page, "two")).to_be_visible()
    await asyncio.sleep(7)
    assert sent == []
    assert (await flow(people, alice))["attempts"] == []
    assert await page.evaluate("Object.keys(localStorage).filter((one) => one.includes('tracking'))") == []
