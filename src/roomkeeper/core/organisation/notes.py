"""Notes: what the staff writes down about a customer, for whoever takes care of them, now or later.

Read by those who have, or had, the customer as their contact, and by who sees the contacts of such people.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.models import Note
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.store import contacts
from roomkeeper.core.organisation.store import notes as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import Forbidden, NotFound, UserLimitExceeded

MOST = 1_000
"""Notes about one customer."""
READ = "contacts.read"


class Notes:
    """The notes about customers."""

    def __init__(self, app: Application, people: People, permissions: Permissions, turns: Turns) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._turns = turns

    async def page(self, actor: str, customer_id: str, before: str, limit: int) -> Sequence[Note]:
        """Notes about a customer, the newest first. Raises `NotFound`, `Forbidden`."""
        if not await self._check(actor, customer_id):
            write = Write()
            self._app.audit.record(write, permission=READ, target=customer_id, reason="notes", actor=actor)
            await self._app.committer.submit(write)
        return await store.page(self._app.driver, customer_id, before, limit)

    async def add(self, actor: str, customer_id: str, body: str) -> Note:
        """Write something down. Raises `NotFound`, `Forbidden`, `UserLimitExceeded`."""
        await self._check(actor, customer_id)
        async with self._turns("notes", customer_id):
            if await store.count(self._app.driver, customer_id) >= MOST:
                raise UserLimitExceeded(f"There are {MOST} notes about this customer: delete some.")
            now = self._app.clock.now_ms()
            note = Note(
                note_id=f"{now:011x}{secrets.token_hex(4)}",
                customer_id=customer_id,
                author_id=actor,
                body=body,
                created_ts=now,
            )
            write = Write()
            store.insert(write, note)
            self._app.audit.record(write, permission="notes.add", target=customer_id, actor=actor)
            await self._app.committer.submit(write)
        return note

    async def delete(self, actor: str, customer_id: str, note_id: str) -> None:
        """Remove a note of one's own. Raises `NotFound`, `Forbidden`."""
        await self._check(actor, customer_id)
        async with self._turns("notes", customer_id):
            note = await store.find(self._app.driver, note_id)
            if note is None or note.customer_id != customer_id:
                raise NotFound("There is no such note about this customer.")
            if note.author_id != actor:
                raise Forbidden(f"{note.author_id} has written this note: only they can delete it.")
            write = Write()
            store.delete(write, note_id)
            self._app.audit.record(write, permission="notes.delete", target=customer_id, actor=actor)
            await self._app.committer.submit(write)

    async def clear(self, reader: Reader, write: Write, user_id: str, limit: int) -> int:
        """See `rooms.UserCleaner`."""
        return await store.clear(reader, write, user_id, limit)

    async def _check(self, actor: str, customer_id: str) -> bool:
        """Whether the customer is, or was, the actor's own contact; else they need the permission. Raises `NotFound`,
        `Forbidden`."""
        if (await self._people.find(customer_id)).kind != "customer":
            raise NotFound(f"{customer_id} is no customer: notes are about customers.")
        if await contacts.ever(self._app.driver, customer_id, actor):
            return True
        scope = await self._permissions.scope(actor, READ)
        around = await store.departments_around(self._app.driver, customer_id) if scope else []
        if not scope.is_everywhere and not scope.includes(around):
            raise Forbidden("This is for those who have, or had, this customer as their contact.")
        return False
