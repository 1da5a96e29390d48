"""Who may see which record, and what of it.

1.  Who takes part in it and is of the staff, and who has uploaded it, sees all of it, but for what was redacted.
2.  Who has the permission records.read for one of its departments; supervisors (records.supervise) where the policy of
    the department lets them. Where the policy asks for it, they must say why.
3.  Who was shown it: a person, a role, whoever has a link; from and up to the entries that were shared.

Each look of the last two kinds stands in the audit log: once for a record, actor, reason and a few minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, Literal

import msgspec

from roomkeeper.capabilities.records.errors import LinkEnded, NoSuchRecord, ReasonRequired
from roomkeeper.capabilities.records.models import Policy, Record, RoomKind, Share
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.store import queries
from roomkeeper.capabilities.records.store import records as store
from roomkeeper.capabilities.records.store import shares as shares_store
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.audit.context import stated_reason
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, NotFound

READ, SUPERVISE, REDACTED = "records.read", "records.supervise", "records.redacted"
MOST_SHARES: Final = 500
ONE_LOOK_S: Final = 600.0
REMEMBERED: Final = 10_000
ROLE_SEPARATOR: Final = "@"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may see of a record: the entries from `first` up to `last` (`None`: whatever comes)."""

    record: Record
    by: Literal["own", "permission", "share"]
    first: int = 1
    last: int | None = None
    share: Share | None = None

    @property
    def end(self) -> int:
        """The seq before which the view ends."""
        return 2**62 if self.last is None else self.last + 1

    def includes(self, seq: int) -> bool:
        """Whether an entry is in it."""
        return self.first <= seq < self.end


class Access:
    """Asked by everything that shows records."""

    def __init__(self, app: Application, people: People, permissions: Permissions, policies: Policies) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._policies = policies
        self._looks: dict[tuple[str, ...], float] = {}

    # ------------------------------------------------------------ one record

    async def look(self, actor: str, record_id: str) -> View:
        """What somebody may see of a record. Raises `NoSuchRecord`, `ReasonRequired`."""
        record = await store.find(self._app.driver, record_id)
        if record is None:
            raise NoSuchRecord
        if await self.is_own(actor, record):
            return View(record=record, by="own")
        share = await self._share(actor, record_id)
        policies = await self.policies_of(record)
        if await self.is_permitted(actor, record, READ) or await self._supervises(actor, record, policies):
            if any(policy.reason_required for policy in policies) and not stated_reason.get():
                if share is None:
                    raise ReasonRequired
            else:
                return View(record=record, by="permission")
        if share is None:
            raise NoSuchRecord
        return View(record=record, by="share", first=share.first_seq, last=share.last_seq, share=share)

    async def is_own(self, actor: str, record: Record) -> bool:
        """Whether a record is somebody's of the staff: they have uploaded it, or take part in it."""
        if not await self._is_staff(actor):
            return False
        return record.owner == actor or await store.takes_part(self._app.driver, record.record_id, actor)

    async def _is_staff(self, actor: str) -> bool:
        try:
            return (await self._people.find(actor)).is_present
        except NotFound:
            return False

    async def is_permitted(self, actor: str, record: Record, permission: str) -> bool:
        """Whether somebody has a permission for one of the record's departments."""
        scope = await self._permissions.scope(actor, permission)
        if not scope or scope.is_everywhere:
            return bool(scope)
        return scope.includes(await store.departments_of(self._app.driver, record.record_id))

    async def check(self, actor: str, record: Record, permission: str) -> None:
        """Raises `Forbidden` where they do not have it."""
        if not await self.is_permitted(actor, record, permission):
            raise Forbidden(f"This needs the permission {permission} for a department of this record.")

    async def policies_of(self, record: Record) -> list[Policy]:
        """The policies of a record's departments: one at least."""
        kind: RoomKind = "room" if record.kind == "room" else "session"
        departments = await store.departments_of(self._app.driver, record.record_id)
        return [await self._policies.of(kind, [each]) for each in departments] or [await self._policies.of(kind, [])]

    async def _supervises(self, actor: str, record: Record, policies: Iterable[Policy]) -> bool:
        if not await self.is_permitted(actor, record, SUPERVISE):
            return False
        return any(policy.supervisors for policy in policies)

    async def _share(self, actor: str, record_id: str) -> Share | None:
        """The share by which somebody sees most of a record."""
        found = await self._shares(actor, record_id)
        return min(found, key=lambda share: (share.first_seq, -(share.last_seq or 2**62)), default=None)

    async def _shares(self, actor: str, record_id: str | None = None) -> list[Share]:
        roles = await self._role_names(actor)
        now = self._app.clock.now_ms()
        return await shares_store.open_with(self._app.driver, actor, roles, now, MOST_SHARES, record_id)

    async def _role_names(self, actor: str) -> list[str]:
        """The names of somebody's roles as shares have them: everywhere, and in each department."""
        if not actor.startswith("@"):
            return []
        tree = await self._permissions.tree()
        names: dict[str, None] = {}
        for role, department_id in await self._permissions.roles(actor):
            names.setdefault(role)
            for each in tree.above(department_id) if department_id in tree.departments else ():
                names.setdefault(f"{role}{ROLE_SEPARATOR}{each}")
        person = await self._people.find(actor)
        for department_id in person.departments if person.is_present else ():
            for each in tree.above(department_id) if department_id in tree.departments else ():
                names.setdefault(f"staff{ROLE_SEPARATOR}{each}")
        return list(names)

    async def shared_with(self, actor: str) -> list[Share]:
        """What somebody is shown, the newest first."""
        return await self._shares(actor)

    async def look_by_link(self, token: str) -> View:
        """What whoever has a link may see. Raises `LinkEnded`."""
        share = await shares_store.of_link(self._app.driver, hash_of(token))
        if share is None or not share.is_open(self._app.clock.now_ms()):
            raise LinkEnded
        record = await store.find(self._app.driver, share.record_id)
        if record is None:
            raise LinkEnded
        return View(record=record, by="share", first=share.first_seq, last=share.last_seq, share=share)

    # ------------------------------------------------------------ many

    async def query(self, actor: str, **wanted: object) -> queries.RecordsQuery:
        """A query for records that somebody may see."""
        scope = await self._permissions.scope(actor, READ)
        if scope.is_everywhere:
            return queries.RecordsQuery(**wanted)  # type: ignore[arg-type]
        supervised = await self._permissions.scope(actor, SUPERVISE)
        tree = await self._permissions.tree()
        departments = set(tree.departments) if supervised.is_everywhere else set(supervised.departments)
        allowed = {each for each in departments if (await self._policies.of("session", [each])).supervisors}
        return queries.RecordsQuery(
            own=actor if await self._is_staff(actor) else None,
            within=frozenset(allowed | scope.departments),
            rooms_within=bool(scope) or (await self._policies.of("room", [])).supervisors,
            shown=tuple(dict.fromkeys(share.record_id for share in await self._shares(actor))),
            **wanted,  # type: ignore[arg-type]
        )

    # ------------------------------------------------------------ the audit log

    async def note(self, actor: str, view: View, what: str = "") -> None:
        """Write down who looks, but for whom it is their own; once for what is one look."""
        if view.by == "own":
            return
        name = view.share.share_id if view.share is not None else ""
        key = (actor, view.record.record_id, view.by, name, what, stated_reason.get())
        now = self._app.clock.monotonic()
        if now - self._looks.get(key, -ONE_LOOK_S) < ONE_LOOK_S:
            return
        if len(self._looks) >= REMEMBERED:
            self._looks.clear()
        self._looks[key] = now
        write = Write()
        permission = "records.shared" if view.by == "share" else READ
        reason = " ".join(part for part in (what, f"share {name}" if name else "") if part)
        self._app.audit.record(write, permission=permission, target=view.record.record_id, reason=reason, actor=actor)
        if view.share is not None:
            shares_store.count_view(write, view.share.share_id)
        try:
            await self._app.committer.submit(write)
        except BaseException:
            self._looks.pop(key, None)
            raise

    async def note_search(self, actor: str, query: queries.RecordsQuery, what: str) -> None:
        """Write down who searches, or lists, where they look at more than their own."""
        is_privileged = query.within is None or bool(query.within)
        if not is_privileged:
            return
        write = Write()
        self._app.audit.record(write, permission=READ, target="*", reason=what[:300], actor=actor)
        await self._app.committer.submit(write)


def hash_of(token: str) -> str:
    """What is kept of a link's token."""
    return sha256(token.encode(errors="replace")).hexdigest()
