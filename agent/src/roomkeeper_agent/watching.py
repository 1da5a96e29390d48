"""Watching: each source is followed for as long as the agent runs, and what it finds goes into the spool."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final, Literal

import msgspec

from roomkeeper_agent import sources
from roomkeeper_agent.clock import now_ms
from roomkeeper_agent.config import NoSecret, SourceConfig
from roomkeeper_agent.policy import Policy
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Problem, SourceFailed
from roomkeeper_agent.spool import Full, NoSpace, Spool
from roomkeeper_agent.uploading import Backoff

log = logging.getLogger(__name__)

State = Literal["starts", "follows", "waits for space", "waits for the policy", "not recorded", "failed", "done", "off"]
LAST: Final = 100
"""Entries that are remembered to be shown."""
LOOKS_S: Final = 5.0
"""How often is looked whether there is space again."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that was found just now, as it is shown to the employee."""

    found_ts: int
    source: str
    program: str
    title: str
    sender: str
    kind: str
    text: str


class Watched:
    """A source and how it goes. Its programs are those that its settings name, or it is itself one."""

    def __init__(self, config: SourceConfig) -> None:
        self.config = config
        self.state: State = "starts" if config.enabled else "off"
        self.error = ""
        self.entries = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def programs(self) -> list[str]:
        """What it may find, as it is called in records."""
        given = self.config.settings.get("programs") or self.config.settings.get("program") or self.config.source
        return [str(each) for each in given] if isinstance(given, list | tuple) else [str(given)]

    def told(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "id": self.config.id,
            "source": self.config.source,
            "state": self.state,
            "error": self.error,
            "entries": self.entries,
        }


class Watching:
    """All sources."""

    def __init__(
        self,
        spool: Spool,
        policy: Callable[[], Policy | None],
        found: Callable[[], None],
        settings_of: Callable[[SourceConfig], dict[str, Any]] = lambda source: source.settings,
    ) -> None:
        """`policy` is `None` until the server has said what is recorded; `settings_of` adds passwords."""
        self._spool = spool
        self._settings_of = settings_of
        self._policy = policy
        self._found = found
        self._space = asyncio.Event()
        self.all: dict[str, Watched] = {}
        self.last: deque[Seen] = deque(maxlen=LAST)

    # ------------------------------------------------------------ beginning and ending

    async def use(self, configs: list[SourceConfig]) -> None:
        """Watch these, and nothing else any more."""
        wanted = {each.id: each for each in configs}
        for name, watched in list(self.all.items()):
            if wanted.get(name) != watched.config:
                await self._end(watched)
                del self.all[name]
        for name, config in wanted.items():
            if name not in self.all:
                self.all[name] = watched = Watched(config)
                if config.enabled:
                    watched.task = asyncio.create_task(self._watch(watched), name=f"source {name}")

    async def close(self) -> None:
        """End all of them."""
        await self.use([])

    async def _end(self, watched: Watched) -> None:
        if watched.task is not None:
            watched.task.cancel()
            await asyncio.gather(watched.task, return_exceptions=True)

    def space(self) -> None:
        """There may be space in the spool again, or another policy."""
        self._space.set()

    # ------------------------------------------------------------ one source

    async def _watch(self, watched: Watched) -> None:
        """Follow a source; again, after a while, where it fails."""
        backoff = Backoff(first=2.0)
        while True:
            before = watched.entries
            try:
                await self._follow(watched)
            except (sources.NoSuchSource, sources.WrongSettings) as error:
                await self._failed(watched, str(error))
                return
            except (SourceFailed, NoSecret) as error:
                await self._failed(watched, str(error))
            except Exception as error:
                log.exception("the source %s has failed", watched.config.id)
                await self._failed(watched, f"{type(error).__name__}: {error}")
            else:
                watched.state, watched.error = "done", ""
                return
            if watched.entries > before:
                backoff.succeeded()
            await asyncio.sleep(backoff.next_s())

    async def _failed(self, watched: Watched, why: str) -> None:
        watched.state, watched.error = "failed", why
        problem = Problem(where=watched.config.source, why=why)
        try:
            await asyncio.to_thread(self._spool.intake.note, watched.config.id, [problem], now_ms())
        except NoSpace:
            log.warning("%s: %s", watched.config.id, why)

    async def _follow(self, watched: Watched) -> None:
        config = watched.config
        settings = await asyncio.to_thread(self._settings_of, config)
        source = await asyncio.to_thread(sources.make, config.source, settings)
        position = await asyncio.to_thread(self._spool.intake.position, config.id)
        async with aclosing(source.follow(position)) as batches:
            watched.state, watched.error = "follows", ""
            async for batch in batches:
                await self._keep(watched, batch, imports=source.imports)
                watched.state, watched.error = "follows", ""

    async def _keep(self, watched: Watched, batch: Batch, *, imports: bool) -> None:
        """Store a batch, and wait with it for as long as there is no room for it, or it is not to be recorded yet."""
        while True:
            self._space.clear()
            policy = self._policy()
            if policy is None:
                watched.state, watched.error = "waits for the policy", "The server has not said yet what is recorded."
            elif imports and (program := _not_recorded(batch, policy)):
                # What is followed goes on unseen. An import is asked for: it waits until it may.
                watched.state, watched.error = "not recorded", f"Your organisation has nothing recorded of {program}."
            else:
                try:
                    stored = await asyncio.to_thread(
                        self._spool.intake.store,
                        watched.config.id,
                        batch,
                        policy.rule_of,
                        now_ms(),
                        reason="import" if imports else None,
                    )
                    break
                except (Full, NoSpace) as error:
                    watched.state, watched.error = "waits for space", str(error)
            await self._until_space()
        watched.entries += len(stored.new)
        for conversation, entry in stored.new[-LAST:]:
            self.last.append(seen(watched.config.id, conversation, entry))
        if stored.new:
            self._found()

    async def _until_space(self) -> None:
        try:
            async with asyncio.timeout(LOOKS_S):
                await self._space.wait()
        except TimeoutError:
            return


def _not_recorded(batch: Batch, policy: Policy) -> str:
    """A program in a batch of which nothing is recorded."""
    return next((where.program for where, _ in batch.found if policy.rule_of(where.program) == "never"), "")


def seen(source: str, conversation: Conversation, entry: Entry) -> Seen:
    """An entry as it is shown."""
    return Seen(
        found_ts=now_ms(),
        source=source,
        program=conversation.program,
        title=conversation.title or conversation.conversation,
        sender=entry.sender_name or entry.sender,
        kind=entry.kind,
        text=entry.text[:200],
    )
