"""Keeping records, and letting them go: retention, legal holds, erasure.

1.  What is too old by the policies of all of a record's departments is erased: contents and salts, not the chain.
2.  What somebody has said is erased where they, or their account's end, ask for it.
3.  A hold beats both. It is asked for in the write that erases, so that one which is laid meanwhile counts. An erasure
    that a hold has kept from anything goes on when that is released.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final, Literal

import msgspec

from roomkeeper.capabilities.records.access import Access
from roomkeeper.capabilities.records.appending import Watch
from roomkeeper.capabilities.records.errors import NoSuchRecord, OnHold
from roomkeeper.capabilities.records.exports import Exports
from roomkeeper.capabilities.records.intake import Intake
from roomkeeper.capabilities.records.models import Erasure, Hold, Record
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.store import keeping as store
from roomkeeper.capabilities.records.store import queries
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.platform.application import Application
from roomkeeper.platform.audit import actor as current_actor
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

RETENTION, ERASURE = "records_retention", "records_erasure"
HOLD, ERASE = "records.hold", "records.erase"
ROWS: Final = 400
"""Entries that are erased in one write."""
RECORDS: Final = 100
WAITING: Final = 1_000
DAY_MS: Final = 24 * 3_600_000
FOREVER: Final = 2**62
TIMER: Final = "timer"
FIRST_LOOK_S: Final = 60.0
LOOK_S: Final = 600.0


class Retain(msgspec.Struct, frozen=True):
    """Erase what is too old; ages count back from `now` (milliseconds)."""

    now: int


class Erase(msgspec.Struct, frozen=True):
    """Which erasure."""

    erasure_id: str


class Cursor(msgspec.Struct, kw_only=True):
    """How far it is: in `record`, behind `seq`; `held` records were passed over."""

    record: str = ""
    seq: int = 0
    done: int = 0
    erased: int = 0
    held: int = 0


class Keeping:
    """Holds, retention and erasure."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        access: Access,
        policies: Policies,
        watch: Watch,
        exports: Exports,
        intake: Intake,
        settings: RecordsSettings,
    ) -> None:
        self._app = app
        self._jobs = jobs
        self._access = access
        self._policies = policies
        self._watch = watch
        self._exports = exports
        self._intake = intake
        self._interval_ms = settings.retention_hours * 3_600_000

    async def run(self) -> None:
        """Begin from time to time, for ever."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            await self._exports.delete_expired()
            await self._intake.drop_stale()
            if await self._is_due():
                await self.retain(TIMER)
            await asyncio.sleep(LOOK_S)

    async def _is_due(self) -> bool:
        if not any(policy.retention_days for policy in self._policies.all()):
            return False
        last = await self._jobs.newest(RETENTION)
        return last is None or self._app.clock.now_ms() - last.created_ts >= self._interval_ms

    # ------------------------------------------------------------ holds

    async def hold(self, what: Literal["record", "person", "department"], who: str, reason: str) -> Hold:
        """Lay a hold. Raises `NoSuchRecord`."""
        if what == "record" and await records_store.find(self._app.driver, who) is None:
            raise NoSuchRecord
        now = self._app.clock.now_ms()
        hold = Hold(
            hold_id=f"{now:011x}{secrets.token_hex(4)}",
            what=what,
            who=who,
            reason=reason,
            created_by=current_actor.get(),
            created_ts=now,
        )
        write = Write()
        store.insert_hold(write, hold)
        self._app.audit.record(write, permission=HOLD, target=who, reason=f"hold on {what}: {reason}")
        await self._app.committer.submit(write)
        return hold

    async def release(self, hold_id: str) -> Hold:
        """End a hold; erasures that it has kept from something go on. Raises `NotFound`."""
        found = await store.find_hold(self._app.driver, hold_id)
        if found is None:
            raise NotFound("There is no such hold.")
        if found.released_ts is None:
            write, now = Write(), self._app.clock.now_ms()
            store.release_hold(write, hold_id, current_actor.get(), now)
            self._app.audit.record(write, permission=HOLD, target=found.who, reason=f"released {found.what} {hold_id}")
            for erasure in await store.waiting_erasures(self._app.driver, WAITING):
                self._add(write, erasure)
            await self._app.committer.submit(write)
        return await store.find_hold(self._app.driver, hold_id) or found

    async def holds(self, before: str, limit: int) -> list[Hold]:
        """Holds, the newest first."""
        return await store.holds(self._app.driver, before, limit)

    async def is_held(self, record_id: str) -> bool:
        """Whether a record is on hold."""
        return await store.is_held(self._app.driver, record_id)

    # ------------------------------------------------------------ erasure

    async def erase(self, *, person: str | None, record_id: str | None, reason: str) -> Erasure:
        """Erase what somebody has said, or what is in a record, or the one in the other. Raises `NoSuchRecord`,
        `OnHold`."""
        if record_id is not None:
            if await records_store.find(self._app.driver, record_id) is None:
                raise NoSuchRecord
            if await self.is_held(record_id):
                raise OnHold
        now = self._app.clock.now_ms()
        erasure = Erasure(
            erasure_id=f"{now:011x}{secrets.token_hex(4)}",
            person=person,
            record_id=record_id,
            reason=reason,
            requested_by=current_actor.get(),
            requested_ts=now,
        )
        write = Write()
        store.put_erasure(write, erasure)
        self._add(write, erasure)
        target = person or record_id or ""
        self._app.audit.record(write, permission=ERASE, target=target, reason=reason)
        await self._app.committer.submit(write)
        return erasure

    def _add(self, write: Write, erasure: Erasure) -> None:
        key = erasure.erasure_id
        self._jobs.add(write, ERASURE, Erase(key), started_by=erasure.requested_by, key=key)

    async def clean_user(self, _reader: Reader, write: Write, user_id: str, _limit: int) -> int:
        """See `rooms.UserCleaner`: an account is erased; the rest is the job's."""
        now = self._app.clock.now_ms()
        erasure = Erasure(
            erasure_id=f"account {user_id}",
            person=user_id,
            reason="the account was erased",
            requested_by=user_id,
            requested_ts=now,
        )
        if await store.records_with(self._app.driver, user_id, "", 1):
            store.put_erasure(write, erasure)
            self._add(write, erasure)
        return 0

    async def erasures(self, before: str, limit: int) -> list[Erasure]:
        """What was asked to be erased."""
        return await store.erasures(self._app.driver, before, limit)

    async def erase_step(self, work: Erase, cursor: Any) -> Chunk:
        """See `Job.step`."""
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        erasure = await store.find_erasure(self._app.driver, work.erasure_id)
        if erasure is None:
            return Chunk(cursor=None, done=at.done)
        record_id = await self._next_record(erasure, at)
        write = Write()
        if record_id is None:
            now = self._app.clock.now_ms()
            store.advance_erasure(write, erasure.erasure_id, 0, at.held, None if at.held else now)
            message = f"{at.erased} entries erased, {at.held} records on hold"
            return Chunk(cursor=None, done=at.done, write=write, message=message)
        await self._erase_in(write, erasure, record_id, at)
        return Chunk(
            cursor=msgspec.to_builtins(at),
            done=at.done,
            write=write,
            message=f"{at.erased} entries erased",
            after=lambda: self._watch.tell([record_id]),
        )

    async def _next_record(self, erasure: Erasure, at: Cursor) -> str | None:
        """The record in which the next entries are."""
        if erasure.record_id is not None:
            return erasure.record_id if at.record < erasure.record_id else None
        found = await store.records_with(self._app.driver, erasure.person or "", at.record, 1)
        return found[0] if found else None

    async def _erase_in(self, write: Write, erasure: Erasure, record_id: str, at: Cursor) -> None:
        """Some entries of a record; then the cursor stands behind it."""
        driver = self._app.driver
        is_held = await self.is_held(record_id)
        if is_held or (erasure.account and await self._stays(record_id)):
            at.held += is_held
            at.record, at.seq = record_id, 0
            at.done += 1
            return
        found = await entries_store.page_to_erase(driver, record_id, FOREVER, at.seq, ROWS, erasure.person)
        self._erase(write, record_id, found)
        store.advance_erasure(write, erasure.erasure_id, len(found), at.held, None)
        at.erased += len(found)
        at.seq = found[-1][0] if found else 0
        if len(found) < ROWS:
            if erasure.person is not None:
                store.forget_person(write, record_id, erasure.person)
            at.record, at.seq = record_id, 0
            at.done += 1

    def _erase(self, write: Write, record_id: str, found: list[tuple[int, int]]) -> None:
        if found:
            store.check_not_held(write, record_id)
            entries_store.erase(write, record_id, found)

    async def _stays(self, record_id: str) -> bool:
        """Whether what people have said in a record stays when their accounts go."""
        record = await records_store.find(self._app.driver, record_id)
        if record is None:
            return True
        return any(policy.keep_erased_accounts for policy in await self._access.policies_of(record))

    # ------------------------------------------------------------ retention

    async def retain(self, started_by: str) -> JobRecord:
        """Begin to erase what is too old; the job that is under way, where there is one."""
        write = Write()
        if started_by != TIMER:
            self._app.audit.record(write, permission=ERASE, target="*", reason="retention")
        parameters = Retain(self._app.clock.now_ms())
        return await self._jobs.start(RETENTION, parameters, started_by=started_by, write=write)

    async def retain_step(self, work: Retain, cursor: Any) -> Chunk:
        """See `Job.step`: the next records, or the next entries of a large one."""
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        found = await queries.page_by_id(self._app.driver, queries.RecordsQuery(), at.record, RECORDS)
        write = Write()
        for record in found:
            before = await self._oldest_kept(record, work.now)
            if before is not None and record.erased < record.entries and (record.first_ts or 0) < before:
                if await self.is_held(record.record_id):
                    at.held += 1
                else:
                    old = await entries_store.page_to_erase(self._app.driver, record.record_id, before, at.seq, ROWS)
                    self._erase(write, record.record_id, old)
                    at.erased += len(old)
                    if len(old) == ROWS:
                        at.seq = old[-1][0]
                        break
                    if old:
                        at.record, at.seq = record.record_id, 0
                        at.done += 1
                        break
            at.record, at.seq = record.record_id, 0
            at.done += 1
        return Chunk(
            cursor=msgspec.to_builtins(at) if found else None,
            done=at.done,
            write=write,
            message=f"{at.erased} entries erased, {at.held} records on hold",
        )

    async def _oldest_kept(self, record: Record, now: int) -> int | None:
        """Before when contents are too old; `None`: they never are. The longest time of all departments counts."""
        days = [policy.retention_days for policy in await self._access.policies_of(record)]
        return None if not all(days) else now - max(days) * DAY_MS
