"""Notifications: a session bus of its own, notify-send as a program, and what shows them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, Variant

from roomkeeper_agent import sources
from roomkeeper_agent.sources.base import SourceFailed
from roomkeeper_agent.sources.notifications import Watch
from tests.agent.contract import assert_valid
from tests.agent.following import following, program
from tests.agent.session_bus import session_bus


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a session bus on which somebody shows notifications."""
    async with session_bus(tmp_path) as (address, _):
        yield address


async def notify(bus: str, app: str, summary: str, body: str, *more: str) -> str:
    """Send one with notify-send; its number."""
    command = await asyncio.to_thread(program, "notify-send", "libnotify-bin")
    process = await asyncio.create_subprocess_exec(
        command, "--print-id", f"--app-name={app}", *more, summary, body,
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return out.decode().strip()


async def test_what_chosen_programs_show(bus: str) -> None:
    async with following("notifications", {"programs": ["Telegram Desktop", "org.signal.Signal"], "bus": bus}) as said:
        async with asyncio.timeout(60):
            while not said.found:  # until it listens
                assert said.error is None, said.error
                await notify(bus, "Telegram Desktop", "ready", "?")
        del said.found[:]
        await notify(bus, "Other", "Private", "nothing for us")
        first = await notify(bus, "Telegram Desktop", "Customer Ö", "Hello <b>bold</b> &amp; 中文")
        await notify(bus, "telegram desktop", "Customer Ö", "Hello again", f"--replace-id={first}")
        await notify(bus, "", "Friend", "by its file", "--hint=string:desktop-entry:org.signal.Signal")
        await said.until(lambda: "by its file" in said.texts())
        position = said.position
    said.found = [each for each in said.found if each[0].title != "ready"]
    message, edit, other = said.entries
    assert (message.text, message.sender, message.kind) == ("Hello bold & 中文", "Customer Ö", "message")
    assert (edit.kind, edit.text, edit.target) == ("edit", "Hello again", message.id)
    assert other.text == "by its file"
    assert [where.program for where, _ in said.found] == ["Telegram Desktop", "telegram desktop", "org.signal.Signal"]
    assert first in position["shown"]


async def test_a_bus_that_goes_or_is_not_there(bus: str, tmp_path: Path) -> None:
    async with following("notifications", {"programs": ["x"], "bus": f"unix:path={tmp_path}/nothing"}) as said:
        with pytest.raises(SourceFailed, match="desktop session"):
            await said.until(lambda: False)
    with pytest.raises(sources.WrongSettings):
        sources.make("notifications", {"programs": []})


def call(interface: str, member: str, body: list[Any]) -> Message:
    """A message as it goes over the bus."""
    message = Message(path="/x", interface=interface, member=member, sender=":1.5", serial=7)
    message.body = body
    return message


def test_whatever_goes_over_the_bus() -> None:
    watch = Watch(("chat",), None)
    odd: list[Any] = [None, 5, b"x", "", [], {}, "\x00\ud800<b", "x" * 500_000, "<" * 5000]
    fine = ["chat", 0, "", "Customer", "Hello", [], {}, -1]
    for place in range(7):
        for value in odd:
            body = list(fine)
            body[place] = value
            assert watch.take(call("org.freedesktop.Notifications", "Notify", body))
    bodies: list[list[Any]] = [[], ["chat"], ["chat", "1", {}], ["chat", "1", {"title": 5}], ["chat", "1", 5]]
    for body in bodies:
        assert watch.take(call("org.gtk.Notifications", "AddNotification", body))
    watch.take(
        call("org.gtk.Notifications", "AddNotification", ["chat", "1", {"title": Variant("s", "T"), "body": "B"}])
    )
    batch = watch.taken()
    assert batch is not None
    assert batch.found[-1][1].text == "B"
    assert_valid(batch.found)
    assert batch.problems
    json.dumps(batch.position)
    for number in range(6_000):
        watch.take(call("org.freedesktop.Notifications", "Notify", [*fine[:4], str(number), *fine[5:]]))
    batch = watch.taken()
    assert batch is not None
    assert len(batch.found) == 5_000
    assert "1000 notifications" in batch.problems[0].why
