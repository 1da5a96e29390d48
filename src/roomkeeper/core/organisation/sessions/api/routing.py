"""The endpoints of rules and queues."""

from __future__ import annotations

from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions.api import shapes
from roomkeeper.core.organisation.sessions.models import Queue
from roomkeeper.core.organisation.sessions.routing import Routing
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class RoutingApi:
    """``/_roomkeeper/v1/routing_rules``, ``…/departments/{departmentId}/queue``."""

    def __init__(self, permissions: Permissions, routing: Routing) -> None:
        self._permissions = permissions
        self._routing = routing

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        rules, queue = "/_roomkeeper/v1/routing_rules", "/_roomkeeper/v1/departments/{departmentId}/queue"
        routes.privileged("GET", rules, self.rules, "routing.read")
        routes.privileged("PUT", rules, self.put_rules, "routing.write")
        routes.privileged("GET", queue, self.queue, "routing.read")
        routes.privileged("PUT", queue, self.put_queue, "routing.write")

    async def rules(self, _request: Request) -> shapes.Rules:
        """The rules that send customers somewhere who name nobody."""
        return shapes.Rules(list(await self._routing.rules()))

    async def put_rules(self, request: Request, body: shapes.Rules) -> Response:
        """Other rules, all of them."""
        if not (await self._permissions.scope(request.actor, "routing.write")).is_everywhere:
            raise Forbidden("The rules are for the whole organisation: you may change your departments' queues only.")
        await self._routing.put_rules(body.rules, request.actor)
        return EMPTY

    async def queue(self, request: Request) -> Queue:
        """How a department gives out its sessions."""
        return await self._routing.queue(request.parameters["departmentId"])

    async def put_queue(self, request: Request, body: shapes.QueueBody) -> Response:
        """How a department gives out its sessions from now on."""
        department_id = request.parameters["departmentId"]
        await self._permissions.check(request.actor, "routing.write", [department_id])
        await self._routing.put_strategy(department_id, body.strategy, request.actor)
        return EMPTY
