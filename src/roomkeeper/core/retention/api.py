"""The operator's endpoints of retention and purge."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.retention.models import Override
from roomkeeper.core.retention.purge import Purges
from roomkeeper.core.retention.service import Retention
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.jobs.api import JobBody, body_of

MAX_PAGE = 500


class RetentionRequest(msgspec.Struct):
    """Body of ``PUT /_roomkeeper/v1/rooms/{roomId}/retention``; null: messages are kept for ever."""

    max_age_days: Annotated[int, Meta(ge=1, le=36500)] | None


class PurgeRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/rooms/{roomId}/purge``; the reason stands in the audit log."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


def install(app: Application, retention: Retention, purges: Purges) -> None:
    """Serve them."""

    async def show(request: Request) -> dict[str, Any]:
        override = await retention.override_of(request.parameters["roomId"])
        if override is None:
            return {"max_age_days": retention.settings.max_age_days or None, "own": False}
        return {"max_age_days": override.max_age_days, "own": True}

    async def change(request: Request) -> Response:
        body = request.json(RetentionRequest)
        await retention.set_override(Override(request.parameters["roomId"], body.max_age_days))
        return EMPTY

    async def reset(request: Request) -> Response:
        await retention.delete_override(request.parameters["roomId"])
        return EMPTY

    async def page(request: Request) -> dict[str, Any]:
        limit = request.query_integer("limit", 100, minimum=1, maximum=MAX_PAGE)
        found = await retention.page_of_overrides(request.query("from") or "", limit)
        answer: dict[str, Any] = {"rooms": found, "max_age_days": retention.settings.max_age_days or None}
        if len(found) == limit:
            answer["next_batch"] = found[-1].room_id
        return answer

    async def run(request: Request) -> JobBody:
        return body_of(await retention.start(request.actor))

    async def purge(request: Request) -> JobBody:
        body = request.json(PurgeRequest)
        return body_of(await purges.start(request.parameters["roomId"], body.reason))

    app.routes.privileged("GET", "/_roomkeeper/v1/retention", page, "retention.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/retention/run", run, "retention.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/rooms/{roomId}/retention", show, "retention.read")
    app.routes.privileged("PUT", "/_roomkeeper/v1/rooms/{roomId}/retention", change, "retention.write")
    app.routes.privileged("DELETE", "/_roomkeeper/v1/rooms/{roomId}/retention", reset, "retention.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/rooms/{roomId}/purge", purge, "rooms.purge")
