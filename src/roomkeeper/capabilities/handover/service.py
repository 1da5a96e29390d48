"""Departures: recorded, begun, undone; and what must be looked after while they are.

1. `record`: somebody leaves, now or at a date; a transfer moves the customers of somebody who stays.
2. `begin`: the person is departed and the account locked, the departure runs and its job is there: one write. From then
   on no room accepts anything for them.
3. The job asks the customers (`jobs`, `offering`); they answer (`succession`, or by joining and rejecting).
4. `look`: planned departures begin when they are due, offers are taken over when nobody answered, customers for whom
   nobody had a place are asked when somebody has.
5. `undo`: the person is back, the job takes back what was not accepted.
"""

from __future__ import annotations

import secrets

import msgspec

from roomkeeper.capabilities.handover import rules, store
from roomkeeper.capabilities.handover.jobs import HANDOVER, UNDO, Work
from roomkeeper.capabilities.handover.models import Departure, Kind, Plan
from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.core.organisation.facts import PersonStateChanged
from roomkeeper.core.organisation.people import Also, Draft
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.jobs import Jobs

SERVER = "server"


class Departures:
    """The departures of this organisation."""

    def __init__(self, app: Application, jobs: Jobs, people: People, permissions: Permissions) -> None:
        self._app = app
        self._jobs = jobs
        self._people = people
        self._permissions = permissions
        self._turns = Turns()

    # ------------------------------------------------------------ looking

    async def get(self, departure_id: str) -> Departure:
        """One departure. Raises `NotFound`."""
        found = await store.find_departure(self._app.driver, departure_id)
        if found is None:
            raise NotFound("There is no such departure.")
        return found

    # ------------------------------------------------------------ recording

    async def draft(
        self, user_id: str, kind: Kind, plan: Plan, *, effective_ts: int | None, reason: str, actor: str
    ) -> Departure:
        """A departure that is not recorded (yet). Raises `NotFound`, `InvalidParameter`."""
        person = await self._people.find(user_id)
        if person.kind == "customer":
            raise InvalidParameter(f"{user_id} is a customer: only those of the organisation leave it.")
        rules.check_plan(plan, user_id)
        await self._check_successors(plan)
        now = self._app.clock.now_ms()
        return Departure(
            departure_id=f"{now:011x}{secrets.token_hex(4)}",
            user_id=user_id,
            kind=kind,
            state="planned",
            effective_ts=now if effective_ts is None else effective_ts,
            plan=plan,
            reason=reason,
            created_by=actor,
            created_ts=now,
            updated_ts=now,
        )

    async def record(self, departure: Departure) -> Departure:
        """Record a departure; it begins at once where it is due. Raises `InvalidParameter` where there is one."""
        user_id = departure.user_id
        async with self._turns("departure", user_id):
            other = await store.under_way(self._app.driver, user_id)
            if other is not None:
                raise AlreadyRecorded(
                    f"A departure of {user_id} is {other.state} already: {other.departure_id}. Change, cancel or undo"
                    " that one."
                )
            person = await self._people.find(user_id)
            if departure.kind == "transfer" and person.state == "departed":
                raise InvalidParameter(f"{user_id} has left: record a departure.")
            newest = await store.newest_of(self._app.driver, user_id)
            if person.state == "departed" and newest is not None and newest.is_of_who_left:
                raise AlreadyRecorded(f"{user_id} has left already: undo {newest.departure_id}, or let it be retried.")
            if departure.effective_ts > departure.created_ts:
                write = Write()
                self._insert(write, departure, person.departments)
                self._audit(write, "departures.record", departure)
                await self._app.committer.submit(write)
                return departure
            return await self._begin(departure, is_new=True, departments=person.departments)

    async def _check_successors(self, plan: Plan) -> None:
        """Who is named must be there, or be followed to somebody who is. Raises `InvalidParameter`."""
        known_departments = (await self._permissions.tree()).departments if rules.departments_in(plan) else {}
        for department_id in sorted(rules.departments_in(plan)):
            if department_id not in known_departments:
                raise InvalidParameter(f"There is no department {department_id}: name one by its id.")
        known = await self._people.find_several(sorted(rules.named_in(plan)))
        for user_id in sorted(rules.named_in(plan)):
            person = known.get(user_id)
            if person is None or person.kind != "staff":
                raise InvalidParameter(f"{user_id} is not of the staff: name somebody who is.")
            if person.state == "on_leave":
                raise InvalidParameter(f"{user_id} is on leave: name somebody who is there.")
            if person.state == "departed" and await store.newest_of(self._app.driver, user_id) is None:
                raise InvalidParameter(f"{user_id} has left, and nobody is known to take over from them.")

    async def change(self, departure_id: str, *, plan: Plan | None, effective_ts: int | None) -> Departure:
        """Change one that has not begun. Raises `NotFound`, `InvalidParameter`."""
        before = await self.get(departure_id)
        async with self._turns("departure", before.user_id):
            before = await self.get(departure_id)
            rules.check_allowed("change", before)
            if plan is not None:
                rules.check_plan(plan, before.user_id)
                await self._check_successors(plan)
            after = self._changed(
                before,
                plan=before.plan if plan is None else plan,
                effective_ts=before.effective_ts if effective_ts is None else effective_ts,
            )
            return await self._put(before, after, "departures.change")

    async def cancel(self, departure_id: str) -> Departure:
        """Forget about one that has not begun. Raises `NotFound`, `InvalidParameter`."""
        before = await self.get(departure_id)
        async with self._turns("departure", before.user_id):
            before = await self.get(departure_id)
            rules.check_allowed("cancel", before)
            return await self._put(before, self._changed(before, state="cancelled"), "departures.cancel")

    # ------------------------------------------------------------ beginning

    async def begin(self, departure_id: str) -> Departure:
        """Let one take effect now. Raises `NotFound`, `InvalidParameter`."""
        departure = await self.get(departure_id)
        async with self._turns("departure", departure.user_id):
            departure = await self.get(departure_id)
            rules.check_allowed("begin", departure)
            return await self._begin(departure)

    async def _begin(
        self, departure: Departure, *, is_new: bool = False, departments: tuple[str, ...] = ()
    ) -> Departure:
        begun = departure

        def add(write: Write) -> None:
            nonlocal begun
            job_id = self._jobs.add(
                write,
                HANDOVER,
                Work(departure.departure_id),
                started_by=departure.created_by,
                key=departure.departure_id,
            )
            now = self._app.clock.now_ms()
            begun = self._changed(departure, state="running", effective_ts=now, began_ts=now, job_id=job_id)
            if is_new:
                self._insert(write, begun, departments)
            else:
                store.update_departure(write, "planned", begun)
            self._audit(write, "departures.begin", begun)

        await self._submit(departure, add, "departed")
        return begun

    async def _submit(self, departure: Departure, add: Also, state: str) -> None:
        """What `add` adds, together with the person's state where that is another (SCIM may have been first)."""
        is_there = departure.user_id not in self._people.departed
        if departure.kind == "departure" and is_there == (state == "departed"):
            await self._people.change(departure.user_id, Draft(state=state), also=add)
            return
        write = Write()
        add(write)
        await self._app.committer.submit(write)

    async def follow(self, fact: PersonStateChanged) -> None:
        """Somebody has left or come back by another way: SCIM, an import, the people's page. Again does nothing."""
        departure = await store.under_way(self._app.driver, fact.user_id)
        if fact.after == "departed" and fact.user_id in self._people.departed:
            newest = await store.newest_of(self._app.driver, fact.user_id)
            if departure is None and newest is not None and newest.is_of_who_left:
                return
            if departure is None:
                drafted = await self.draft(
                    fact.user_id, "departure", Plan(), effective_ts=None, reason="", actor=SERVER
                )
                await self.record(drafted)
            elif departure.state == "planned":
                await self.begin(departure.departure_id)
            elif departure.state == "undoing":
                # Left again while their return was still under way: as soon as that is done.
                raise StillUndoing
        elif fact.before == "departed" and fact.user_id not in self._people.departed:
            newest = await store.newest_of(self._app.driver, fact.user_id)
            if newest is not None and newest.is_of_who_left:
                await self.undo(newest.departure_id, SERVER)

    # ------------------------------------------------------------ undoing

    async def undo(self, departure_id: str, actor: str) -> Departure:
        """Take one back: the person is there again, and what was not accepted is as before.

        Raises `NotFound`, `InvalidParameter`.
        """
        before = await self.get(departure_id)
        async with self._turns("departure", before.user_id):
            before = await self.get(departure_id)
            rules.check_allowed("undo", before)
            if before.state == "undoing":
                await self._check_no_work(UNDO, before)
            newest = await store.newest_of(self._app.driver, before.user_id)
            if newest is not None and newest.departure_id != departure_id:
                raise InvalidParameter(f"There is a later departure of {before.user_id}: undo {newest.departure_id}.")
            after = before

            def add(write: Write) -> None:
                nonlocal after
                job_id = self._jobs.add(write, UNDO, Work(departure_id), started_by=actor, key=departure_id)
                after = self._changed(before, state="undoing", job_id=job_id)
                store.update_departure(write, before.state, after)
                self._audit(write, "departures.undo", after)

            await self._submit(before, add, "active")
            return after

    async def retry(self, departure_id: str, actor: str) -> Departure:
        """Ask those anew with whom it failed, or for whom nobody had a place. Raises `NotFound`, `InvalidParameter`."""
        before = await self.get(departure_id)
        async with self._turns("departure", before.user_id):
            before = await self.get(departure_id)
            rules.check_allowed("retry", before)
            await self._check_no_work(HANDOVER, before)
            write = Write()
            store.reset_offers(write, departure_id, self._app.clock.now_ms())
            job_id = self._jobs.add(write, HANDOVER, Work(departure_id), started_by=actor, key=departure_id)
            after = self._changed(before, state="running", finished_ts=None, job_id=job_id)
            store.update_departure(write, before.state, after)
            self._audit(write, "departures.retry", after)
            await self._app.committer.submit(write)
            return after

    async def _check_no_work(self, kind: str, departure: Departure) -> None:
        """Raises `InvalidParameter` where the work goes on by itself, or was paused."""
        job = await self._jobs.newest(kind, departure.departure_id)
        if job is not None and not job.is_finished:
            raise InvalidParameter(f"The work on this departure is {job.state}: see the job {job.job_id}.")

    # ------------------------------------------------------------ what is stored

    def _insert(self, write: Write, departure: Departure, departments: tuple[str, ...]) -> None:
        store.insert_departure(write, departure)
        for department_id in departments:
            store.insert_department(write, departure.departure_id, department_id)

    def _changed(self, departure: Departure, **values: object) -> Departure:
        return msgspec.structs.replace(departure, updated_ts=self._app.clock.now_ms(), **values)

    async def _put(self, before: Departure, after: Departure, what: str) -> Departure:
        write = Write()
        store.update_departure(write, before.state, after)
        self._audit(write, what, after)
        await self._app.committer.submit(write)
        return after

    def _audit(self, write: Write, what: str, departure: Departure) -> None:
        self._app.audit.record(write, permission=what, target=departure.user_id)


class AlreadyRecorded(InvalidParameter):
    """There is a departure of this person already."""

    status = 409


class StillUndoing(InvalidParameter):
    """This person's return is still under way."""

    status = 409
