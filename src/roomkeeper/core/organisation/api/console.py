"""The endpoint of the console: who one is there, what one may do, and which pages one may see."""

from __future__ import annotations

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.http import Request

PAGES = {
    "people": ConsolePage(("people.read",)),
    "departments": ConsolePage(("departments.read",)),
    "roles": ConsolePage(("roles.read",)),
    "sessions": ConsolePage(("sessions.read",)),
    "contacts": ConsolePage(("contacts.read",)),
    "settings": ConsolePage(("settings.read", "provisioning.read")),
}
"""The pages of this area."""


class ConsoleApi:
    """``/_roomkeeper/v1/console``."""

    def __init__(self, app: Application, people: People, permissions: Permissions) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions

    def add_routes(self) -> None:
        """Serve it, and contribute the pages."""
        for page_id, page in PAGES.items():
            self._app.console_pages.add(page_id, page)
        self._app.routes.add("GET", "/_roomkeeper/v1/console", self.show)

    async def show(self, request: Request) -> shapes.Console:
        """Who one is, what one may do and where, and which pages of the console one may see."""
        user_id = request.user.user_id
        held = await self._permissions.of(user_id)
        return shapes.Console(
            person=await self._people.find(user_id),
            server_name=self._app.settings.server_name,
            roles=[shapes.HeldRole(role, department) for role, department in await self._permissions.roles(user_id)],
            permissions=shapes.held(held),
            pages=[
                shapes.Page(page_id, list(page.permissions))
                for page_id, page in self._app.console_pages.items()
                if not held.keys().isdisjoint(page.permissions)
            ],
        )
