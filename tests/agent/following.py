"""Following a source while programs run: what it says, waited for."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from roomkeeper_agent import sources
from roomkeeper_agent.sources.base import Conversation, Entry, Problem
from tests import debian
from tests.agent.contract import assert_valid

SOON = 90.0


class Said:
    """What a source has said."""

    def __init__(self) -> None:
        self.found: list[tuple[Conversation, Entry]] = []
        self.problems: list[Problem] = []
        self.position: Any = None
        self.error: BaseException | None = None
        self._changed = asyncio.Condition()

    @property
    def entries(self) -> list[Entry]:
        """Without their conversations."""
        return [entry for _, entry in self.found]

    def texts(self, conversation: str | None = None) -> list[str]:
        """Of messages and edits."""
        return [
            entry.text
            for where, entry in self.found
            if entry.kind in ("message", "edit") and conversation in (None, where.conversation)
        ]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it is so. Raises what the source raised."""
        async with self._changed:
            try:
                async with asyncio.timeout(SOON):
                    await self._changed.wait_for(lambda: self.error is not None or bool(condition()))
            except TimeoutError:
                raise AssertionError(f"it did not come: {self.found[-20:]} {self.problems}") from None
        if self.error is not None:
            raise self.error

    async def run(self, name: str, settings: dict[str, Any], position: Any) -> None:
        """Follow it for ever."""
        source = sources.make(name, settings)
        try:
            async with aclosing(source.follow(position)) as batches:  # type: ignore[type-var, unused-ignore]
                async for batch in batches:
                    assert_valid(batch.found)
                    async with self._changed:
                        self.found += batch.found
                        self.problems += batch.problems
                        if batch.position is not None:
                            self.position = json.loads(json.dumps(batch.position))
                        self._changed.notify_all()
        except Exception as error:  # noqa: BLE001 - whatever it is, `until` raises it
            async with self._changed:
                self.error = error
                self._changed.notify_all()


@asynccontextmanager
async def following(name: str, settings: dict[str, Any], position: Any = None) -> AsyncIterator[Said]:
    """A source, followed until the block ends."""
    said = Said()
    task = asyncio.create_task(said.run(name, settings, position))
    try:
        yield said
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def program(name: str, *packages: str) -> str:
    """The path of a program, installed as Debian's package where it is missing."""
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/usr/games")
    if found is None:
        debian.install(*(packages or (name,)))
        found = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/usr/games")
    assert found is not None, f"the package is installed, but has no {name}"
    return found
