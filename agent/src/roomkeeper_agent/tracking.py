"""What the agent does, told to the server so that trouble can be looked into: ids, counts, errors, never what was said.

Events wait in memory and, while the server cannot be reached or the agent is away, in a file; there are 500 at most,
the oldest go first and are counted. One that is sent twice is stored once, so that in doubt it is sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from roomkeeper_agent.clock import now_ms
from roomkeeper_agent.paths import write_private
from roomkeeper_agent.server import Limited, Refused, Server, ServerError

log = logging.getLogger(__name__)

EVERY_S: Final = 30.0
LONGEST_S: Final = 900.0
MOST_WAITING: Final = 500
AT_ONCE: Final = 100
EARLY_MS: Final = 3_600_000
"""A key is renewed so long before its end."""
LOST: Final = "tracking_lost"
Value = str | int | bool


class Tracker:
    """The events, and their way to the server. `path`: where they wait while the agent is away; `None`: nowhere."""

    def __init__(self, path: Path | None = None, *, enabled: bool = True) -> None:
        self._path = path
        self._waiting: deque[dict[str, Any]] = deque(_kept(path))
        self._lost = 0
        self._server: Server | None = None
        self._key: tuple[str, int] | None = None
        self.enabled = enabled

    def use(self, server: Server | None) -> None:
        """Send to there from now on."""
        self._server, self._key = server, None

    def track(self, name: str, **properties: Value) -> None:
        """That this was done."""
        if not self.enabled:
            return
        time = datetime.fromtimestamp(now_ms() / 1000, UTC).isoformat()
        message = {"type": "track", "event": name, "messageId": secrets.token_hex(8), "timestamp": time}
        self._waiting.append({**message, "properties": properties})
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1

    async def run(self) -> None:
        """Send what waits, for ever."""
        wait = EVERY_S
        while True:
            await asyncio.sleep(wait)
            try:
                await self.send()
                wait = EVERY_S
            except Limited as error:
                wait = max(EVERY_S, error.seconds)
            except ServerError as error:
                log.info("what the agent does cannot be told: %s", error)
                wait = min(LONGEST_S, wait * 2)
                await asyncio.to_thread(self.keep)

    async def send(self) -> None:
        """Send what waits now. Raises `ServerError`; then it still waits."""
        while self._waiting and self._server is not None:
            key = await self._write_key(self._server)
            if key is None:
                self._waiting.clear()
                return
            if self._lost:
                lost, self._lost = self._lost, 0
                self.track(LOST, count=lost)
            batch = list(self._waiting)[:AT_ONCE]
            sent_at = datetime.fromtimestamp(now_ms() / 1000, UTC).isoformat()
            try:
                await self._server.track({"writeKey": key, "sentAt": sent_at, "batch": batch})
            except Refused as error:  # what the server refuses as it is would be refused again
                log.warning("the server does not take what the agent does: %s", error)
            for message in batch:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(message)

    async def _write_key(self, server: Server) -> str | None:
        """The user's own key; `None` where the server or the user wants nothing to be told."""
        if self._key is None or self._key[1] - EARLY_MS < now_ms():
            try:
                own = await server.own_tracking()
            except Refused:  # a server that knows nothing of it
                self.enabled = False
                return None
            if not own.get("enabled") or not own.get("write_key"):
                return None
            self._key = (str(own["write_key"]), int(own.get("expires_ts") or 0))
        return self._key[0]

    def keep(self) -> None:
        """Write down what waits, for the next start. Synchronous."""
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            if self._waiting:
                write_private(self._path, msgspec.json.encode(list(self._waiting)))
            else:
                self._path.unlink(missing_ok=True)


def _kept(path: Path | None) -> list[dict[str, Any]]:
    """What waited when the agent ended."""
    try:
        return [] if path is None else msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])[-MOST_WAITING:]
    except (OSError, msgspec.DecodeError):
        return []
