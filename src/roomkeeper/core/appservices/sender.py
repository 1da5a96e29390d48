"""Sends one service its events: in order, one transaction at a time, again and again until it is accepted.

1. A transaction is stored whole, together with how far the stream was looked through for it, before it is sent. So a
   repetition has the same id and the same bytes, over restarts and crashes, and no event is in two transactions.
2. While a transaction is not accepted, the stream is not looked at: a service that is down costs one stored
   transaction, and a request now and then.
3. Ids grow, also where the database was set back to an older state: they are not below the time in milliseconds.

spec: application-service §Pushing events
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from prometheus_client import Counter, Gauge

from roomkeeper.core.appservices import rules, store
from roomkeeper.core.appservices.caller import Caller, is_success
from roomkeeper.core.appservices.ephemeral import Passing
from roomkeeper.core.appservices.interest import Chosen, Interest
from roomkeeper.core.appservices.models import Appservice, Pending, Progress
from roomkeeper.core.rooms import TimelineEvent, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write, snapshot_position
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import OutgoingError

log = get_logger(area="appservices")

TIMEOUT_S: Final = 60.0
"""Seconds that a service may take for one transaction."""
GATHER_S: Final = 0.1
"""Seconds that what passes is gathered, where there is nothing else to send."""
UNSAVED: Final = 50_000
"""Positions without anything for the service after which the place is saved all the same."""
MEMBERS_PAGE: Final = 1_000
LOGGED_ATTEMPTS: Final = (1, 10)
"""Failures in a row that are logged; and every hundredth."""

is_up = Gauge("roomkeeper_appservice_up", "Whether the application service accepted what was last sent", ["service"])
behind = Gauge("roomkeeper_appservice_behind_positions", "Positions that a service is behind the stream", ["service"])
sent = Counter("roomkeeper_appservice_transactions", "Transactions by outcome of the attempt", ["service", "outcome"])
events_sent = Counter("roomkeeper_appservice_events", "Events in accepted transactions", ["service"])

Pages = Callable[[int, int], Awaitable[Sequence[TimelineEvent]]]
"""The events after one position, up to another, `rules.MAX_EVENTS` at most."""


class Sender:
    """The queue of one service that has a URL. `run` is its one task."""

    def __init__(
        self, app: Application, service: Appservice, caller: Caller, interest: Interest, passing: Passing, pages: Pages
    ) -> None:
        self._app = app
        self._service = service
        self._caller = caller
        self._interest = interest
        self._passing = passing
        self._pages = pages
        self._wake = asyncio.Event()
        self._retry_now = asyncio.Event()
        self._gathering: asyncio.TimerHandle | None = None
        self._saved = Progress(0, 0, "")
        self._accepted: int | None = None
        self._events = 0
        self.reached = 0
        self.pending: Pending | None = None
        self.state = "unknown"
        self.last_error: str | None = None
        self.last_accepted_ts: int | None = None
        self.next_attempt: float | None = None
        """When to try again, in seconds of the monotonic clock, while that is waited for."""
        behind.labels(service.id).set_function(lambda: self.positions_behind)

    @property
    def positions_behind(self) -> int:
        """How much of the stream has not been looked through for the service."""
        return max(self._app.positions.committed - self.reached, 0)

    # ------------------------------------------------------------ being told

    def note_events(self) -> None:
        """There are new events."""
        self._wake.set()

    def note_passing(self) -> None:
        """There is something that passes; more of it may follow at once."""
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        self._wake.set()

    def retry_now(self) -> None:
        """The service gives a sign of life."""
        self._retry_now.set()

    # ------------------------------------------------------------ going on

    async def run(self) -> None:
        """Send for ever."""
        try:
            await self._load()
            while True:
                self._wake.clear()
                while self.pending is not None or await self._collect():
                    await self._deliver()
                await self._wake.wait()
        finally:
            if self._gathering is not None:
                self._gathering.cancel()
                self._gathering = None

    async def _load(self) -> None:
        found = await store.load_progress(self._app.driver, self._service.id)
        if found is None or found.fingerprint != self._service.fingerprint:
            found = await self._take_members(found)
        self._saved, self.reached, self._accepted = found, found.position, None
        self.pending = await store.find_transaction(self._app.driver, self._service.id)

    async def _take_members(self, before: Progress | None) -> Progress:
        """Note which of its users are in which rooms: the service is new, or has other users than before.

        A new one gets what happens from now on.
        """
        async with self._app.driver.snapshot() as reader:
            position = await snapshot_position(reader)
            write = Write()
            store.delete_members(write, self._service.id)
            await self._app.committer.submit(write)
            await self._copy_members(reader)
        progress = Progress(
            before.position if before else position,
            before.transaction_id if before else 0,
            self._service.fingerprint,
        )
        write = Write()
        store.put_progress(write, self._service.id, progress)
        await self._app.committer.submit(write)
        return progress

    async def _copy_members(self, reader: Reader) -> None:
        after = ("", "")
        while page := await history.joined_after(reader, *after, MEMBERS_PAGE):
            after = page[-1]
            own = [(room_id, user_id) for user_id, room_id in page if self._interest.owns(user_id)]
            if own:
                write = Write()
                store.insert_members(write, self._service.id, own)
                await self._app.committer.submit(write)
            await asyncio.sleep(0)

    # ------------------------------------------------------------ the next transaction

    async def _collect(self) -> bool:
        """Store the next transaction, if there is anything to send."""
        # Together, without giving way: what passes may be about events up to here.
        upto, passing = self._app.positions.committed, self._passing.take()
        chosen = await self._look(upto)
        if self.reached < upto:
            self._passing.put_back(passing)
            passing = {}
        ephemeral = await self._passing.render(passing) if passing else []
        write = Write()
        if self._accepted is not None:
            store.end_transaction(write, self._service.id, self._accepted)
        if chosen.events or ephemeral:
            body = rules.body_of(chosen.events, ephemeral)
            identifier = max(self._saved.transaction_id + 1, self._app.clock.now_ms())
            self._write_transaction(write, identifier, body, chosen)
            await self._app.committer.submit(write)
            self._saved = Progress(self.reached, identifier, self._saved.fingerprint)
            self._accepted, self._events = None, len(chosen.events)
            self.pending = Pending(identifier, body, 0)
            return True
        reached = self.reached if self.reached - self._saved.position > UNSAVED else self._saved.position
        if reached != self._saved.position:
            store.move(write, self._service.id, self._saved.position, reached)
        if write.statements:
            await self._app.committer.submit(write)
            self._accepted, self._saved = None, self._saved._replace(position=reached)
        return False

    async def _look(self, upto: int) -> Chosen:
        """The first events up to `upto` that are for the service; `reached` is moved behind them."""
        while self.reached < upto:
            entries = await self._pages(self.reached, upto)
            chosen = await self._interest.choose(entries)
            if chosen.reached is not None:
                self.reached = chosen.reached
            else:
                self.reached = entries[-1].position if len(entries) >= rules.MAX_EVENTS else upto
            if chosen.events:
                return chosen
            await asyncio.sleep(0)
        return Chosen()

    def _write_transaction(self, write: Write, identifier: int, body: bytes, chosen: Chosen) -> None:
        service_id = self._service.id
        store.begin_transaction(write, service_id, identifier, body)
        for member, joined in chosen.members.items():
            if joined:
                store.insert_members(write, service_id, [member])
            else:
                store.delete_member(write, service_id, *member)
        if self.reached != self._saved.position:
            store.move(write, service_id, self._saved.position, self.reached)

    # ------------------------------------------------------------ delivering it

    async def _deliver(self) -> None:
        """Send the pending transaction until it is accepted."""
        while self.pending is not None:
            self._retry_now.clear()
            self.next_attempt = None
            pending = self.pending
            error = await self._attempt(pending)
            if error is None:
                self._note_accepted(pending)
                return
            self._note_failed(pending, error)
            await self._wait(rules.retry_after(self.pending.attempts))

    async def _attempt(self, pending: Pending) -> str | None:
        """Send it once; what went wrong."""
        path = f"/transactions/{pending.transaction_id}"
        try:
            answer = await self._caller.call("PUT", path, legacy=path, body=pending.body, seconds=TIMEOUT_S)
        except OutgoingError as error:
            return str(error)
        return None if is_success(answer) else f"it answered with status {answer.status}"

    def _note_accepted(self, pending: Pending) -> None:
        if self.state == "down":
            log.info("an application service is up again", service=self._service.id, attempts=pending.attempts + 1)
        self.state, self.last_error = "up", None
        self.last_accepted_ts = self._app.clock.now_ms()
        self.pending, self._accepted = None, pending.transaction_id
        is_up.labels(self._service.id).set(1)
        sent.labels(self._service.id, "accepted").inc()
        events_sent.labels(self._service.id).inc(self._events)

    def _note_failed(self, pending: Pending, error: str) -> None:
        attempts = pending.attempts + 1
        self.pending = pending._replace(attempts=attempts)
        self.state, self.last_error = "down", error
        is_up.labels(self._service.id).set(0)
        sent.labels(self._service.id, "failed").inc()
        if attempts in LOGGED_ATTEMPTS or attempts % 100 == 0:
            log.warning(
                "an application service did not accept its events; they are kept and sent again",
                service=self._service.id,
                reason=error,
                attempts=attempts,
            )

    async def _wait(self, seconds: float) -> None:
        self.next_attempt = self._app.clock.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._retry_now.wait()
