"""The mark in the desktop's tray: whether something is recorded; a click records the session one is in.

spec: StatusNotifierItem, as KDE and most panels show it; GNOME does with its extension AppIndicator.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from dbus_fast import BusType, DBusError, InvalidAddressError, Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.errors import AuthError
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from roomkeeper_agent.notices import TITLE, say_on_desktop

log = logging.getLogger(__name__)

PATH: Final = "/StatusNotifierItem"
WATCHER: Final = "org.kde.StatusNotifierWatcher"
OWNER_CHANGES: Final = f"type='signal',member='NameOwnerChanged',sender='org.freedesktop.DBus',arg0='{WATCHER}'"
LOOKS_S: Final = 2.0
TRIED_AGAIN_S: Final = 60.0

Nothing = Annotated[None, DBusSignature("")]
"""What a method or signal without values is annotated with."""

Said = tuple[str, str]
"""The icon's name (spec: Icon Naming) and what stands beside it."""


class Item(ServiceInterface):
    """What the panel asks."""

    def __init__(self, said: Said, record: Callable[[], None], pause: Callable[[], None]) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._said = said
        self._record = record
        self._pause = pause

    def show(self, said: Said) -> None:
        """Tell the panel, where it is something else than before."""
        if said != self._said:
            self._said = said
            self.NewIcon()
            self.NewToolTip()

    @dbus_property(access=PropertyAccess.READ)
    def Category(self) -> DBusStr:  # noqa: N802 - as the specification calls it
        """Which kind of program it is."""
        return "Communications"

    @dbus_property(access=PropertyAccess.READ)
    def Id(self) -> DBusStr:  # noqa: N802
        """Its name for programs."""
        return "roomkeeper-agent"

    @dbus_property(access=PropertyAccess.READ)
    def Title(self) -> DBusStr:  # noqa: N802
        """Its name for people."""
        return TITLE

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> DBusStr:  # noqa: N802
        """It is always shown: whether one is watched is never hidden."""
        return "Active"

    @dbus_property(access=PropertyAccess.READ)
    def WindowId(self) -> DBusUInt32:  # noqa: N802
        """It has no window."""
        return 0

    @dbus_property(access=PropertyAccess.READ)
    def IconName(self) -> DBusStr:  # noqa: N802
        """Its icon just now."""
        return self._said[0]

    @dbus_property(access=PropertyAccess.READ)
    def ToolTip(self) -> Annotated[Any, DBusSignature("(sa(iiay)ss)")]:  # noqa: N802
        """What it says just now."""
        return [self._said[0], [], TITLE, self._said[1]]

    @dbus_property(access=PropertyAccess.READ)
    def ItemIsMenu(self) -> DBusBool:  # noqa: N802
        """A click does something."""
        return False

    @dbus_property(access=PropertyAccess.READ)
    def Menu(self) -> DBusObjectPath:  # noqa: N802
        """It has none."""
        return "/NO_DBUSMENU"

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> Nothing:  # noqa: ARG002, N802
        """A click."""
        self._record()

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> Nothing:  # noqa: ARG002, N802
        """A click with the middle button."""
        self._pause()

    @dbus_signal()
    def NewIcon(self) -> Nothing:  # noqa: N802
        """The icon is another."""

    @dbus_signal()
    def NewToolTip(self) -> Nothing:  # noqa: N802
        """What it says is something else."""


class Tray:
    """Shows the mark while there is a session bus with a tray on it.

    `said`: how it is just now; `record` and `pause` do what a click asks for, and say what came of it.
    """

    def __init__(
        self, said: Callable[[], Said], record: Callable[[], Awaitable[str]], pause: Callable[[], Awaitable[str]]
    ) -> None:
        self._said = said
        self._record = record
        self._pause = pause
        self._doing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """For ever; where there is no session bus, without anything."""
        while True:
            try:
                bus = await MessageBus(bus_type=BusType.SESSION).connect()
            except (OSError, EOFError, InvalidAddressError, AuthError) as error:
                log.info("there is no session bus for the tray: %s", error)
            else:
                try:
                    await self._show(bus)
                except (OSError, EOFError, DBusError) as error:
                    log.warning("the tray: %s", error)
                finally:
                    bus.disconnect()
            await asyncio.sleep(TRIED_AGAIN_S)

    async def _show(self, bus: MessageBus) -> None:
        """Until the bus ends."""
        item = Item(self._said(), lambda: self._do(self._record), lambda: self._do(self._pause))
        bus.export(PATH, item)
        name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        await bus.request_name(name)
        is_new = asyncio.Event()
        is_new.set()
        bus.add_message_handler(lambda message: is_new.set() if message.member == "NameOwnerChanged" else None)
        await _ask(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "AddMatch", OWNER_CHANGES)
        while bus.connected:
            if is_new.is_set():  # a panel has started
                is_new.clear()
                await _ask(bus, WATCHER, "/StatusNotifierWatcher", "RegisterStatusNotifierItem", name)
            item.show(self._said())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(is_new.wait(), LOOKS_S)

    def _do(self, what: Callable[[], Awaitable[str]]) -> None:
        """One thing at a time: clicks while something is done are left out."""

        async def do() -> None:
            await say_on_desktop(await what())

        if self._doing is None or self._doing.done():
            self._doing = asyncio.create_task(do(), name="a click in the tray")


async def _ask(bus: MessageBus, destination: str, path: str, member: str, argument: str) -> None:
    """Call a method of that interface; where nobody is there to answer, nothing happens."""
    message = Message(
        destination=destination, path=path, interface=destination, member=member, signature="s", body=[argument]
    )
    answer = await bus.call(message)
    if answer.message_type is MessageType.ERROR:
        log.info("%s: %s", member, answer.body)
