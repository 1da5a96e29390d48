"""A session bus of its own, on which somebody shows notifications, as a desktop does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

from tests.agent.following import program

Nothing = Annotated[None, DBusSignature("")]


class Shows(ServiceInterface):
    """What a desktop has to show notifications: it gives them numbers."""

    def __init__(self) -> None:
        super().__init__("org.freedesktop.Notifications")
        self._last = 6
        self.shown: list[str] = []

    @dbus_method()
    def Notify(  # noqa: N802 - as the specification calls it
        self,
        app_name: DBusStr,
        replaces_id: DBusUInt32,
        app_icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Annotated[list[str], DBusSignature("as")],
        hints: DBusDict,
        expire_timeout: Annotated[int, DBusSignature("i")],
    ) -> DBusUInt32:
        """Show one."""
        self.shown.append(body)
        self._last += 1
        return replaces_id or self._last

    @dbus_method()
    def GetServerInformation(self) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:  # noqa: N802
        """Which program this is."""
        return ["test", "test", "1", "1.2"]  # type: ignore[return-value]

    @dbus_method()
    def GetCapabilities(self) -> Annotated[list[str], DBusSignature("as")]:  # noqa: N802
        """What it can do."""
        return ["body", "body-markup"]


class Panel(ServiceInterface):
    """What a desktop with a tray has: programs tell it that they have something to show."""

    def __init__(self) -> None:
        super().__init__("org.kde.StatusNotifierWatcher")
        self.items: list[str] = []

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr) -> Nothing:  # noqa: N802
        """A program has something."""
        self.items.append(service)


@asynccontextmanager
async def session_bus(folder: Path) -> AsyncIterator[tuple[str, Shows]]:
    """Its address, and who shows notifications."""
    daemon = await asyncio.to_thread(program, "dbus-daemon")
    address = f"unix:path={folder}/bus"
    process = await asyncio.create_subprocess_exec(
        daemon, "--session", "--nofork", "--nopidfile", f"--address={address}", "--print-address=1",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30)
    shows = await MessageBus(bus_address=address).connect()
    desktop = Shows()
    shows.export("/org/freedesktop/Notifications", desktop)
    await shows.request_name("org.freedesktop.Notifications")
    try:
        yield address, desktop
    finally:
        shows.disconnect()
        if process.returncode is None:
            process.terminate()
        await process.wait()
