"""The agent as its user has it: commands, and the program that runs, with a real server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil

from roomkeeper_agent import config as configs
from tests.agent.desktop import desktop
from tests.integration.agent.desk import RECORDS, AgentProcess, Place

MOST_MIB = 60


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is so; what that is."""
    async with asyncio.timeout(60):
        while not (found := await true()):  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.05)
        return found


def say(folder: Path, *texts: str, conversation: str = "green") -> None:
    """Something is said in a program that writes lines."""
    folder.mkdir(exist_ok=True, parents=True)
    now = time.time_ns() // 1_000_000
    with (folder / "chat.jsonl").open("a", encoding="utf-8") as file:
        for text in texts:
            line = {"conversation": conversation, "title": conversation.title(), "ts": now, "sender": "g", "text": text}
            file.write(json.dumps(line) + "\n")


async def texts(place: Place) -> list[str]:
    """What is in records."""
    return [
        each.get("text", "") for record in await place.records() for each in await place.entries(record["record_id"])
    ]


async def ready(place: Place, agent: AgentProcess) -> Path:
    """The agent is signed in, watches a folder, and runs."""
    folder = place.home / ".local" / "share" / "roomkeeper-agent" / "lines"
    folder.mkdir(parents=True)
    assert "Signed in" in await agent.command("sign-in", place.process.url, "--user", "desk")
    assert "lines is watched" in await agent.command("sources", "detect", "--add")
    await agent.start()
    return folder


async def test_from_signing_in_to_the_record(place: Place, agent: AgentProcess) -> None:
    assert "Nobody" in await agent.command("sign-out")
    assert "No agent runs" in await agent.command("status", code=1)
    folder = await ready(place, agent)
    # An export that lies about may be private: it is shown, and not added with the rest.
    downloads = place.home / "Downloads"
    downloads.mkdir()
    (downloads / "WhatsApp Chat with Family.txt").write_text("1/2/26, 10:00 - A: b\n", encoding="utf-8")
    assert "sources add whatsapp" in await agent.command("sources", "detect", "--add")
    assert "whatsapp" not in place.paths.settings.read_text("utf-8")
    assert "is watched" in await agent.command("sources", "detect")
    say(folder, "one", "two")

    async def is_there() -> bool:
        return await texts(place) == ["one", "two"]

    await until(is_there)
    status = await agent.status()
    assert (status["upload"]["state"], status["spool"]["due"], status["user_id"]) == ("idle", 0, "@desk:example.org")
    assert [(each["id"], each["state"], each["entries"]) for each in status["sources"]] == [("lines", "follows", 2)]
    assert "@desk:example.org" in await agent.command("status")
    assert "Green" in await agent.command("sessions")
    assert "0 entries" in await agent.command("spool", "list")
    assert "none" in await agent.command("spool", "problems")
    # Another one does not start beside it.
    assert "runs already" in await agent.command("run", code=1)
    # It says on the server how it is.
    (told,) = await until(lambda: agents(place))
    assert (told["user_id"], told["report"]["version"]) == ("@desk:example.org", "0.1.0")
    assert abs(told["clock_offset_ms"]) < 60_000
    # Nobody else can look into its folders.
    for path in (agent.place.paths.state, agent.place.paths.runtime, agent.place.paths.config):
        assert path.stat().st_mode & 0o077 == 0
    for path in (agent.place.paths.token, agent.place.paths.account, agent.place.paths.settings):
        assert path.stat().st_mode & 0o077 == 0
    await agent.stop()
    assert "Signed out" in await agent.command("sign-out")
    assert not agent.place.paths.token.exists()
    (gone,) = await agents(place)
    assert "gone_ts" in gone


async def agents(place: Place) -> list[dict[str, Any]]:
    """The agents that the server knows."""
    return list((await place.ask("GET", f"{RECORDS}/agents"))["agents"])


async def test_what_the_organisation_says(place: Place, agent: AgentProcess) -> None:
    """On request, paused, not to be paused, never: as the policy has it, which comes while the agent runs."""
    await place.policy(programs=[{"program": "lines", "record": "on_request"}], most_spool_mb=32)
    folder = await ready(place, agent)
    say(folder, "held 1", "held 2")
    say(folder, "of others", conversation="blue")

    async def held() -> bool:
        return bool((await agent.status())["spool"]["held"] == 3)

    await until(held)
    assert (await agent.status())["spool"]["most_bytes"] == 32 * 1024 * 1024
    assert await texts(place) == []
    listed = await agent.command("sessions")
    number = next(line.split()[0] for line in listed.splitlines() if "Green" in line)
    assert "Green" in await agent.command("record", "--session", number, "--pages", "0")
    say(folder, "after")

    async def recorded() -> bool:
        return await texts(place) == ["held 1", "held 2", "after"]

    await until(recorded)
    (record,) = await place.records()
    assert record["title"] == "Green"
    assert "no session 99" in await agent.command("record", "--session", "99", code=1)
    # Paused: what happens meanwhile is not recorded afterwards either.
    assert "Paused" in await agent.command("pause")
    assert "paused" in await agent.command("record", "--pages", "0", code=1)
    say(folder, "private")

    async def read() -> bool:
        return bool((await agent.status())["paused_since"]) and position(place, folder) == size(folder)

    await until(read)
    await agent.command("resume")
    say(folder, "back")

    async def back() -> bool:
        return (await texts(place))[3:] == ["back"]

    await until(back)
    await place.policy(may_pause=False)
    await agent.command("spool", "retry")  # which asks the server at once

    async def forbidden() -> bool:
        return not (await agent.status())["policy"]["may_pause"]

    await until(forbidden)
    assert "does not let agents be paused" in await agent.command("pause", code=1)
    # Nothing of the program any more: not on request either.
    assert "nothing recorded of lines" in await agent.command("record", "--session", number, "--pages", "0", code=1)


async def test_nothing_is_recorded_until_the_organisation_says_so(place: Place, agent: AgentProcess) -> None:
    await place.ask("DELETE", f"{RECORDS}/agents/policies")
    folder = await ready(place, agent)
    say(folder, "before")

    async def is_read() -> bool:
        return position(place, folder) == size(folder)

    await until(is_read)
    status = await agent.status()
    assert (status["spool"]["due"], status["spool"]["held"], status["policy"]["records"]) == (0, 0, False)
    assert "nothing recorded" in await agent.command("status")
    await place.policy(others="all")
    await agent.command("spool", "retry")

    async def is_said() -> bool:
        return bool((await agent.status())["policy"]["records"])

    await until(is_said)
    say(folder, "after")

    async def is_there() -> bool:
        return await texts(place) == ["after"]

    await until(is_there)


async def test_without_a_policy_that_is_known_nothing_is_read(place: Place, agent: AgentProcess) -> None:
    """Neither recorded nor passed over: it waits until the server can be asked."""
    folder = await ready(place, agent)
    await agent.stop()
    place.paths.policy.unlink()
    await place.process.stop()
    await agent.start()
    say(folder, "in between")

    async def waits() -> bool:
        return [each["state"] for each in (await agent.status())["sources"]] == ["waits for the policy"]

    await until(waits)
    assert "has not said yet" in await agent.command("status")
    assert position(place, folder) == 0
    await agent.stop()
    await place.process.start()
    await agent.start()

    async def is_there() -> bool:
        return await texts(place) == ["in between"]

    await until(is_there)


def size(folder: Path) -> int:
    """How long the file is."""
    return (folder / "chat.jsonl").stat().st_size


def position(place: Place, folder: Path) -> int:
    """How far it was read."""
    spool = place.spool()
    found = (spool.intake.position("lines") or {}).get("chat.jsonl", [0, 0])
    spool.close()
    return int(found[1])


async def test_a_policy_of_somebody_else_is_not_accepted(place: Place, agent: AgentProcess) -> None:
    """The server's key is another: the agent goes on with what it was told before, and says so."""
    await place.policy(others="never")
    folder = await ready(place, agent)
    await agent.stop()
    account = place.paths.account
    told = json.loads(account.read_bytes())
    other = {**told, "key": {**told["key"], "key": "A" * 43}}
    account.write_text(json.dumps(other), encoding="utf-8")
    await agent.start()

    async def says_so() -> bool:
        return "signature" in (await agent.status())["policy"]["error"]

    await until(says_so)
    account.write_text(json.dumps(told), encoding="utf-8")
    await agent.stop()
    await place.process.stop()
    # Offline, the last policy counts: nothing is recorded.
    await agent.start()
    assert (await agent.status())["policy"]["others"] == "never"
    say(folder, "not recorded")

    async def is_read() -> bool:
        return position(place, folder) == size(folder)

    await until(is_read)
    assert (await agent.status())["spool"]["due"] == 0


async def test_somebody_else_signs_in(place: Place, agent: AgentProcess) -> None:
    """What was read for one person is not uploaded for another."""
    await place.staff("other")
    folder = await ready(place, agent)
    await place.process.stop()
    say(folder, "of desk")

    async def waits() -> bool:
        return bool((await agent.status())["spool"]["due"] == 1)

    await until(waits)
    await agent.stop()
    await place.process.start()
    said = await agent.command("sign-in", place.process.url, "--user", "other", code=1)
    assert "@desk:example.org" in said
    assert "not let you in" in await agent.command("sign-in", place.process.url, "--user", "nobody", code=1)
    assert "empty" in await agent.command("spool", "discard", "--yes")
    assert "@other:example.org" in await agent.command("sign-in", place.process.url, "--user", "other")


async def test_sources_by_hand(place: Place, agent: AgentProcess) -> None:
    folder = place.home / "lines"
    assert "Nothing is watched" in await agent.command("sources", "list")
    assert "folder" in await agent.command("sources", "add", "lines", code=1)
    assert "There are" in await agent.command("sources", "add", "nothing", code=1)
    await agent.command("sources", "add", "lines", "--set", f"folder={folder}", "--set", "program=12", "--id", "own")
    assert "already" in await agent.command("sources", "add", "lines", "--set", "folder=x", "--id", "own", code=1)
    listed = await agent.command("sources", "list")
    assert f"folder={folder}" in listed
    assert "program=12" in listed
    await agent.command("sources", "remove", "own")
    assert "Nothing is watched" in await agent.command("sources", "list")
    place.paths.settings.write_text("sources = 3", encoding="utf-8")
    assert "agent.toml" in await agent.command("sources", "list", code=1)
    assert 'ExecStart="' in await agent.command("unit")


async def test_passwords_are_kept_elsewhere(place: Place, agent: AgentProcess) -> None:
    """Not in the settings, not in what is printed; those that somebody writes into the file are moved."""
    await agent.command("sources", "add", "irc", "--set", "server=irc.example.org", "--set", "nick=desk", "--set",
                        "password=hunter 2", "--set", "server_password=secret/中")  # fmt: skip
    settings = place.paths.settings
    assert "hunter" not in settings.read_text("utf-8")
    listed = await agent.command("sources", "list")
    assert "password=… (file)" in listed
    assert "hunter" not in listed
    kept = place.paths.secrets / "irc.password"
    assert kept.read_text("utf-8") == "hunter 2"
    assert (kept.stat().st_mode & 0o077, kept.parent.stat().st_mode & 0o077) == (0, 0)
    (source,) = configs.load(place.paths).sources
    assert configs.settings_of(place.paths, source)["server_password"] == "secret/中"
    assert "without tls" in await agent.command(
        "sources",
        "add",
        "irc",
        "--set",
        "server=irc.example.org",
        "--set",
        "nick=a",
        "--set",
        "tls=false",
        "--set",
        "password=x",
        code=1,
    )
    with settings.open("a", encoding="utf-8") as file:
        file.write(
            '[[sources]]\nid = "by-hand"\nsource = "xmpp"\nsettings = {jid = "a@example.org", password = "pw1"}\n'
        )
    assert "pw1" not in await agent.command("sources", "list")
    await agent.command("sources", "remove", "irc")
    assert not kept.exists()
    assert "pw1" not in settings.read_text("utf-8")
    kept = place.paths.secrets / "by-hand.password"
    assert kept.read_text("utf-8") == "pw1"
    kept.unlink()
    await agent.command("sign-in", place.process.url, "--user", "desk")
    await agent.start()

    async def said() -> bool:
        return any("password is not in" in each["error"] for each in (await agent.status())["sources"])

    await until(said)


async def test_a_spool_that_cannot_be_read(place: Place, agent: AgentProcess) -> None:
    await ready(place, agent)
    await agent.stop()
    file = place.paths.spool / "spool.db"
    whole = file.read_bytes()
    file.write_bytes(b"no database" + bytes(5000))
    assert "Put " in await agent.command("run", code=1)
    file.write_bytes(whole)
    await agent.start()


async def test_memory_at_rest(place: Place) -> None:
    """With all that a desktop has it do: it watches a program and pictures of the screen, and hears its key."""
    async with desktop() as display:
        agent = AgentProcess(place, DISPLAY=display, XDG_SESSION_TYPE="x11")
        try:
            folder = await ready(place, agent)
            say(folder, "one")

            async def is_there() -> bool:
                return await texts(place) == ["one"]

            await until(is_there)
            assert (await agent.status())["hotkey"] == {"keys": "Super+Alt+R", "error": ""}
            used = psutil.Process(agent.pid).memory_info().rss / 1024 / 1024
            print(f"{used:.0f} MiB")
            assert used < MOST_MIB
        finally:
            await agent.kill()
