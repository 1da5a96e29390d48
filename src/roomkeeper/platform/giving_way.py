"""Giving way: work in the background takes the event loop for moments only, and less of it while others need it.

Everything of this server runs on one loop, and a request that arrives waits until whatever runs now is through. So work
that nobody waits for is cut into pieces of a millisecond or two. Before each piece it asks for its turn:

1. One piece at a time: the next one's turn comes when the last one has awaited something.
2. After each piece the loop is others' for as long as the piece took, times a share that follows what is measured.
3. Then it looks how late the loop is: how long others work until a callback is called that has nothing to do. While
   that is long, the piece waits (but not for ever), and the share of the others grows; on an idle loop it shrinks.

What others work is measured in CPU time: where the machine is busy with something else, waiting would help nobody.
"""

from __future__ import annotations

import asyncio
import time

QUIET_S = 0.000_5
"""A loop that comes round with less work is idle."""
LONGEST_S = 0.02
"""Somebody who has waited for so long has their turn, whatever others do: all work comes to its end."""
TICK_S = 0.001
"""The loop's timers are no finer."""
LEAST, MOST = 0.25, 1.0
"""The time that is left to others, relative to that of the pieces: on an idle loop, and on a busy one."""
BACK_OFF, RETURN = 1.3, 0.98


class GivingWay:
    """Turns of the work in the background; one for a server."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._share = 0.5
        self._owed = 0.0

    @property
    def share(self) -> float:
        """The time that is left to others, relative to that of the pieces."""
        return self._share

    async def turn(self) -> None:
        """Wait for the turn of a piece of work. It is what follows, up to the next thing that is awaited."""
        async with self._turn:
            if self._owed >= TICK_S:
                owed, self._owed = self._owed, 0.0
                await asyncio.sleep(owed)
            await self._wait_until_quiet()
            # Called when the piece is over, which runs up to where it awaits something, and before the next one's turn.
            asyncio.get_running_loop().call_soon(self._note, time.perf_counter())

    async def _wait_until_quiet(self) -> None:
        begun, now = time.perf_counter(), time.thread_time()
        while time.perf_counter() - begun < LONGEST_S:
            await asyncio.sleep(0)
            before, now = now, time.thread_time()
            if now - before < QUIET_S:
                self._share = max(LEAST, self._share * RETURN)
                return
            self._share = min(MOST, self._share * BACK_OFF)

    def _note(self, began: float) -> None:
        self._owed += (time.perf_counter() - began) * self._share
