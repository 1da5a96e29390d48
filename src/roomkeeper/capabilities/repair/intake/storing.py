"""Events on their way into the store: masked, marked where they depart from the plan, each once, and counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.masking import mask
from roomkeeper.capabilities.repair.models import LOST, UNPLANNED, Side, TrackedEvent
from roomkeeper.capabilities.repair.plan.lint import RESERVED
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.store import events as store
from roomkeeper.capabilities.repair.store import volumes
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write, patience
from roomkeeper.platform.tracking import ServerPoint

HOUR_MS: Final = 3_600_000
AT_ONCE: Final = 500
"""Digests that one query looks for."""
SERVER: Final = "server"
"""The source of this server's own points."""
WRONG_SIDE: Final = ".: side"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """An event as its sender tells it, with times in milliseconds by the server's clock; see `TrackedEvent`."""

    user_id: str
    name: str
    side: Side
    ts: int
    received_ts: int
    skew_ms: int | None
    correlation_id: str
    source: str
    message_id: str
    properties: dict[str, Any]


class Outcome(NamedTuple):
    """What became of some events."""

    stored: int
    replayed: int
    untracked: int


class Storing:
    """Stores events."""

    def __init__(self, app: Application, plans: Plans, choices: Choices) -> None:
        self._app = app
        self._plans = plans
        self._choices = choices
        self._number = 0

    async def load(self) -> None:
        """Go on numbering; for the start."""
        self._number = await store.newest_number(self._app.driver)

    async def store(self, arrived: Sequence[Arrived], write: Write | None = None) -> Outcome:
        """Store them, and wait until they are; what `write` has goes with them. The same event again does nothing."""
        write = write or Write()
        wanted = {_digest(event): event for event in arrived if self._choices.is_tracked(event.user_id)}
        untracked = sum(not self._choices.is_tracked(event.user_id) for event in arrived)
        known = await self._known(list(wanted))
        counted: Counter[tuple[int, str, Side, str, str]] = Counter()
        for digest, event in wanted.items():
            if digest in known:
                self._count(counted, event, "replayed")
            else:
                self._add(write, counted, event, digest)
        volumes.add(write, counted)
        if write.statements:
            await self._app.committer.submit(write)
        stored = len(wanted) - len(known)
        return Outcome(stored, len(arrived) - untracked - stored, untracked)

    async def store_own(self, points: Sequence[ServerPoint]) -> None:
        """Store points of this server, and wait until they are.

        They hold what the code says and nothing that somebody wrote, and come once: so there is nothing to mask, and
        nothing to look for. Where a plan was edited so that they do not fit it, flows say so.
        """
        write, counted, now = Write(), Counter[tuple[int, str, Side, str, str]](), self._app.clock.now_ms()
        for name, user_id, ts, properties in points:
            self._number += 1
            store.insert_own(write, self._number, user_id, name, ts, now, properties)
            counted[now // HOUR_MS * HOUR_MS, name, "server", SERVER, "stored"] += 1
        volumes.add(write, counted)
        with patience():
            await self._app.committer.submit(write)

    async def _known(self, digests: list[int]) -> set[int]:
        known: set[int] = set()
        for begin in range(0, len(digests), AT_ONCE):
            known |= await store.known_digests(self._app.driver, digests[begin : begin + AT_ONCE])
        return known

    def _add(
        self, write: Write, counted: Counter[tuple[int, str, Side, str, str]], event: Arrived, digest: int
    ) -> None:
        self._number += 1
        properties = mask(event.properties)
        drift = self._drift(event, properties)
        made = TrackedEvent(
            number=self._number,
            user_id=event.user_id,
            name=event.name,
            side=event.side,
            ts=event.ts,
            received_ts=event.received_ts,
            skew_ms=event.skew_ms,
            correlation_id=event.correlation_id,
            source=event.source,
            properties=properties,
            drift=drift,
        )
        store.insert(write, made, digest)
        self._count(counted, event, "stored")
        if drift:
            self._count(counted, event, "drifted")
        if event.received_ts - event.ts > HOUR_MS:
            self._count(counted, event, "late")

    def _drift(self, event: Arrived, properties: dict[str, Any]) -> tuple[str, ...]:
        known = self._plans.schema(event.name)
        if known is None:
            return () if event.name in RESERVED or event.name == LOST else (UNPLANNED,)
        side, schema = known
        wrong = (WRONG_SIDE,) if side != event.side else ()
        return (*wrong, *schema.drift(properties))

    def _count(self, counted: Counter[tuple[int, str, Side, str, str]], event: Arrived, what: str) -> None:
        # A name that no plan has comes from outside: there may be any number of them.
        name = event.name if self._plans.schema(event.name) is not None else UNPLANNED
        counted[event.received_ts // HOUR_MS * HOUR_MS, name, event.side, event.source, what] += 1


def _digest(event: Arrived) -> int:
    """64 bits that stand for the event: the same sender's same message id is the same event."""
    told = f"{event.source}\n{event.user_id}\n{event.message_id}".encode()
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)
