"""Receivers: those who are shown a record are told so at once, by account data that reaches all their clients.

It says that something has changed, and not what: that their clients ask for.
"""

from __future__ import annotations

import asyncio
from typing import Final

from roomkeeper.capabilities.records.access import ROLE_SEPARATOR
from roomkeeper.capabilities.records.models import Share
from roomkeeper.core.account_data import AccountData
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.models import GrantsQuery, PeopleQuery
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

SHARED: Final = "org.roomkeeper.shared_records"
"""The type of that account data."""
MOST: Final = 1_000
"""People with a role who are told; the others see it when they look."""
PAGE: Final = 500


class Receivers:
    """Tells them."""

    def __init__(self, app: Application, organisation: Organisation, account_data: AccountData) -> None:
        self._app = app
        self._organisation = organisation
        self._account_data = account_data

    async def tell(self, share: Share) -> None:
        """Something was shared, or is no longer."""
        for user_id in await self._of(share):
            write = Write()
            self._account_data.put(write, user_id, None, SHARED, {"changed_ts": self._app.clock.now_ms()})
            await self._app.committer.submit(write)
            await asyncio.sleep(0)

    async def _of(self, share: Share) -> list[str]:
        if share.whom == "link":
            return []
        if share.whom == "person":
            return [share.who]
        role, _, department_id = share.who.partition(ROLE_SEPARATOR)
        return await self._staff(department_id) if role == "staff" else await self._granted(role, department_id)

    async def _staff(self, department_id: str) -> list[str]:
        within = None
        if department_id:
            within = frozenset((await self._organisation.permissions.tree()).under(department_id))
        query = PeopleQuery(kind="staff", state="active", within=within)
        found: list[str] = []
        while len(found) < MOST:
            page = await self._organisation.people.page(query, found[-1] if found else "", PAGE)
            found += [person.user_id for person in page]
            if len(page) < PAGE:
                break
        return found[:MOST]

    async def _granted(self, role: str, department_id: str) -> list[str]:
        inside = (await self._organisation.permissions.tree()).under(department_id) if department_id else None
        after, found = ("", "", ""), dict[str, None]()
        while len(found) < MOST:
            page = await self._organisation.roles.page(GrantsQuery(role=role), after, PAGE)  # type: ignore[arg-type]
            for grant in page:
                if inside is None or grant.department_id in inside:
                    found.setdefault(grant.user_id)
            if len(page) < PAGE:
                break
            after = (page[-1].user_id, page[-1].role, page[-1].department_id)
        return list(found)[:MOST]
