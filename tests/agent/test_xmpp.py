"""The account on XMPP, at a real server: with an archive and without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent.sources.base import SourceFailed
from tests.agent.following import following
from tests.agent.prosody import ROOM, Prosody


@pytest.fixture
async def archiving(tmp_path: Path) -> AsyncIterator[Prosody]:
    """A server that keeps an archive."""
    made = await Prosody(tmp_path, has_archive=True).start()
    yield made
    await made.stop()


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Prosody]:
    """One that does not."""
    made = await Prosody(tmp_path, has_archive=False).start()
    yield made
    await made.stop()


def say(client: Any, to: str, body: str, **attributes: Any) -> None:
    """Send a message."""
    message = client.make_message(mto=to, mbody=body, mtype="chat")
    for name, value in attributes.items():
        message[name] = value
    message.send()


def about(client: Any, to: str, name: str, namespace: str, named: str, body: str = "", emoji: str = "") -> None:
    """Send something about a message: a correction, a retraction, a reaction."""
    from xml.etree.ElementTree import Element, SubElement

    message = client.make_message(mto=to, mbody=body or None, mtype="chat")
    element = Element(f"{{{namespace}}}{name}", {"id": named})
    if emoji:
        SubElement(element, f"{{{namespace}}}reaction").text = emoji
    message.append(element)
    hint = Element("{urn:xmpp:hints}store")
    message.append(hint)
    message.send()


async def test_an_archive_is_read_from_where_one_was(archiving: Prosody) -> None:
    customer, desk = await archiving.client("customer"), await archiving.client("desk")
    async with following("xmpp", archiving.settings(history=True)) as said:
        say(customer, "desk@example.org", "Hello 中文", id="m1")
        await said.until(lambda: len(said.texts()) == 1)
        say(desk, "customer@example.org", "Good day")
        await said.until(lambda: len(said.texts()) == 2)
        about(customer, "desk@example.org", "replace", "urn:xmpp:message-correct:0", "m1", "Hello all")
        about(customer, "desk@example.org", "reactions", "urn:xmpp:reactions:0", "m1", emoji="👍")
        about(customer, "desk@example.org", "retract", "urn:xmpp:message-retract:1", "m1")
        await said.until(lambda: said.entries[-1].kind == "redaction")
        position = said.position
    first, own, edit, reaction, redaction = said.entries
    assert (first.sender, own.sender) == ("customer@example.org", "desk@example.org")
    assert {where.conversation for where, _ in said.found} == {"customer@example.org"}
    assert (edit.kind, edit.text, edit.target) == ("edit", "Hello all", first.id)
    assert (reaction.kind, reaction.text, reaction.target) == ("reaction", "👍", first.id)
    assert redaction.target == first.id
    # What was said meanwhile is read later, and nothing twice; from the beginning, the ids are the same.
    say(customer, "desk@example.org", "while it was away")
    async with following("xmpp", archiving.settings(history=True), position) as after:
        await after.until(lambda: after.texts())
    assert after.texts() == ["while it was away"]
    async with following("xmpp", archiving.settings(history=True)) as again:
        await again.until(lambda: len(again.found) == 6)
    assert [entry.id for entry in again.entries] == [entry.id for entry in [*said.entries, *after.entries]]
    await customer.disconnect()
    await desk.disconnect()


async def test_a_room_with_an_archive(archiving: Prosody) -> None:
    customer = await archiving.client("customer")
    await customer["xep_0045"].join_muc_wait(ROOM, "Customer", timeout=60)
    async with following("xmpp", archiving.settings(rooms=[ROOM])) as said:
        await said.until(lambda: any(entry.kind == "join" for entry in said.entries))
        customer.make_message(mto=ROOM, mbody="Hello room", mtype="groupchat").send()
        await said.until(lambda: said.texts(ROOM))
        await customer.disconnect()
        await said.until(lambda: any(entry.kind == "leave" for entry in said.entries))
    (message,) = (entry for entry in said.entries if entry.kind == "message")
    assert (message.sender, message.text) == ("Customer", "Hello room")


async def test_without_an_archive_what_comes_is_taken(plain: Prosody) -> None:
    customer, desk = await plain.client("customer"), await plain.client("desk")
    async with following("xmpp", plain.settings(rooms=[ROOM])) as said:
        await said.until(lambda: any(entry.kind == "join" for entry in said.entries))
        # To the employee's own program, and from it: the agent gets copies.
        say(customer, "desk@example.org/phone", "Hello")
        await said.until(lambda: said.texts() == ["Hello"])
        say(desk, "customer@example.org", "Good day")
        await said.until(lambda: said.texts() == ["Hello", "Good day"])
        await customer["xep_0045"].join_muc_wait(ROOM, "Customer", timeout=60)
        customer.make_message(mto=ROOM, mbody="Hello room", mtype="groupchat").send()
        await said.until(lambda: said.texts(ROOM) == ["Hello room"])
        await customer.disconnect()
        await desk.disconnect()
        await plain.stop()
        with pytest.raises(SourceFailed, match="ended"):
            await said.until(lambda: False)


async def test_a_wrong_password(plain: Prosody) -> None:
    async with following("xmpp", plain.settings(password="wrong")) as said:
        with pytest.raises(SourceFailed, match="password"):
            await said.until(lambda: False)
