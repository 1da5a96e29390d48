"""Contacts: which customer and which staff know one another, now and in the past."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.models import Contact
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.store import contacts as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound


class Contacts:
    """The relations between customers and staff."""

    def __init__(self, app: Application, people: People, turns: Turns) -> None:
        self._app = app
        self._people = people
        self._turns = turns

    async def page(self, user_id: str, after: tuple[str, int], limit: int, *, past: bool) -> Sequence[Contact]:
        """The contacts of somebody, a customer's or the staff's; `past` includes those that have ended."""
        return await store.page(self._app.driver, user_id, after, limit, past=past)

    async def are(self, customer_id: str, staff_id: str) -> bool:
        """Whether the two are contacts."""
        return await store.current(self._app.driver, customer_id, staff_id) is not None

    def add_end(self, write: Write, customer_id: str, staff_id: str, reason: str) -> None:
        """Make it part of `write` that the two are contacts no more, where they are."""
        store.end_any(write, customer_id, staff_id, self._app.clock.now_ms(), reason)

    async def make(self, customer_id: str, staff_id: str, reason: str) -> Contact:
        """Make the two contacts; where they are, they stay so. Raises `NotFound`, `InvalidParameter`."""
        async with self._turns("contact", customer_id, staff_id):
            found = await store.current(self._app.driver, customer_id, staff_id)
            if found is not None:
                return found
            customer, staff = await self._people.find(customer_id), await self._people.find(staff_id)
            if customer.kind != "customer" or not staff.is_present:
                raise InvalidParameter(f"A contact is of a customer and the staff: {customer_id}, {staff_id}.")
            made = Contact(customer_id=customer_id, staff_id=staff_id, since_ts=self._app.clock.now_ms(), reason=reason)
            write = Write()
            store.insert(write, made)
            self._app.audit.record(write, permission="contacts.make", target=f"{customer_id} {staff_id}", reason=reason)
            await self._app.committer.submit(write)
            return made

    async def end(self, customer_id: str, staff_id: str, reason: str) -> None:
        """End that two people are contacts. Raises `NotFound`."""
        async with self._turns("contact", customer_id, staff_id):
            if await store.current(self._app.driver, customer_id, staff_id) is None:
                raise NotFound(f"{customer_id} and {staff_id} are not contacts.")
            write = Write()
            store.end(write, customer_id, staff_id, self._app.clock.now_ms(), reason)
            self._app.audit.record(write, permission="contacts.end", target=f"{customer_id} {staff_id}", reason=reason)
            await self._app.committer.submit(write)
