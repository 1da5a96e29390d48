"""What the agent says on the desktop."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

log = logging.getLogger(__name__)

SAID_WITHIN_S: Final = 5.0
TITLE: Final = "Roomkeeper agent"


async def say_on_desktop(text: str) -> None:
    """Show a notification, where there is somebody who shows them. spec: Desktop Notifications §Notify"""
    from dbus_fast import InvalidAddressError, Message, Variant
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import AuthError

    log.info("%s", text)
    hints = {"transient": Variant("b", True)}
    message = Message(
        destination="org.freedesktop.Notifications",
        path="/org/freedesktop/Notifications",
        interface="org.freedesktop.Notifications",
        member="Notify",
        signature="susssasa{sv}i",
        body=[TITLE, 0, "", TITLE, text, [], hints, -1],
    )
    try:
        async with asyncio.timeout(SAID_WITHIN_S):
            bus = await MessageBus().connect()
            try:
                await bus.call(message)
            finally:
                bus.disconnect()
    except (OSError, EOFError, InvalidAddressError, AuthError) as error:
        log.info("nothing shows notifications here: %s", error)
