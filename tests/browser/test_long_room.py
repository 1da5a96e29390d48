"""A conversation of 10,000 messages: only what is in view is in the page, and who looks back misses nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.people import Account, People
from tests.browser.test_chat import message

pytestmark = pytest.mark.asyncio(loop_scope="session")

MESSAGES = 10_000
AT_A_TIME = 32
MOST_ROWS = 120
GO_BACK = (Path(__file__).parent / "go_back.js").read_text()


async def fill(account: Account, room_id: str, count: int) -> None:
    """Send numbered messages, in this order: events that are sent together may change places."""
    headers = {"authorization": f"Bearer {account.token}"}
    url = f"{account.url}/_matrix/client/v3/rooms/{room_id}/send/m.room.message/"
    async with aiohttp.ClientSession(headers=headers) as session:
        for number in range(count):
            body = {"msgtype": "m.text", "body": f"line {number:05}"}
            async with session.put(f"{url}t{number}", json=body) as answer:
                assert answer.status == 200, await answer.text()


async def test_ten_thousand_messages(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    await fill(desk, room_id, MESSAGES)
    page = await people.sign_in(customer)
    await page.get_by_role("link", name="Delivery").click()
    await expect(message(page, f"line {MESSAGES - 1:05}")).to_be_in_viewport()
    page.set_default_timeout(300_000)
    async with asyncio.timeout(600):
        found = await page.evaluate(GO_BACK, MESSAGES)
    with capsys.disabled():
        print(
            f"\n{MESSAGES} messages paged through in {found['steps']} steps, {found['seconds']:.0f} s; "
            f"at most {found['mostRows']} rows in the page; "
            f"{len(found['longTasks'])} tasks over 50 ms, the longest {max(found['longTasks'], default=0):.0f} ms; "
            f"{found['slowFrames']} of {found['frames']} frames over 50 ms"
        )
    assert found["broken"] == [], "rows that stand together are neighbours"
    assert found["missing"] == []
    assert found["mostRows"] < MOST_ROWS
    await expect(page.get_by_text("The conversation begins here")).to_be_visible()
    await page.get_by_role("button", name="To the newest message").click()
    await expect(message(page, f"line {MESSAGES - 1:05}")).to_be_in_viewport()
