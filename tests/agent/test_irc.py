"""The account on IRC, at a real server; and what servers may send that is none of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources.base import Entry, SourceFailed
from roomkeeper_agent.sources.irc import IrcSettings, Session, parsed
from tests.agent.contract import assert_valid, hostile
from tests.agent.following import following
from tests.integration.appservices.bridge import free_port
from tests.ngircd import IrcClient, Ngircd


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Ngircd]:
    """A server."""
    made = await Ngircd(tmp_path, free_port()).start()
    yield made
    await made.stop()


def account(port: int, **more: Any) -> dict[str, Any]:
    """Settings of an account there."""
    return {"server": "127.0.0.1", "port": port, "tls": False, "nick": "watcher", "channels": ["#shop"], **more}


async def test_what_is_said_in_a_channel_and_to_it(server: Ngircd) -> None:
    async with following("irc", account(server.port)) as said:
        await said.until(lambda: [entry for entry in said.entries if entry.kind == "join"])
        customer = await IrcClient("customer").connect(server.port)
        for line in (
            "JOIN #shop",
            "PRIVMSG #shop :Hello \x02bold\x02 中文",
            "PRIVMSG #shop :Hello \x02bold\x02 中文",
            "PRIVMSG #shop :\x01ACTION waves\x01",
            "PRIVMSG watcher :in private",
            "NICK client",
            "PART #shop :bye",
        ):
            customer.send(line)
        await said.until(lambda: said.entries[-1].kind == "leave")
        await customer.close()
    assert said.texts("#shop") == ["Hello bold 中文", "Hello bold 中文", "/me waves"]
    assert said.texts("customer") == ["in private"]
    assert [entry.kind for entry in said.entries if entry.sender in ("customer", "client")] == [
        "join",
        "message",
        "message",
        "message",
        "message",
        "other",
        "leave",
    ]
    assert len({entry.id for entry in said.entries}) == len(said.entries)
    assert {where.account for where, _ in said.found} == {"watcher@127.0.0.1"}


async def test_a_name_that_is_taken_and_a_server_that_goes(server: Ngircd) -> None:
    first = await IrcClient("watcher").connect(server.port)
    async with following("irc", account(server.port)) as said:
        await said.until(lambda: said.entries)
        assert said.entries[0].sender == "watcher_"
        await first.close()
        await server.stop()
        with pytest.raises(SourceFailed, match="ended"):
            await said.until(lambda: False)
    with pytest.raises(sources.WrongSettings, match="unencrypted"):
        sources.make("irc", {**account(server.port), "server": "irc.example.org", "password": "x"})
    async with following("irc", account(server.port)) as said:
        with pytest.raises(SourceFailed, match="address"):
            await said.until(lambda: False)


def session(position: Any = None) -> Session:
    """A session without a connection."""
    return Session(IrcSettings(server="irc.example.org", nick="watcher"), position)


def entries(lines: list[str]) -> list[Entry]:
    """What a session makes of lines."""
    batch = session()._batch([line.encode() for line in lines])
    assert_valid(batch.found)
    return [entry for _, entry in batch.found]


def test_times_and_ids_of_the_server() -> None:
    replayed = "@time=2026-11-23T10:15:00.123Z :customer!c@example.org PRIVMSG #shop :Hello"
    one, two = entries([replayed, replayed])
    assert one.ts == 1_795_428_900_123
    assert one.id != two.id
    assert entries([replayed])[0].id == one.id  # as a bouncer says it again after the next connection
    (named,) = entries(["@msgid=abc;time=2026-11-23T10:15:00.123Z :customer!c@h PRIVMSG #shop :Hello"])
    assert named.id == "abc"
    (echoed,) = session()._batch([b":watcher!w@h PRIVMSG customer :mine"]).found
    assert echoed[0].conversation == "customer"


def test_history_is_asked_for_from_where_one_was() -> None:
    made = session({"last": {"#shop": 1_795_428_900_123}})
    made._batch(
        [b":irc.example.org CAP * LS :draft/chathistory server-time", b":irc.example.org 366 watcher #shop :End"]
    )
    assert "CHATHISTORY AFTER #shop timestamp=2026-11-23T10:15:00.123Z 100" in made._to_send


def test_all_that_was_missed_is_asked_for() -> None:
    """A page at a time; what is said meanwhile does not count as read before that."""
    since, page = 1_795_428_900_000, 60_000
    made = session({"last": {"#shop": since}})
    made._batch([b":irc.example.org CAP * LS :draft/chathistory batch", b":watcher!w@h JOIN #shop"])
    made._batch([b":irc.example.org 366 watcher #shop :End"])

    def answer(first: int, count: int) -> list[bytes | None]:
        moments = [datetime.fromtimestamp((since + first + n) / 1000, UTC) for n in range(count)]
        times = [moment.isoformat(timespec="milliseconds")[:23] for moment in moments]
        said = [f"@batch=1;time={at}Z;msgid={at} :customer!c@h PRIVMSG #shop :Hello".encode() for at in times]
        return [b":irc.example.org BATCH +1 chathistory #shop", *said, b":irc.example.org BATCH -1"]

    made._to_send.clear()
    batch = made._batch(answer(page, 100))
    assert len(batch.found) == 100
    assert made._to_send == ["CHATHISTORY AFTER #shop timestamp=2026-11-23T10:16:00.099Z 100"]
    assert batch.position["last"]["#shop"] == since + page + 99
    made._to_send.clear()
    batch = made._batch(answer(2 * page, 40))
    assert made._to_send == []
    assert batch.position["last"]["#shop"] >= since + 2 * page + 39  # all is known up to now


def test_whatever_a_server_sends() -> None:
    assert parsed("@a=b\\sc;d :nick!user@host CMD one :two three") == (
        {"a": "b c", "d": ""},
        "nick",
        "CMD",
        ["one", "two three"],
    )
    sample = b":customer!c@h PRIVMSG #shop :Hello\n:customer!c@h QUIT\n:x JOIN\nCAP\nPING\nAUTHENTICATE\n@\n:\n"
    for bad in hostile(sample):
        lines: list[bytes | None] = [line for line in bad.split(b"\n") if line]
        batch = session()._batch(lines)
        assert_valid(batch.found)
        assert all(problem.why for problem in batch.problems)
    with pytest.raises(SourceFailed, match="let"):
        session()._batch([b":irc.example.org 464 watcher :Password incorrect"])


async def test_a_line_without_end() -> None:
    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 1_000_000)
        await writer.drain()

    # What comes together with the end of the connection is taken, and the end is seen at once.
    made = session()
    lines: list[bytes | None] = [b":customer!c@h PRIVMSG #shop :last", None]
    assert [entry.text for _, entry in made._batch(lines).found] == ["last"]
    assert made._is_over
    listening = await asyncio.start_server(flood, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    source = sources.make("irc", account(port))
    with pytest.raises(SourceFailed):
        async for _ in source.follow(None):
            pass
    listening.close()
