"""What the audit log says of oneself, where the organisation wants people to see that."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.settings import OrganisationSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import Request

MAX_INTEGER = 2**53 - 1


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page; `from` is the next_batch of the page before."""

    from_: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] = msgspec.field(default=0, name="from")
    limit: shapes.Limit = 100


class AuditApi:
    """``/_roomkeeper/v1/audit/mine``."""

    def __init__(self, app: Application, settings: OrganisationSettings) -> None:
        self._app = app
        self._is_shown = settings.show_audit_to_those_concerned == "on"

    def add_routes(self) -> None:
        """Serve it."""
        self._app.routes.add("GET", "/_roomkeeper/v1/audit/mine", self.mine)

    async def mine(self, request: Request, query: AuditQuery) -> shapes.AuditEntries:
        """The entries whose object one is oneself, newest first."""
        if not self._is_shown:
            raise Forbidden("This organisation does not show people its audit log.")
        user_id = request.user.user_id
        entries = await self._app.audit.about(user_id, before=query.from_ or None, limit=query.limit)
        return shapes.AuditEntries(list(entries), str(entries[-1].id) if len(entries) == query.limit else None)
