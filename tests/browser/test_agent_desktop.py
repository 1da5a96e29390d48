"""A desktop as an employee has it: a picture of the screen during a chat makes the record, which opens in a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.agent.desktop import desktop
from tests.agent.following import program
from tests.agent.programs import End, ending, finch, hexchat_on, spawned
from tests.browser.people import People
from tests.browser.records_world import Recorded, row
from tests.integration.agent.desk import AgentProcess, Place
from tests.integration.appservices.bridge import free_port
from tests.ngircd import IrcClient, Ngircd
from tests.time_limit import time_limit

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def _limited() -> Iterator[None]:
    """Nothing hangs for ever."""
    with time_limit():
        yield


async def until(missing: Callable[[], Awaitable[object]]) -> None:
    """Wait until nothing is missing any more; where that does not come, say what is."""
    found: object = None
    try:
        async with asyncio.timeout(150):
            while found := await missing():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"it did not come: {found}") from None


@asynccontextmanager
async def chatting(home: Path) -> AsyncIterator[tuple[str, IrcClient]]:
    """A desktop with HexChat in front of a window manager, Finch in a terminal, and a customer who talks with both."""
    folder = home / "ngircd"
    folder.mkdir()
    async with AsyncExitStack() as ends:
        server = await Ngircd(folder, free_port()).start()
        ends.push_async_callback(server.stop)
        customer = await IrcClient("customer").connect(server.port)
        ends.push_async_callback(customer.close)
        customer.send("JOIN #shop")
        await customer.expect(":customer!")
        display = await ends.enter_async_context(desktop())

        async def running(end: Awaitable[End]) -> None:
            ends.push_async_callback(await end)

        manager = await asyncio.to_thread(program, "openbox")
        await running(_as_end(spawned(manager, home=home, DISPLAY=display)))
        await until(lambda: no_manager(display))
        await running(hexchat_on(display, home / "user", server.port))
        await customer.expect(":desk!")
        # A program sees those join who come after it.
        (home / "finch").mkdir()
        await running(finch(home / "finch", server.port, "html", nick="desk2"))
        await customer.expect(":desk2!")
        yield display, customer


async def _as_end(starting: Awaitable[asyncio.subprocess.Process]) -> End:
    return ending(await starting)


async def told(display: str, name: str, *arguments: str) -> str:
    """What a program says of a display."""
    process = await asyncio.create_subprocess_exec(
        *(await asyncio.to_thread(program, name), *arguments),
        env={"DISPLAY": display},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await process.communicate()
    return said.decode()


async def no_manager(display: str) -> str:
    """What there is instead of a window manager that says which window is in front."""
    said = await told(display, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
    return "" if "window id" in said else said or "no answer"


async def unread(place: Place, display: str) -> object:
    """What is missing of: one program's words are uploaded, all of the other's lines held, and its window in front."""
    spool = place.spool()
    try:
        found = {each["conversation"]["program"]: each for each in spool.outbox.conversations()}
    finally:
        spool.close()
    title = await told(display, "xdotool", "getactivewindow", "getwindowname")
    held = found["hexchat"]["waiting"] if "hexchat" in found else 0
    uploaded = found["pidgin"]["uploaded"] if "pidgin" in found else 0
    # HexChat's are: that it is there, that Finch came, and the words.
    return None if held >= 3 and uploaded and "#shop" in title else (found, title)


async def unrecorded(place: Place) -> object:
    """What there is, while it is not all: a record of each program, HexChat's with its lines and the picture."""
    records = {each.get("program"): each["record_id"] for each in await place.records()}
    if not {"pidgin", "hexchat"} <= set(records):
        return records
    kinds = [each["kind"] for each in await place.entries(records["hexchat"])]
    return None if len(kinds) >= 4 and "screenshot" in kinds else kinds


async def test_a_picture_of_the_screen_makes_a_record_that_opens_in_a_browser(people: People, tmp_path: Path) -> None:
    world = await Recorded().open(people)
    programs = [{"program": "pidgin", "record": "all"}]
    policy = {"programs": programs, "others": "on_request", "screenshots": True}
    await world.organisation.call("PUT", "/records/agents/policies", policy)
    place = Place(people.process, tmp_path)
    shots = tmp_path / "Pictures" / "Screenshots"
    shots.mkdir(parents=True)
    async with chatting(tmp_path) as (display, customer):
        agent = AgentProcess(place, DISPLAY=display)
        try:
            await agent.command("sign-in", people.process.url, "--user", world.desk.name)
            for source, folder in (("hexchat", "user/.config/hexchat/logs"), ("pidgin", "finch/.purple/logs")):
                await agent.command("sources", "add", source, "--set", f"folder={tmp_path / folder}")
            await agent.start()
            customer.send("PRIVMSG #shop :The lamp of order 4711 came damaged")
            await until(lambda: unread(place, display))
            tool = await asyncio.to_thread(program, "scrot")
            shot = await spawned(tool, str(shots / "shot.png"), home=tmp_path, DISPLAY=display)
            assert await shot.wait() == 0
            await until(lambda: unrecorded(place))
        finally:
            await agent.kill()
            await place.http.close()
    found = (await world.organisation.call("GET", "/records?limit=100"))["records"]
    [record_id] = [each["record_id"] for each in found if each.get("program") == "hexchat"]
    page = await world.organisation.console(world.officer, f"/records/{record_id}")
    await expect(row(page, "The lamp of order 4711 came damaged")).to_be_visible()
    await expect(row(page, "Tied to this session by: window and title (confidence 0.95)")).to_be_visible()
    # What the program wrote of comings and goings stands there as it wrote it.
    for line in (r"^Now talking on #shop · ", r"^desk2 \(~desk2@127.0.0.1\) has joined · "):
        await expect(page.locator(".record-row .notice").filter(has_text=re.compile(line))).to_have_count(1)
    picture = page.get_by_role("img", name="shot.png")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 640)
    await page.screenshot(path="build/screenshots/agent-record.png")
