"""Cases: what was not delivered, or should not have been; who decides, and what becomes of it.

1. A gate prepares a case and answers with its ticket; the case is written in the same write as the held event.
2. ``checking``: scores are missing yet. When they are there it is released, refused, or goes to who reviews. A crash
   loses nothing: what is checked is taken up again at the start.
3. ``waiting``: somebody approves it (the event takes its turn again, through all gates) or refuses it.
4. ``refused``: its sender may appeal, once, within some days; for so long its event stays frozen, then it is dropped.
5. ``blocked``: refused at the door; nothing is frozen. An appeal that is granted lets the sender send the same again.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from roomkeeper.capabilities.screening import rules, texts
from roomkeeper.capabilities.screening.errors import Blocked, CannotAppeal, DecidedAlready
from roomkeeper.capabilities.screening.facts import CaseChanged
from roomkeeper.capabilities.screening.judging import Decisions
from roomkeeper.capabilities.screening.models import Case, CaseMedium, CaseState, Decision, Verdict
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.statistics import Statistics
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.capabilities.screening.withheld import WithheldMedia
from roomkeeper.core.media import Medium
from roomkeeper.core.rooms import Room, Rooms, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.hooks import Hold
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation

log = get_logger(area="screening")

TICKET = "screening:"
MOST_PREPARED = 10_000
MOST_BLOCKED = 50
"""Cases of one user in an hour of what was refused at the door: more are refused without one."""
AT_ONCE = 200
RACES = 5
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS


class CannotRelease(DecidedAlready):
    """This cannot be delivered."""


class Cases:
    """The cases of this server."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        settings: ScreeningSettings,
        decisions: Decisions,
        withheld: WithheldMedia,
        statistics: Statistics,
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._settings = settings
        self._decisions = decisions
        self._withheld = withheld
        self._statistics = statistics
        self._prepared: OrderedDict[str, Case] = OrderedDict()
        self._blocked: Counter[tuple[str, int]] = Counter()
        self._written: dict[str, asyncio.Future[None]] = {}
        """Cases of refusals that are answered while they are written: who appeals at once waits for that."""
        self.approving: set[str] = set()
        """Events that are being released since somebody approved them: screening has nothing against them."""
        self.departments_of: Callable[[Room, str], Awaitable[list[str]]] = _no_departments
        self.on_checking: Callable[[Case], None] = lambda _case: None
        """Called with each new case whose scores are missing yet, when it is durable."""

    # ------------------------------------------------------------ making

    async def prepare(
        self, room: Room, sender: str, event_type: str, verdict: Verdict, media: Sequence[Medium], words: Sequence[str]
    ) -> Hold:
        """A case for an event that is to be held, with the ticket for it."""
        departments = await self.departments_of(room, sender)
        case = self._case("held", room.room_id, sender, event_type, verdict, media, words)
        return self._hold(msgspec.structs.replace(case, departments=tuple(departments)))

    def prepare_words(self, room: Room, sender: str, event_type: str, verdict: Verdict, words: Sequence[str]) -> Hold:
        """The same for words, without waiting: the departments come later."""
        return self._hold(self._case("held", room.room_id, sender, event_type, verdict, (), words))

    def _hold(self, case: Case) -> Hold:
        self._prepared[case.case_id] = case
        if len(self._prepared) > MOST_PREPARED:
            self._prepared.popitem(last=False)
        return Hold(TICKET + case.case_id)

    def _case(
        self,
        kind: str,
        room_id: str,
        sender: str,
        event_type: str,
        verdict: Verdict,
        media: Sequence[Medium],
        words: Sequence[str],
    ) -> Case:
        now = self._app.clock.now_ms()
        state: CaseState = "waiting"
        if kind == "blocked":
            state = "blocked"
        elif verdict.waiting:
            state = "checking"
        return Case(
            case_id=f"{now:011x}{secrets.token_hex(5)}",
            kind="blocked" if kind == "blocked" else "held",
            state=state,
            room_id=room_id,
            sender=sender,
            event_type=event_type,
            text=rules.excerpt(words),
            text_key=rules.text_key(words) if words else "",
            reasons=verdict.reasons,
            labels=tuple(verdict.labels),
            media=tuple(medium_of(each) for each in media),
            created_ts=now,
            updated_ts=now,
            refused_text=texts.why(verdict.labels, self._settings.language) if state == "blocked" else "",
        )

    def held(self, _room: Room, entry: TimelineEvent, ticket: str, write: Write) -> None:
        """See `rooms.Held`."""
        case = self._prepared.pop(ticket.removeprefix(TICKET), None) if ticket.startswith(TICKET) else None
        if case is None:
            return
        case = msgspec.structs.replace(case, event_id=entry.event.event_id, room_id=entry.event.room_id)
        self._insert(write, case)
        asyncio.get_running_loop().call_soon(self._follow, write, case)

    def _insert(self, write: Write, case: Case) -> None:
        store.insert(write, case)
        self._app.facts.record(write, CaseChanged(case.case_id, case.room_id, case.sender))

    def _follow(self, write: Write, case: Case) -> None:
        """When `write` is durable, have the case looked after. It is submitted in this turn of the loop, or never."""
        if write.future is None or case.state != "checking":
            return

        def durable(done: asyncio.Future[None]) -> None:
            if not done.cancelled() and done.exception() is None:
                self.on_checking(case)

        write.future.add_done_callback(durable)

    def block(
        self,
        room_id: str,
        sender: str,
        event_type: str,
        verdict: Verdict,
        media: Sequence[Medium],
        words: Sequence[str],
        departments: Sequence[str] = (),
    ) -> Blocked:
        """The error for something that may not be sent, with a case against which its sender may appeal."""
        labels = verdict.labels
        message = texts.text("blocked", self._settings.language, why=texts.why(labels, self._settings.language))
        hour = self._app.clock.now_ms() // HOUR_MS
        if self._blocked[sender, hour] >= MOST_BLOCKED or not self._settings.appeal_days or not room_id:
            return Blocked(message, labels)
        if len(self._blocked) > MOST_PREPARED:
            self._blocked.clear()
        self._blocked[sender, hour] += 1
        case = self._case("blocked", room_id, sender, event_type, verdict, media, words)
        case = msgspec.structs.replace(case, departments=tuple(departments), event_id="")
        write = Write()
        self._insert(write, case)
        written = self._written[case.case_id] = self._app.committer.submit(write)
        written.add_done_callback(_logged)
        written.add_done_callback(lambda _: self._written.pop(case.case_id, None))
        return Blocked(message, labels, case.case_id)

    async def sent(
        self, room_id: str, sender: str, event_id: str, verdict: Verdict, medium: Medium, write: Write
    ) -> Case:
        """A case for something that was delivered and should not have been, as part of `write`."""
        case = self._case("held", room_id, sender, "", verdict, [medium], ())
        departments: list[str] = []
        if room_id:
            departments = await self.departments_of(await self._rooms.cache.get(room_id), sender)
        case = msgspec.structs.replace(
            case,
            kind="sent",
            state="waiting",
            event_id=event_id,
            departments=tuple(departments),
            refused_text=texts.why(verdict.labels, self._settings.language),
        )
        self._insert(write, case)
        return case

    # ------------------------------------------------------------ finding

    async def get(self, case_id: str) -> Case:
        """One case. Raises `NotFound`."""
        if (written := self._written.get(case_id)) is not None:
            await asyncio.wait([written])
        case = await store.find(self._app.driver, case_id)
        if case is None:
            raise NotFound("There is no such case.")
        return case

    async def kept_media(self, user_id: str, media_ids: Sequence[str]) -> set[str]:
        """See `media.Keeper`: those of cases about which something can still be decided."""
        return await store.media_of_open_cases(self._app.driver, user_id, min(media_ids), max(media_ids))

    # ------------------------------------------------------------ deciding

    async def _undisturbed(self, case: Case, act: Callable[[Case], Awaitable[Case]]) -> Case:
        """Do something with a case; once more where only what the server notes of it has changed meanwhile."""
        for _ in range(RACES):
            try:
                return await act(case)
            except CannotRelease:
                raise
            except DecidedAlready:
                fresh = await self.get(case.case_id)
                if fresh.version == case.version or (fresh.state, fresh.appeal) != (case.state, case.appeal):
                    raise
                case = msgspec.structs.replace(
                    case, departments=fresh.departments, media=fresh.media, told=fresh.told, version=fresh.version
                )
        raise DecidedAlready

    async def approve(self, case: Case, actor: str, reason: str, *, remember: bool) -> Case:
        """Let it be delivered, or shown again. Raises `DecidedAlready`, `CannotRelease`."""
        return await self._undisturbed(case, lambda each: self._approve(each, actor, reason, remember=remember))

    async def _approve(self, case: Case, actor: str, reason: str, *, remember: bool) -> Case:
        if case.state == "checking":
            raise CannotRelease("It is still being looked at: wait for what comes of that.")
        if case.state != "waiting":
            raise DecidedAlready
        after = self._changed(case, state="approved", decided_by=actor, decided_ts=self._now(), refused_text="")
        kept = remember or case.kind != "held"
        decisions = self._decided(case, "allow", actor, reason) if kept else []

        def add(write: Write) -> None:
            self._put(write, case, after, reason, decisions)
            if case.kind == "sent":
                for medium in case.media:
                    self._withheld.remove(write, medium.media_id)

        if case.kind == "held":
            self.approving.add(case.event_id)
            try:
                await self._release(case, add)
            finally:
                self.approving.discard(case.event_id)
        else:
            write = Write()
            add(write)
            await self._submit(write)
        self._decisions.took_effect(decisions)
        if case.kind == "sent":
            for medium in case.media:
                self._withheld.removed(medium.media_id)
        self._statistics.decided("approved")
        return after

    async def _release(self, case: Case, add: Callable[[Write], None]) -> None:
        try:
            await self._rooms.release(case.event_id, add)
        except DatabaseError:
            raise DecidedAlready from None
        except (MatrixError, ProtocolViolation) as error:
            raise CannotRelease(f"It cannot be delivered now: {error}") from None

    async def refuse(self, case: Case, actor: str, reason: str, *, told: str = "", remember: bool = False) -> Case:
        """Do not deliver it; its sender is told why: `told`, else what was seen. Raises `DecidedAlready`."""
        return await self._undisturbed(
            case, lambda each: self._refuse(each, actor, reason, told=told, remember=remember)
        )

    async def _refuse(self, case: Case, actor: str, reason: str, *, told: str, remember: bool) -> Case:
        if case.state not in ("waiting", "checking"):
            raise DecidedAlready
        said = told or texts.why(list(case.labels), self._settings.language)
        after = self._changed(case, state="refused", decided_by=actor, decided_ts=self._now(), refused_text=said)
        decisions = self._decided(case, "block", actor, said) if remember else []

        def add(write: Write) -> None:
            self._put(write, case, after, reason, decisions)

        stays_frozen = after.can_appeal and self._settings.appeal_days > 0
        if case.kind == "held" and not stays_frozen:
            await self._drop(case, add)
        else:
            write = Write()
            add(write)
            await self._submit(write)
        self._decisions.took_effect(decisions)
        self._statistics.decided("refused")
        return after

    async def _drop(self, case: Case, add: Callable[[Write], None]) -> None:
        """Let the frozen event go."""
        try:
            await self._rooms.discard(case.event_id, add)
        except NotFound:
            write = Write()
            add(write)
            await self._submit(write)
        except DatabaseError:
            raise DecidedAlready from None

    async def settle(self, case: Case, verdict: Verdict, media: Sequence[Medium]) -> Case:
        """The missing scores are there: release it, refuse it, or let somebody decide.

        Raises `DecidedAlready`, `CannotRelease`.
        """
        return await self._undisturbed(case, lambda each: self._settle(each, verdict, media))

    async def _settle(self, case: Case, verdict: Verdict, media: Sequence[Medium]) -> Case:
        labels = tuple(verdict.labels)
        case = msgspec.structs.replace(case, media=tuple(medium_of(each) for each in media))
        if verdict.action == "allow":
            after = self._changed(case, state="approved", decided_by="", decided_ts=self._now())
            await self._release(case, lambda write: self._put(write, case, after, "", []))
            return after
        seen = msgspec.structs.replace(case, reasons=verdict.reasons, labels=labels)
        if verdict.action == "block":
            return await self.refuse(seen, "server", "")
        after = self._changed(seen, state="waiting")
        write = Write()
        self._put(write, case, after, "", [])
        await self._submit(write)
        return after

    def _decided(self, case: Case, action: str, actor: str, said: str) -> list[Decision]:
        keys = [medium.sha256 for medium in case.media if medium.sha256]
        if not keys and case.text_key:
            keys = [case.text_key]
        return [
            Decision(
                key=key,
                action="allow" if action == "allow" else "block",
                case_id=case.case_id,
                decided_by=actor,
                decided_ts=self._now(),
                text=said[:500],
            )
            for key in keys
        ]

    def _put(self, write: Write, before: Case, after: Case, reason: str, decisions: Sequence[Decision]) -> None:
        store.update(write, before, after)
        for decision in decisions:
            self._decisions.put(write, decision)
        if after.decided_by and before.state != after.state:
            self._app.audit.record(
                write,
                permission="screening.review",
                target=after.case_id,
                reason=f"{after.state}: {reason}" if reason else after.state,
                actor=after.decided_by,
            )
        self._app.facts.record(write, CaseChanged(after.case_id, after.room_id, after.sender))

    async def _submit(self, write: Write) -> None:
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            raise DecidedAlready from None

    def _changed(self, case: Case, **values: object) -> Case:
        return msgspec.structs.replace(case, **values, updated_ts=self._now(), version=case.version + 1)

    def _now(self) -> int:
        return self._app.clock.now_ms()

    # ------------------------------------------------------------ its sender

    async def appeal(self, user_id: str, case_id: str, said: str) -> Case:
        """Say something against a refusal, once: it comes back to who reviews. Raises `NotFound`, `CannotAppeal`."""
        return await self._undisturbed(await self.own(user_id, case_id), lambda case: self._appeal(case, said))

    async def _appeal(self, case: Case, said: str) -> Case:
        late = case.updated_ts + self._settings.appeal_days * DAY_MS <= self._now()
        if not case.can_appeal or late:
            raise CannotAppeal
        after = self._changed(case, state="waiting", appeal=said, appealed_ts=self._now())
        write = Write()
        store.update(write, case, after)
        self._app.facts.record(write, CaseChanged(case.case_id, case.room_id, case.sender))
        await self._submit(write)
        self._statistics.decided("appealed")
        return after

    async def own(self, user_id: str, case_id: str) -> Case:
        """A case of what that user sent. Raises `NotFound`."""
        case = await self.get(case_id)
        if case.sender != user_id:
            raise NotFound("There is no such case.")
        return case

    async def note_told(self, case: Case) -> None:
        """Its sender has been told of the state that it is in."""
        write = Write()
        store.update(write, case, msgspec.structs.replace(case, told=case.state, version=case.version + 1))
        with contextlib.suppress(DatabaseError):  # something has become of it meanwhile: they will be told of that
            await self._app.committer.submit(write)

    async def complete(self, case: Case) -> Case:
        """A case with its departments, which a gate that cannot wait leaves open."""
        if case.departments or not case.room_id:
            return case
        departments: list[str] = []
        with contextlib.suppress(NotFound):
            departments = await self.departments_of(await self._rooms.cache.get(case.room_id), case.sender)
        if not departments:
            return case
        after = msgspec.structs.replace(case, departments=tuple(departments), version=case.version + 1)
        write = Write()
        store.update(write, case, after)
        store.put_departments(write, after)
        try:
            await self._app.committer.submit(write)
        except DatabaseError:  # something has become of it meanwhile, of which there is another fact
            return case
        return after

    # ------------------------------------------------------------ clearing up

    async def _close(self, case: Case) -> Case:
        after = self._changed(case, closed=True)

        def add(write: Write) -> None:
            self._put(write, case, after, "", [])

        if case.kind == "held":
            await self._drop(case, add)
        else:
            write = Write()
            add(write)
            await self._submit(write)
        return after

    async def tidy(self) -> int:
        """Drop frozen events that nobody can appeal for any more, and forget old cases; how many."""
        now, count = self._now(), 0
        late = now - self._settings.appeal_days * DAY_MS
        for case in await store.appealable(self._app.driver, late, AT_ONCE):
            with contextlib.suppress(DecidedAlready):  # its sender has appealed in the last moment
                await self._undisturbed(case, self._close)
                count += 1
        old = now - self._settings.keep_cases_days * DAY_MS
        for states in (("refused", "blocked"), ("approved", "approved")):
            for case in await store.overdue(self._app.driver, states, old, AT_ONCE):
                write = Write()
                store.delete(write, case.case_id)
                await self._app.committer.submit(write)
                count += 1
        return count


def medium_of(medium: Medium) -> CaseMedium:
    """A medium as a case has it."""
    return CaseMedium(
        media_id=medium.media_id,
        sha256=medium.sha256 or "",
        content_type=medium.sniffed_type or medium.content_type,
        file_name=medium.file_name or "",
        size=medium.size,
    )


async def _no_departments(_room: Room, _sender: str) -> list[str]:
    return []


def _logged(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("a case could not be kept", exc_info=error)
