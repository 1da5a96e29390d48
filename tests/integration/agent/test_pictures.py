"""Pictures of the screen on a real X server: those that the desktop takes, and those that the agent takes itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from shutil import which
from typing import Any

from tests import samples
from tests.agent.desktop import desktop, window
from tests.agent.session_bus import session_bus
from tests.integration.agent.desk import RECORDS, AgentProcess, Place
from tests.integration.agent.test_agent import agents, ready, say, texts, until


async def pictures(place: Place) -> list[tuple[str, dict[str, Any]]]:
    """The pictures in records: the title of the session, and the entry."""
    return [
        (record["title"], entry)
        for record in await place.records()
        for entry in await place.entries(record["record_id"])
        if entry["kind"] == "screenshot"
    ]


async def details(place: Place) -> list[dict[str, Any]]:
    """What is said of pictures: path, SHA-256, reason, confidence."""
    found = []
    for record in await place.records():
        path = f"{RECORDS}/{record['record_id']}/entries"
        entries = (await place.ask("GET", path, None, None, raw="true", limit=500))["entries"]
        found += [json.loads(each["content"]["raw"]) for each in entries if each["kind"] == "screenshot"]
    return found


async def test_a_picture_makes_a_record_of_the_session_that_it_shows(place: Place) -> None:
    """On request only: what was said before comes with it, and what is said then; other sessions stay out of it."""
    await place.policy(others="on_request", screenshots=True)
    async with desktop() as display, window(display, "Green Garden - Chat", "Lines"):
        agent = AgentProcess(place, DISPLAY=display)
        try:
            folder = await ready(place, agent)
            shots = place.home / "Pictures" / "Screenshots"
            shots.mkdir(parents=True)
            say(folder, "in blue", conversation="blue")
            say(folder, "before", conversation="green garden")

            async def held() -> bool:
                return bool((await agent.status())["spool"]["held"] == 2)

            await until(held)
            (shots / "shot.png").write_bytes(samples.png(30, 20))

            async def there() -> bool:
                return len(await pictures(place)) == 1

            await until(there)
            say(folder, "after", conversation="green garden")

            async def recorded() -> bool:
                return "after" in await texts(place)

            await until(recorded)
            ((title, entry),) = await pictures(place)
            assert title == "Green Garden"
            assert "in blue" not in await texts(place)
            assert "before" in await texts(place)
            (attached,) = entry["attachments"]
            assert attached["path"] == str(shots / "shot.png")
            (said,) = await details(place)
            assert (said["reason"], said["confidence"], said["window"]) == (
                "window and title",
                0.95,
                "Green Garden - Chat",
            )
            assert len(said["sha256"]) == 64
            # Where the organisation has it so, a picture makes no record.
            await place.policy(others="on_request")
            await agent.command("spool", "retry")

            async def told() -> bool:
                return not (await agent.status())["screenshots"]

            await until(told)
        finally:
            await agent.kill()


async def test_the_agent_takes_pictures_itself_and_scrolls_back(place: Place) -> None:
    async with desktop() as display, window(display, "Green", "Lines"):
        agent = AgentProcess(place, DISPLAY=display)
        try:
            folder = await ready(place, agent)
            assert "Choose one" in await agent.command("record", code=1)
            say(folder, "hello")

            async def read() -> bool:
                return bool((await agent.status())["spool"]["acknowledged"])

            await until(read)
            said = await agent.command("record", "--pages", "9")
            assert "Green" in said
            assert "confidence 0.95" in said
            # The window shows three different pages, however often Page Up is pressed.
            paths = [Path(line.removeprefix("Picture: ")) for line in said.splitlines() if line.startswith("Picture")]
            assert len(paths) == 3
            assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)

            async def there() -> bool:
                return len(await pictures(place)) == 3

            await until(there)
            assert {each["path"] for each in await details(place)} == {str(path) for path in paths}
            assert len(await agents(place)) == 1
        finally:
            await agent.kill()


async def press(display: str, *keys: str) -> None:
    """Press keys as a keyboard does."""
    tool = which("xdotool")
    assert tool is not None
    process = await asyncio.create_subprocess_exec(tool, "key", *keys, env={"DISPLAY": display})
    assert await process.wait() == 0


async def test_a_key_records_the_session_that_one_is_in(place: Place) -> None:
    """With Num Lock on, too; what comes of it is shown by the desktop, also that nothing does."""
    await place.policy(others="on_request", may_pause=True)
    async with (
        session_bus(place.home) as (bus, shows),
        desktop() as display,
        window(display, "Green", "Lines"),
    ):
        agent = AgentProcess(place, DISPLAY=display, DBUS_SESSION_BUS_ADDRESS=bus, XDG_SESSION_TYPE="x11")
        try:
            folder = await ready(place, agent)
            say(folder, "hello", conversation="green")

            async def held() -> bool:
                status = await agent.status()
                assert status["hotkey"] == {"keys": "Super+Alt+R", "error": ""}
                return bool(status["spool"]["held"])

            await until(held)
            assert "Super+Alt+R records" in await agent.command("status")
            await press(display, "Num_Lock", "super+alt+r")

            async def recorded() -> bool:
                return "hello" in await texts(place) and len(await pictures(place)) == 1

            await until(recorded)

            async def shown() -> bool:
                return shows.shown == ["A record of “Green” (lines)."]

            await until(shown)
            await agent.command("pause")
            await press(display, "super+alt+r")

            async def refused() -> bool:
                return "is paused" in shows.shown[-1]

            await until(refused)
            assert len(await pictures(place)) == 1
        finally:
            await agent.kill()
