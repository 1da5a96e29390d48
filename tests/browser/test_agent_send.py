"""What `roomkeeper-agent send` has uploaded stands in the composer, and its bytes are not uploaded again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from roomkeeper_agent.cli.sending import chat_address, upload
from tests.browser.people import People
from tests.browser.test_attachments import Gate, chip, picture, talking
from tests.browser.test_chat import message, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_stands_in_the_room_and_leaves_without_another_upload(people: People, tmp_path: Path) -> None:
    room_id, customer, theirs, ours = await talking(people)
    gate = Gate(theirs)
    await gate.start()
    sent = await upload(customer.url, customer.token, picture(tmp_path, "of the agent.png"), room_id)
    assert (sent.verdict["state"], sent.verdict["action"]) == ("checked", "allow")
    await theirs.goto(sent.chat)
    await expect(chip(theirs, "of the agent.png")).to_contain_text("ready to send")
    await theirs.screenshot(path="build/screenshots/agent-send.png")
    await write(theirs, "From the desktop")
    there = message(ours, "From the desktop").get_by_role("img", name="of the agent.png")
    await expect(there).to_be_visible()
    assert gate.digests == []
    chunk = (await customer.call("GET", f"/rooms/{room_id}/messages?dir=b&limit=10"))["chunk"]
    [content] = [one["content"] for one in chunk if one["content"].get("msgtype") == "m.image"]
    assert content["url"] == sent.url


async def test_without_a_room_one_is_chosen(people: People, tmp_path: Path) -> None:
    _room, customer, theirs, ours = await talking(people)
    sent = await upload(customer.url, customer.token, picture(tmp_path, "anywhere.png"), "")
    await theirs.goto(sent.chat)
    await expect(theirs.get_by_role("heading", name="Share to …")).to_be_visible()
    await theirs.get_by_role("button", name="Delivery").click()
    await expect(chip(theirs, "anywhere.png")).to_contain_text("ready to send")
    await theirs.get_by_role("button", name="Send").click()
    await expect(ours.get_by_role("img", name="anywhere.png")).to_be_visible()


async def test_other_bytes_are_not_attached(people: People, tmp_path: Path) -> None:
    _room, customer, theirs, _ours = await talking(people)
    sent = await upload(customer.url, customer.token, picture(tmp_path, "one.png"), "")
    await theirs.goto(chat_address(customer.url, sent.url, "0" * 64, "one.png", ""))
    await expect(theirs.get_by_role("alert")).to_contain_text("can't be fetched")
