"""The programs themselves, on a real IRC server: what they log is recorded as it is written, each once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.agent.following import Said, following
from tests.agent.programs import End, finch, hexchat, irssi, weechat
from tests.integration.appservices.bridge import free_port
from tests.ngircd import IrcClient, Ngircd


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Ngircd]:
    """A server."""
    folder = tmp_path / "ngircd"
    folder.mkdir()
    made = await Ngircd(folder, free_port()).start()
    yield made
    await made.stop()


@asynccontextmanager
async def running(start: Callable[[], Awaitable[End]]) -> AsyncIterator[None]:
    """A program, until the block ends."""
    end = await start()
    try:
        yield
    finally:
        await end()


PROGRAMS: dict[str, tuple[str, Any, dict[str, str]]] = {
    "finch-html": ("pidgin", lambda home, port: finch(home, port, "html"), {"folder": ".purple/logs"}),
    "finch-text": ("pidgin", lambda home, port: finch(home, port, "txt"), {"folder": ".purple/logs"}),
    "hexchat": ("hexchat", hexchat, {"folder": ".config/hexchat/logs"}),
    "irssi": ("irssi", irssi, {"folder": "irclogs"}),
    "weechat": ("weechat", weechat, {"folder": "weechat/logs"}),
}
SAYS = ("Hello <b>all</b> & 1 < 2 中文", "again", "again", "(10:15:00) desk: not what it seems")


@pytest.mark.parametrize("name", PROGRAMS)
async def test_what_a_program_logs_is_recorded_once(server: Ngircd, tmp_path: Path, name: str) -> None:
    source, start, settings = PROGRAMS[name]
    home = tmp_path / "home"
    home.mkdir()
    folder = {"folder": str(home / settings["folder"]), "timezone": "UTC"}
    async with (
        following(source, folder) as said,
        running(lambda: start(home, server.port)),
    ):
        customer = await IrcClient("customer").connect(server.port)
        customer.send("JOIN #shop")
        await _until_there(customer)
        for text in SAYS:
            customer.send(f"PRIVMSG #shop :{text}")
        customer.send("PRIVMSG #shop :\x01ACTION waves\x01")
        customer.send("PRIVMSG desk :in private")
        await said.until(lambda: "in private" in said.texts() and "/me waves" in said.texts())
        customer.send("PART #shop :bye")
        await said.until(lambda: _of(said, "leave"))
        await customer.close()
    shop = [
        text
        for where, entry in said.found
        if "shop" in where.conversation
        for text in [entry.text]
        if entry.sender == "customer"
    ]
    spoken = [text for text in shop if text in SAYS or text == "/me waves"]
    assert spoken == [*SAYS, "/me waves"]
    assert said.texts("customer")[-1] == "in private"
    assert len({entry.id for entry in said.entries}) == len(said.entries)
    assert all(entry.raw for entry in said.entries)
    assert said.problems == []
    # All that is there, read at once from the beginning, has the ids that it had as it was written.
    async with following(source, folder) as again:
        await again.until(lambda: len(again.found) >= len(said.found))
    assert [entry.id for entry in said.entries if entry.id not in {each.id for each in again.entries}] == []


async def _until_there(customer: IrcClient) -> None:
    """Until the desk's program is in the channel."""
    for _ in range(300):
        customer.send("NAMES #shop")
        if re.search(r"[ :@+]desk\b", await customer.expect(" 353 ")):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the program did not come into the channel")


def _of(said: Said, kind: str) -> list[str]:
    return [entry.text for entry in said.entries if entry.kind == kind and entry.sender == "customer"]
