"""Links: codes with which customers reach somebody of the staff, or a department."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import rules, store
from roomkeeper.core.organisation.sessions.errors import LinkExpired, LinkUsedUp
from roomkeeper.core.organisation.sessions.models import Link, Session, Target, Wish
from roomkeeper.core.organisation.sessions.service import Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound, UserLimitExceeded

MOST = 10_000
"""Links that one person may have made."""


class Links:
    """The links of this organisation."""

    def __init__(
        self, app: Application, people: People, permissions: Permissions, sessions: Sessions, turns: Turns
    ) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._sessions = sessions
        self._turns = turns

    async def get(self, code: str) -> Link:
        """One link. Raises `NotFound`."""
        found = await store.find_link(self._app.driver, rules.plain_code(code)[:100])
        if found is None:
            raise NotFound("There is no such link.")
        return found

    async def page(self, staff_id: str, department_ids: Iterable[str] | None, after: str, limit: int) -> Sequence[Link]:
        """The links to somebody and to some departments (`None`: all that there are), after a code."""
        return await store.links(self._app.driver, staff_id, department_ids, after, limit)

    async def create(
        self, actor: str, target: Target, *, expires_ts: int | None = None, uses_allowed: int | None = None
    ) -> Link:
        """A new link. Raises `NotFound`, `InvalidParameter`, `UserLimitExceeded`."""
        now = self._app.clock.now_ms()
        if expires_ts is not None and expires_ts <= now:
            raise InvalidParameter("`expires_ts` is in the past; it is in milliseconds.")
        if target.department_id is not None:
            (await self._permissions.tree()).get(target.department_id)
        elif target.staff_id is None or (await self._people.find(target.staff_id)).kind != "staff":
            raise InvalidParameter("A link leads to somebody of the staff, or to a department.")
        async with self._turns("links", actor):
            if await store.count_links(self._app.driver, actor) >= MOST:
                raise UserLimitExceeded(f"You have made {MOST} links: delete some.")
            link = Link(
                code=rules.new_code(),
                staff_id=target.staff_id,
                department_id=target.department_id,
                created_by=actor,
                created_ts=now,
                expires_ts=expires_ts,
                uses_allowed=uses_allowed,
                uses=0,
            )
            write = Write()
            store.insert_link(write, link)
            self._app.audit.record(write, permission="links.create", target=_named(link), actor=actor)
            await self._app.committer.submit(write)
        return link

    async def delete(self, actor: str, link: Link) -> None:
        """Take a link back. Raises `NotFound`."""
        async with self._turns("link", link.code):
            await self.get(link.code)
            write = Write()
            store.delete_link(write, link.code)
            self._app.audit.record(write, permission="links.delete", target=_named(link), actor=actor)
            await self._app.committer.submit(write)

    async def use(self, customer_id: str, code: str, wish: Wish) -> Session:
        """The session that a link opens; that it was used counts where there was none yet.

        Raises `NotFound`, `LinkExpired`, `LinkUsedUp`, `Forbidden`.
        """
        code = (await self.get(code)).code
        async with self._turns("link", code):
            link = await self.get(code)
            if link.expires_ts is not None and link.expires_ts <= self._app.clock.now_ms():
                raise LinkExpired
            target = Target(link.staff_id, link.department_id)
            is_used_up = link.uses_allowed is not None and link.uses >= link.uses_allowed
            if is_used_up and await self._sessions.under_way(customer_id, target) is None:
                raise LinkUsedUp
            return await self._sessions.ask(
                customer_id, target, wish, add=lambda write, _session: store.use_link(write, code)
            )


def _named(link: Link) -> str:
    return link.staff_id or link.department_id or ""
