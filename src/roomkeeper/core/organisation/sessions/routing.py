"""Rules that say where customers are sent, and how departments give out what waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import store
from roomkeeper.core.organisation.sessions.models import Queue, RoutingRule, Strategy
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter


class Routing:
    """The rules, and the queues."""

    def __init__(self, app: Application, people: People, permissions: Permissions) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions

    async def rules(self) -> Sequence[RoutingRule]:
        """The rules; the first that applies decides."""
        return await store.rules(self._app.driver)

    async def put_rules(self, rules: Sequence[RoutingRule], actor: str) -> None:
        """Other rules, all of them. Raises `NotFound`, `InvalidParameter`."""
        tree = await self._permissions.tree()
        for number, rule in enumerate(rules, 1):
            if (rule.staff_id is None) == (rule.department_id is None):
                raise InvalidParameter(f"Rule {number} must name either `staff_id` or `department_id`.")
            if rule.department_id is not None:
                tree.get(rule.department_id)
            elif (await self._people.find(rule.staff_id or "")).kind != "staff":
                raise InvalidParameter(f"Rule {number}: {rule.staff_id} does not belong to the staff.")
        write = Write()
        store.put_rules(write, rules)
        self._app.audit.record(write, permission="routing.write", target="rules", actor=actor)
        await self._app.committer.submit(write)

    async def queue(self, department_id: str) -> Queue:
        """How a department gives out its sessions. Raises `NotFound`."""
        (await self._permissions.tree()).get(department_id)
        return await store.queue(self._app.driver, department_id)

    async def put_strategy(self, department_id: str, strategy: Strategy, actor: str) -> None:
        """How a department gives out its sessions from now on. Raises `NotFound`."""
        (await self._permissions.tree()).get(department_id)
        write = Write()
        store.put_strategy(write, department_id, strategy)
        self._app.audit.record(write, permission="routing.write", target=department_id, reason=strategy, actor=actor)
        await self._app.committer.submit(write)
