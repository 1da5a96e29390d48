"""The mark in the tray, as a panel on a real session bus sees it: what it shows, and what clicks do."""

from __future__ import annotations

from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from roomkeeper_agent.tray import PATH
from tests.agent.session_bus import Panel, session_bus
from tests.integration.agent.desk import AgentProcess, Place
from tests.integration.agent.test_agent import ready, say, texts, until

ITEM = "org.kde.StatusNotifierItem"


async def asked(bus: MessageBus, item: str, interface: str, member: str, signature: str, *body: Any) -> Any:
    """What the item answers."""
    message = Message(
        destination=item, path=PATH, interface=interface, member=member, signature=signature, body=[*body]
    )
    answer = await bus.call(message)
    assert answer.message_type is MessageType.METHOD_RETURN, answer.body
    return answer.body[0].value if answer.body else None


async def test_what_the_tray_shows_and_does(place: Place) -> None:
    await place.policy(others="on_request", may_pause=True)
    async with session_bus(place.home) as (address, shows):
        bus = await MessageBus(bus_address=address).connect()
        agent = AgentProcess(place, DBUS_SESSION_BUS_ADDRESS=address)
        panel = Panel()
        try:
            folder = await ready(place, agent)
            # A panel that starts later sees it, too.
            bus.export("/StatusNotifierWatcher", panel)
            await bus.request_name("org.kde.StatusNotifierWatcher")

            async def registered() -> bool:
                return len(panel.items) == 1

            await until(registered)
            [item] = panel.items

            async def shown() -> list[Any]:
                return list(await asked(bus, item, "org.freedesktop.DBus.Properties", "Get", "ss", ITEM, "ToolTip"))

            async def watches() -> bool:
                icon, _, title, text = await shown()
                return (icon, title) == ("media-record", "Roomkeeper agent") and "Watches lines" in text

            await until(watches)
            say(folder, "hello", conversation="green")

            async def held() -> bool:
                return bool((await agent.status())["spool"]["held"])

            await until(held)
            await asked(bus, item, ITEM, "Activate", "ii", 0, 0)

            async def recorded() -> bool:
                return "hello" in await texts(place) and shows.shown[-1].startswith("A record of “Green” (lines).")

            await until(recorded)
            await asked(bus, item, ITEM, "SecondaryActivate", "ii", 0, 0)

            async def paused() -> bool:
                return (await shown())[0] == "media-playback-pause" and "Paused" in shows.shown[-1]

            await until(paused)
            assert (await agent.status())["paused_since"] is not None
            await asked(bus, item, ITEM, "SecondaryActivate", "ii", 0, 0)
            await until(watches)
        finally:
            await agent.kill()
            bus.disconnect()
