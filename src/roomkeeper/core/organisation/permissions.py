"""The one place where it is decided who may do what.

1. A permission is declared once, with the roles that permit it (`rules.PERMISSIONS`; capabilities add to the slot).
2. A route names the permission that it needs; the server asks `authorize` before the endpoint is called.
3. A role can be given for a department: then the permission holds for it and those under it. An endpoint narrows what
   it shows and does by `scope`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import rules
from roomkeeper.core.organisation.models import Person, Role
from roomkeeper.core.organisation.rules import ALL, Permission, Scope, Tree
from roomkeeper.core.organisation.store import departments as departments_store
from roomkeeper.core.organisation.store import people as people_store
from roomkeeper.core.organisation.store import roles as roles_store
from roomkeeper.platform.database import Driver
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import OPERATOR, Request

KEPT = 20_000
"""People whose roles are in memory at most."""

Roles = tuple[tuple[Role, str], ...]


class Permissions:
    """Who may do what; what is read for it stays in memory until it changes."""

    def __init__(self, driver: Driver, accounts: Accounts) -> None:
        self._driver = driver
        self._accounts = accounts
        self.declared: Slot[Mapping[str, Permission]] = Slot("permissions")
        self.declared.add("core", rules.PERMISSIONS)
        self._tree: Tree | None = None
        self._roles: OrderedDict[str, Roles] = OrderedDict()
        self._changes = 0

    # ------------------------------------------------------------ what there is

    def all(self) -> dict[str, Permission]:
        """Every permission, by name."""
        return {name: each for group in self.declared.values() for name, each in group.items()}

    async def tree(self) -> Tree:
        """The departments."""
        while self._tree is None:
            changes = self._changes
            tree = Tree(await departments_store.all_departments(self._driver))
            if changes == self._changes:
                self._tree = tree
        return self._tree

    async def roles(self, user_id: str) -> Roles:
        """The roles that somebody has now, each with its department."""
        found = self._roles.get(user_id)
        while found is None:
            changes = self._changes
            loaded = await self._load(user_id)
            if changes == self._changes:
                found = self._roles[user_id] = loaded
                if len(self._roles) > KEPT:
                    self._roles.popitem(last=False)
        return found

    async def _load(self, user_id: str) -> Roles:
        person = await people_store.find(self._driver, user_id)
        grants = await roles_store.of_user(self._driver, user_id)
        if person is None:
            person = Person(user_id=user_id, created_ts=0, updated_ts=0)
        roles = rules.roles_of(person, grants)
        # Who administers the server is an owner without being given it: somebody must be the first.
        if person.state != "departed" and (await self._accounts.user(user_id)).is_admin:
            roles.append(("owner", ""))
        return tuple(dict.fromkeys(roles))

    def forget(self, user_id: str | None = None, *, tree: bool = False) -> None:
        """Read anew what was changed: the roles of somebody, or of everybody (`None`); the departments."""
        self._changes += 1
        if tree:
            self._tree = None
        if user_id is None:
            self._roles.clear()
        else:
            self._roles.pop(user_id, None)

    # ------------------------------------------------------------ who may

    async def scope(self, actor: str, permission: str) -> Scope:
        """Where somebody (a user id, or `OPERATOR`) has a permission."""
        if actor == OPERATOR:
            return ALL
        return rules.scope_of(self.all()[permission], await self.roles(actor), await self.tree())

    async def check(self, actor: str, permission: str, department_ids: Iterable[str] | None = None) -> Scope:
        """Where they have it. Raises `Forbidden` where that is nowhere, or in none of these departments."""
        scope = await self.scope(actor, permission)
        if not scope or (department_ids is not None and not scope.includes(department_ids)):
            raise Forbidden(f"This needs the permission {permission}: ask an owner of this organisation for a role.")
        return scope

    async def authorize(self, request: Request, permission: str) -> None:
        """See `HttpServer.authorize`."""
        await self.check(request.user.user_id, permission)

    async def of(self, user_id: str) -> dict[str, Scope]:
        """All permissions that somebody has, and where."""
        roles, tree = await self.roles(user_id), await self.tree()
        scopes = {name: rules.scope_of(each, roles, tree) for name, each in self.all().items()}
        return {name: scope for name, scope in scopes.items() if scope}
