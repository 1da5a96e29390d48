"""The operator's endpoints of retention and purge."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.retention.models import Override
from roomkeeper.core.retention.purge import Purges
from roomkeeper.core.retention.service import Retention
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.paging import PageQuery
from roomkeeper.platform.jobs.api import JobBody, body_of


class RetentionRequest(msgspec.Struct):
    """Body of ``PUT /_roomkeeper/v1/rooms/{roomId}/retention``; null: messages are kept for ever."""

    max_age_days: Annotated[int, Meta(ge=1, le=36500)] | None


class PurgeRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/rooms/{roomId}/purge``; the reason stands in the audit log."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class Rule(msgspec.Struct, frozen=True):
    """After how many days messages of a room are removed (null: never); `own`: by a rule of its own."""

    max_age_days: int | None
    own: bool


class RulePage(msgspec.Struct, frozen=True):
    """A page of the rooms with a rule of their own, and the rule of all others."""

    rooms: list[Override]
    max_age_days: int | None
    next_batch: str | msgspec.UnsetType = msgspec.UNSET


def install(app: Application, retention: Retention, purges: Purges) -> None:
    """Serve them."""

    async def show(request: Request) -> Rule:
        """How long the messages of a room are kept."""
        override = await retention.override_of(request.parameters["roomId"])
        if override is None:
            return Rule(retention.settings.max_age_days or None, own=False)
        return Rule(override.max_age_days, own=True)

    async def change(request: Request, body: RetentionRequest) -> Response:
        """Give a room a rule of its own."""
        await retention.set_override(Override(request.parameters["roomId"], body.max_age_days))
        return EMPTY

    async def reset(request: Request) -> Response:
        """Let the general rule hold for a room."""
        await retention.delete_override(request.parameters["roomId"])
        return EMPTY

    async def page(_request: Request, query: PageQuery) -> RulePage:
        """How long messages are kept: in general, and in rooms with a rule of their own."""
        found = list(await retention.page_of_overrides(query.from_, query.limit))
        next_batch = found[-1].room_id if len(found) == query.limit else msgspec.UNSET
        return RulePage(found, retention.settings.max_age_days or None, next_batch)

    async def run(request: Request) -> JobBody:
        """Remove now what is older than its rule allows: a job."""
        return body_of(await retention.start(request.actor))

    async def purge(request: Request, body: PurgeRequest) -> JobBody:
        """Remove a room with all that was said in it: a job."""
        return body_of(await purges.start(request.parameters["roomId"], body.reason))

    app.routes.privileged("GET", "/_roomkeeper/v1/retention", page, "retention.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/retention/run", run, "retention.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/rooms/{roomId}/retention", show, "retention.read")
    app.routes.privileged("PUT", "/_roomkeeper/v1/rooms/{roomId}/retention", change, "retention.write")
    app.routes.privileged("DELETE", "/_roomkeeper/v1/rooms/{roomId}/retention", reset, "retention.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/rooms/{roomId}/purge", purge, "rooms.purge")
