"""Sharing: somebody shows a record, or a span of it, to a person, a role, or whoever has a link; and ends that."""

from __future__ import annotations

import secrets
from typing import Final

from roomkeeper.capabilities.records.access import ROLE_SEPARATOR, Access, View, hash_of
from roomkeeper.capabilities.records.appending import Watch
from roomkeeper.capabilities.records.errors import NoSuchRecord
from roomkeeper.capabilities.records.models import Record, Share, Whom
from roomkeeper.capabilities.records.receivers import Receivers
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.capabilities.records.store import shares as store
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.core.organisation.models import GRANTED
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound

SHARE: Final = "records.share"
HOUR_MS: Final = 3_600_000
MOST_HOURS: Final = 24 * 366
LINK_HOURS: Final = 24 * 7
"""For how long a link is good where nothing is said."""


class Sharing:
    """Makes shares, and ends them."""

    def __init__(
        self,
        app: Application,
        access: Access,
        people: People,
        permissions: Permissions,
        watch: Watch,
        receivers: Receivers,
    ) -> None:
        self._app = app
        self._access = access
        self._people = people
        self._permissions = permissions
        self._watch = watch
        self._receivers = receivers

    async def share(
        self,
        actor: str,
        record_id: str,
        *,
        whom: Whom,
        who: str,
        department_id: str,
        first: int,
        last: int | None,
        hours: float | None,
        note: str,
    ) -> tuple[Share, str]:
        """The share, and the token of a link. Raises `NoSuchRecord`, `Forbidden`, `InvalidParameter`."""
        record = await self._record(actor, record_id)
        if last is not None and last < first:
            raise InvalidParameter("`last_seq` must not be before `first_seq`.")
        who, token = await self._named(whom, who, department_id)
        if hours is None and whom == "link":
            hours = LINK_HOURS
        now = self._app.clock.now_ms()
        share = Share(
            share_id=f"{now:011x}{secrets.token_hex(4)}",
            record_id=record_id,
            first_seq=first,
            last_seq=last,
            whom=whom,
            who=who,
            department_id=department_id,
            note=note,
            created_by=actor,
            created_ts=now,
            expires_ts=None if hours is None else now + int(hours * HOUR_MS),
        )
        write = Write()
        store.insert(write, share)
        span = f"{first}-{'' if last is None else last}"
        named = "a link" if whom == "link" else who
        self._app.audit.record(
            write, permission=SHARE, target=record.record_id, reason=f"with {named}, {span}", actor=actor
        )
        await self._app.committer.submit(write)
        await self._receivers.tell(share)
        return share, token

    async def _named(self, whom: Whom, who: str, department_id: str) -> tuple[str, str]:
        """Whom it is for as it is stored, and the token of a link."""
        if whom == "link":
            token = secrets.token_urlsafe(32)
            return hash_of(token), token
        if whom == "person":
            try:
                person = await self._people.find(who)
            except NotFound:
                raise InvalidParameter(f"There is nobody with the user id {who} here.") from None
            if person.kind == "customer":
                raise InvalidParameter(f"{who} does not belong to the organisation: give them a link.")
            return who, ""
        if who not in (*GRANTED, "staff"):
            raise InvalidParameter(f"There is no role {who}: {', '.join((*GRANTED, 'staff'))}.")
        if not department_id:
            return who, ""
        (await self._permissions.tree()).get(department_id)
        return f"{who}{ROLE_SEPARATOR}{department_id}", ""

    async def _record(self, actor: str, record_id: str) -> Record:
        """A record that somebody may share: their own, or by permission. Raises `NoSuchRecord`, `Forbidden`."""
        record = await records_store.find(self._app.driver, record_id)
        if record is None:
            raise NoSuchRecord
        if await self._access.is_own(actor, record) or await self._access.is_permitted(actor, record, SHARE):
            return record
        await self._access.look(actor, record_id)
        raise Forbidden("This record was shown to you; to show it to others is for those whose it is.")

    async def of_record(self, actor: str, record_id: str, after: str, limit: int) -> list[Share]:
        """The shares of a record, for who may share it."""
        await self._record(actor, record_id)
        return await store.of_record(self._app.driver, record_id, after, limit)

    async def revoke(self, actor: str, record_id: str, share_id: str) -> None:
        """End a share at once: also for who is just looking. Raises `NotFound`."""
        share = await store.find(self._app.driver, share_id)
        if share is None or share.record_id != record_id:
            raise NotFound("There is no such share.")
        if share.created_by != actor:
            await self._record(actor, record_id)
        if share.revoked_ts is not None:
            return
        write = Write()
        store.revoke(write, share_id, self._app.clock.now_ms())
        self._app.audit.record(
            write, permission=SHARE, target=record_id, reason=f"share {share_id} revoked", actor=actor
        )
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            return  # revoked just now
        self._watch.tell([record_id])
        await self._receivers.tell(share)

    async def with_link(self, token: str) -> View:
        """See `Access.look_by_link`."""
        return await self._access.look_by_link(token)
