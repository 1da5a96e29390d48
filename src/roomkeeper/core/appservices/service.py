"""The services in operation: each with its queue, told of what happens; and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from roomkeeper.core.appservices import rules
from roomkeeper.core.appservices.caller import Caller
from roomkeeper.core.appservices.ephemeral import Passing
from roomkeeper.core.appservices.interest import Interest, VoiceOf
from roomkeeper.core.appservices.models import Appservice, Status
from roomkeeper.core.appservices.pinging import ping
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.core.appservices.sender import Sender
from roomkeeper.core.rooms import EVENT, Rooms, TimelineEvent, history
from roomkeeper.platform.application import Application, DoctorFinding
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.figures import Finding

DOCTOR_S = 5.0
FAR_BEHIND = 10_000
"""Positions behind the stream that are worth a warning."""


class Appservices:
    """All services."""

    def __init__(self, app: Application, rooms: Rooms, registry: Registry) -> None:
        self._app = app
        self.registry = registry
        self.voice_of: VoiceOf = _own_voices
        self.callers = {
            service.id: Caller(app.outgoing, app.clock, service, service.url)
            for service in registry.services
            if service.url is not None
        }
        self.senders: dict[str, Sender] = {}
        self._passing: list[tuple[Passing, Sender]] = []
        self._page: tuple[int, int, Sequence[TimelineEvent]] = (0, 0, ())
        for service in registry.services:
            if service.id in self.callers:
                self._add(rooms, service)

    def _add(self, rooms: Rooms, service: Appservice) -> None:
        interest = Interest(self._app.driver, self.registry, service, self._voice_of)
        passing = Passing(interest, rooms, self._app.clock)
        sender = Sender(self._app, service, self.callers[service.id], interest, passing, self._read)
        self.senders[service.id] = sender
        if service.receive_ephemeral:
            self._passing.append((passing, sender))

    async def _voice_of(self, room_id: str) -> str | None:
        return await self.voice_of(room_id)

    async def _read(self, after: int, upto: int) -> Sequence[TimelineEvent]:
        """A page of the stream. Services that have come equally far share the last one read."""
        if self._page[:2] != (after, upto):
            entries = await history.events_after(self._app.driver, after, upto, rules.MAX_EVENTS)
            self._page = (after, upto, entries)
            return entries
        return self._page[2]

    def note_committed(self, changes: Sequence[Change]) -> None:
        """Wake whom it concerns."""
        if any(change.kind == EVENT for change in changes):
            for sender in self.senders.values():
                sender.note_events()
        for passing, sender in self._passing:
            if [True for change in changes if change.kind != EVENT and passing.note(change)]:
                sender.note_passing()

    async def ping(self, service_id: str, transaction_id: str | None) -> int:
        """See `pinging.ping`; a service that answers is sent at once what waits for it."""
        milliseconds = await ping(self.callers.get(service_id), transaction_id)
        self.senders[service_id].retry_now()
        return milliseconds

    async def retry(self, service_id: str) -> Status:
        """Try now to send what waits for a service; that it was asked for is in the audit log. Raises `NotFound`."""
        service = self.registry.by_id.get(service_id)
        if service is None:
            raise NotFound("There is no application service of that id.")
        await self._audit("appservices.retry", service_id)
        if service_id in self.senders:
            self.senders[service_id].retry_now()
        return self._status(service)

    async def statuses(self) -> list[Status]:
        """How all services are, for the administrator; that they looked is in the audit log."""
        await self._audit("appservices.list", "*")
        return [self._status(service) for service in self.registry.services]

    async def _audit(self, permission: str, target: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target)
        await self._app.committer.submit(write)

    def _status(self, service: Appservice) -> Status:
        sender = self.senders.get(service.id)
        pending = sender.pending if sender else None
        wait = None
        if sender is not None and pending is not None and sender.next_attempt is not None:
            wait = max(int((sender.next_attempt - self._app.clock.monotonic()) * 1000), 0)
        return Status(
            id=service.id,
            url=service.url,
            file=service.file,
            sender=service.sender,
            state=sender.state if sender else "no url",
            behind=sender.positions_behind if sender else 0,
            pending_transaction=str(pending.transaction_id) if pending else None,
            attempts=pending.attempts if pending else 0,
            last_accepted_ts=sender.last_accepted_ts if sender else None,
            last_error=sender.last_error if sender else None,
            next_attempt_in_ms=wait,
            receive_ephemeral=service.receive_ephemeral,
            rate_limited=service.rate_limited,
            protocols=service.protocols,
            namespaces=namespaces_of(service),
        )

    async def check(self, service_id: str) -> Finding:
        """For the health: whether a service takes what it is sent. Nothing is asked of it."""
        sender = self.senders[service_id]
        values: dict[str, str | int | float] = {"service": service_id, "positions": sender.positions_behind}
        if sender.state == "down":
            error = sender.last_error or ""
            return Finding(
                state="failing",
                code="appservice.down",
                text=f"{service_id} does not take what it is sent: {error}. Everything is kept for it.",
                advice=f"Start it, and look whether the URL in its registration file is right;"
                f" `roomkeeper admin retry-appservice {service_id}` sends at once.",
                values={**values, "error": error},
            )
        if sender.positions_behind >= FAR_BEHIND:
            return Finding(
                state="warning",
                code="appservice.behind",
                text=f"{service_id} is {sender.positions_behind} positions behind what was sent.",
                advice="It is sent everything in order. Where it does not catch up, it is too slow: look at its log.",
                values=values,
            )
        return Finding(state="well", code="appservice.well", text=f"{service_id} takes what it is sent.", values=values)

    async def examine(self) -> DoctorFinding:
        """For `roomkeeper doctor`: which services there are, and whether they answer."""
        if not self.registry.services:
            return DoctorFinding(True, "None is registered.")
        texts, well = [], True
        for service in self.registry.services:
            found = await self._reach(service)
            well = well and found is None
            texts.append(f"{service.id} ({service.url or 'without a URL'}) {found or 'is well'}")
        await self._app.outgoing.close()
        return DoctorFinding(well, "; ".join(texts) + ".")

    async def _reach(self, service: Appservice) -> str | None:
        """What is wrong with a service; one that does not know pings is there at least."""
        if service.url is None:
            return None
        try:
            await ping(self.callers[service.id], "doctor", DOCTOR_S)
        except MatrixError as error:
            return None if error.data.get("status") in (404, 405) else str(error).rstrip(".")
        return None


async def _own_voices(_room_id: str) -> str | None:
    return None


def namespaces_of(service: Appservice) -> dict[str, list[dict[str, Any]]]:
    """The namespaces as they stand in the registration file."""
    names = service.namespaces
    return {
        kind: [{"regex": matcher.text, "exclusive": matcher.exclusive} for matcher in matchers]
        for kind, matchers in (("users", names.users), ("aliases", names.aliases), ("rooms", names.rooms))
    }
