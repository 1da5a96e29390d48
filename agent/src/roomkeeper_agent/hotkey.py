"""The key that records the session one is in; what becomes of it is said by the desktop's notifications."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Final

from roomkeeper_agent.notices import say_on_desktop
from roomkeeper_agent.triggers.keys import NoHotkey, presses

log = logging.getLogger(__name__)

TRIED_AGAIN_S: Final = 60.0
WAYLAND: Final = (
    "a Wayland session gives keys to the desktop alone; in the desktop's settings, bind one to: roomkeeper-agent record"
)


class Hotkey:
    """Listens while there is a display; `pressed` does what is to be done, and says what came of it."""

    def __init__(self, pressed: Callable[[], Awaitable[str]]) -> None:
        self._pressed = pressed
        self._listens: asyncio.Task[None] | None = None
        self.keys = ""
        self.error = ""

    async def use(self, keys: str) -> None:
        """Listen for these keys from now on; for none without a name, or without a display."""
        if self._listens is not None:
            self._listens.cancel()
            await asyncio.gather(self._listens, return_exceptions=True)
            self._listens = None
        self.keys, self.error = keys if os.environ.get("DISPLAY") else "", ""
        if self.keys and os.environ.get("XDG_SESSION_TYPE") == "wayland":
            self.error = WAYLAND
        elif self.keys:
            self._listens = asyncio.create_task(self._listen(), name="hotkey")

    async def _listen(self) -> None:
        while True:
            try:
                async with contextlib.aclosing(presses(self.keys)) as found:
                    async for is_pressed in found:
                        self.error = ""
                        if is_pressed:
                            await say_on_desktop(await self._pressed())
            except NoHotkey as error:
                self.error = str(error)
            except Exception as error:
                log.exception("the hotkey is not heard for a while")
                self.error = f"It is not heard for a while: {error}."
            await asyncio.sleep(TRIED_AGAIN_S)
