"""Departments: the tree of the organisation, and who belongs to what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack

import msgspec

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.models import Department, Person
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.rules import MOST_DEPARTMENTS, Tree
from roomkeeper.core.organisation.store import departments as store
from roomkeeper.core.organisation.store import people as people_store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter

MOST = 10_000
BATCH = 500
"""People that are looked up at once."""


class DepartmentInUse(InvalidParameter):
    """There is such a department already."""


class Departments:
    """The departments of this organisation."""

    def __init__(self, app: Application, permissions: Permissions, turns: Turns) -> None:
        self._app = app
        self._permissions = permissions
        self._turns = turns
        self._turn = turns("departments")

    async def tree(self) -> Tree:
        """All of them."""
        return await self._permissions.tree()

    async def page(self, after: str, limit: int) -> Sequence[Department]:
        """Departments in the order of their ids, after one."""
        tree = await self.tree()
        wanted = sorted(department_id for department_id in tree.departments if department_id > after)
        return [tree.departments[department_id] for department_id in wanted[:limit]]

    async def create(self, name: str, parent_id: str | None = None, external_id: str | None = None) -> Department:
        """A new department. Raises `NotFound`, `InvalidParameter`."""
        async with self._turn:
            tree = await self.tree()
            if len(tree.departments) >= MOST:
                raise InvalidParameter(f"An organisation has {MOST} departments at most.")
            tree.check_move(None, parent_id)
            _check_unique(tree, name, parent_id, external_id, None)
            now = self._app.clock.now_ms()
            made = Department(
                department_id=secrets.token_hex(8),
                name=name,
                parent_id=parent_id,
                external_id=external_id,
                created_ts=now,
                updated_ts=now,
            )
            await self._put(made, "departments.create")
            return made

    async def change(
        self,
        department_id: str,
        *,
        name: str | None = None,
        parent_id: str | msgspec.UnsetType | None = msgspec.UNSET,
        external_id: str | msgspec.UnsetType | None = msgspec.UNSET,
    ) -> Department:
        """Rename or move a department; what is not named stays. Raises `NotFound`, `InvalidParameter`."""
        async with self._turn:
            tree = await self.tree()
            before = tree.get(department_id)
            after = msgspec.structs.replace(
                before,
                name=before.name if name is None else name,
                parent_id=before.parent_id if parent_id is msgspec.UNSET else parent_id,
                external_id=before.external_id if external_id is msgspec.UNSET else external_id,
            )
            if after == before:
                return before
            tree.check_move(department_id, after.parent_id)
            _check_unique(tree, after.name, after.parent_id, after.external_id, department_id)
            after = msgspec.structs.replace(after, updated_ts=self._app.clock.now_ms())
            await self._put(after, "departments.change")
            return after

    async def _put(self, department: Department, what: str) -> None:
        write = Write()
        store.put(write, department)
        self._app.audit.record(write, permission=what, target=department.department_id)
        await self._app.committer.submit(write)
        self._permissions.forget(tree=True)

    async def delete(self, department_id: str) -> None:
        """Remove a department; its people stay, in their others. Raises `NotFound`, `InvalidParameter`."""
        async with self._turn:
            tree = await self.tree()
            tree.get(department_id)
            if tree.children(department_id):
                raise InvalidParameter("Other departments lie under this one: move or remove them first.")
            write = Write()
            store.delete(write, department_id)
            self._app.audit.record(write, permission="departments.delete", target=department_id)
            await self._app.committer.submit(write)
            self._permissions.forget(tree=True)

    async def members(self, department_id: str, after: str, limit: int) -> Sequence[str]:
        """The user ids of those in a department itself, after one. Raises `NotFound`."""
        (await self.tree()).get(department_id)
        return await store.members(self._app.driver, department_id, after, limit)

    async def all_members(self, department_id: str, most: int) -> list[str]:
        """The user ids of those in a department itself. Raises `NotFound`; `InvalidParameter` for more than `most`."""
        found = list(await self.members(department_id, "", most + 1))
        if len(found) > most:
            raise InvalidParameter(f"This department has more than {most} people.")
        return found

    async def change_members(self, department_id: str, add: AbstractSet[str], remove: AbstractSet[str]) -> None:
        """Let people belong to a department, and others no more. Raises `NotFound`, `InvalidParameter`."""
        async with AsyncExitStack() as turns:
            await turns.enter_async_context(self._turn)
            for user_id in sorted(add | remove):
                await turns.enter_async_context(self._turns("person", user_id))
            department = (await self.tree()).get(department_id)
            added, removed = await self._joining(department_id, add), await self._leaving(department_id, remove)
            if not added and not removed:
                return
            write, now = Write(), max(self._app.clock.now_ms(), department.updated_ts + 1)
            for user_id in added:
                store.insert_member(write, department_id, user_id)
            for user_id in removed:
                store.delete_member(write, department_id, user_id)
            for user_id in (*added, *removed):
                people_store.touch(write, user_id, now)
            store.put(write, msgspec.structs.replace(department, updated_ts=now))
            change = f"{len(added)} added, {len(removed)} removed"
            self._app.audit.record(write, permission="departments.members", target=department_id, reason=change)
            await self._app.committer.submit(write)
            self._permissions.forget(tree=True)

    async def _joining(self, department_id: str, user_ids: AbstractSet[str]) -> list[str]:
        """Those who do not belong to it yet, and may. Raises `InvalidParameter`."""
        known: dict[str, Person] = {}
        wanted = sorted(user_ids)
        for start in range(0, len(wanted), BATCH):
            known |= await people_store.find_several(self._app.driver, wanted[start : start + BATCH])
        for user_id in wanted:
            person = known.get(user_id)
            if person is None or person.kind == "customer":
                raise InvalidParameter(f"{user_id} does not belong to the organisation.")
            if department_id not in person.departments and len(person.departments) >= MOST_DEPARTMENTS:
                raise InvalidParameter(f"{user_id} belongs to {MOST_DEPARTMENTS} departments already.")
        return [user_id for user_id in wanted if department_id not in known[user_id].departments]

    async def _leaving(self, department_id: str, user_ids: AbstractSet[str]) -> list[str]:
        found, wanted = [], sorted(user_ids)
        for start in range(0, len(wanted), BATCH):
            belongs = await store.departments_of(self._app.driver, wanted[start : start + BATCH])
            found += [user_id for user_id, departments in belongs.items() if department_id in departments]
        return found


def _check_unique(tree: Tree, name: str, parent_id: str | None, external_id: str | None, own: str | None) -> None:
    """No two departments beside one another have one name, and no two one external id. Raises `InvalidParameter`."""
    for other in tree.departments.values():
        if other.department_id == own:
            continue
        if other.parent_id == parent_id and other.name.casefold() == name.casefold():
            raise DepartmentInUse(f"There is a department {other.name} here already ({other.department_id}).")
        if external_id is not None and other.external_id == external_id:
            raise DepartmentInUse(f"The department {other.name} has this external id already.")
