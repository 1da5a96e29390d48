"""Policies: what is recorded, who is told, for how long it is kept. All of them are in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.models import Policy, RoomKind
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import records as store
from roomkeeper.core.organisation import People, Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import NotFound


class Policies:
    """Answers which policy counts."""

    def __init__(self, app: Application, people: People, permissions: Permissions, settings: RecordsSettings) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._default = msgspec.structs.replace(
            rules.DEFAULTS["session"], record=settings.sessions == "on", consent=settings.consent
        )
        self._given: dict[tuple[str, str], Policy] = {}
        self.before_change: Callable[[], Awaitable[None]] = _nothing
        """Waits until all that has happened is recorded as the policy has it that is about to change."""
        self.changed: Callable[[], None] = lambda: None

    async def load(self) -> None:
        """At the start, and after each change."""
        self._given = {(each.department_id, each.kind): each for each in await store.policies(self._app.driver)}

    def all(self) -> list[Policy]:
        """Those that were given, and the general ones where these were not."""
        general = [self._default, rules.DEFAULTS["room"]]
        missing = [each for each in general if ("", each.kind) not in self._given]
        return [*missing, *self._given.values()]

    @property
    def records_rooms(self) -> bool:
        """Whether there may be rooms besides sessions that are recorded."""
        return any(each.kind == "room" and each.record for each in self._given.values())

    async def departments_of(self, staff_id: str | None, department_id: str | None = None) -> list[str]:
        """The departments to which something belongs that is a department's, or somebody's."""
        found = [] if department_id is None else [department_id]
        if staff_id is not None:
            with contextlib.suppress(NotFound):
                found += (await self._people.find(staff_id)).departments
        return list(dict.fromkeys(found))

    async def of(self, kind: RoomKind, departments: Iterable[str]) -> Policy:
        """The policy for what belongs to these departments."""
        tree = await self._permissions.tree()
        above = [each for one in departments if one in tree.departments for each in tree.above(one)]
        if kind == "session" and ("", kind) not in self._given:
            given = {**self._given, ("", kind): self._default}
            return rules.policy_for(given, kind, above)
        return rules.policy_for(self._given, kind, above)

    async def put(self, policy: Policy) -> None:
        """Say what holds from now on. Raises `NotFound`."""
        if policy.department_id:
            (await self._permissions.tree()).get(policy.department_id)
        write = Write()
        store.put_policy(write, policy)
        await self._change(write, policy.department_id, policy.kind, msgspec.json.encode(policy).decode())

    async def delete(self, department_id: str, kind: RoomKind) -> None:
        """Let what holds above hold again. Raises `NotFound`."""
        write = Write()
        store.delete_policy(write, department_id, kind)
        try:
            await self._change(write, department_id, kind, "deleted")
        except DatabaseError:
            raise NotFound("There is no such policy.") from None

    async def _change(self, write: Write, department_id: str, kind: str, what: str) -> None:
        await self.before_change()
        self._app.audit.record(
            write, permission="records.policies", target=department_id or "*", reason=f"{kind}: {what}"[:400]
        )
        await self._app.committer.submit(write)
        await self.load()
        self.changed()


async def _nothing() -> None:
    """Nothing has to be waited for."""
