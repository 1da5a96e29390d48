"""The endpoints of the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.audit import exporting
from roomkeeper.platform.audit.models import AuditFilter, AuditPage
from roomkeeper.platform.database import Write
from roomkeeper.platform.http import Request, StreamedResponse
from roomkeeper.platform.http.paging import MAX_INTEGER, Limit, Number

PLAIN = r"\A[^\x00-\x1f\x7f]*\Z"
LONGEST_TEXT = 200

Exactly = Annotated[str, Meta(max_length=1000, pattern=PLAIN)]
Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
CONTENT_TYPES: dict[exporting.Format, bytes] = {"csv": b"text/csv; charset=utf-8", "jsonl": b"application/jsonl"}


class AuditFilterQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: those to which all that is given applies. Times are in milliseconds since the epoch."""

    actor: Annotated[Exactly, Meta(description="Who did it: a user id, `operator`, or `server`.")] = ""
    object: Annotated[Exactly, Meta(description="To whom or what it was done.")] = ""
    permission: Exactly = ""
    since: Annotated[Time, Meta(description="The first time.")] | None = None
    until: Annotated[Time, Meta(description="The time before which it ends.")] | None = None
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=PLAIN, description="A part of the reason.")] = ""

    def filter(self) -> AuditFilter:
        """The same for the log."""
        return AuditFilter(
            actor=self.actor,
            target=self.object,
            permission=self.permission,
            since_ts=self.since,
            upto_ts=self.until,
            text=self.text.strip(),
        )


class AuditQuery(AuditFilterQuery, frozen=True, kw_only=True):
    """Which page of which entries."""

    from_: Number = msgspec.field(default=0, name="from")
    dir: Annotated[Literal["older", "newer"], Meta(description="On which side of `from` the page lies.")] = "older"
    limit: Limit = 100


class ExportQuery(AuditFilterQuery, frozen=True, kw_only=True):
    """Which entries, as a file of which form."""

    format: exporting.Format = "csv"


class Permissions(msgspec.Struct, frozen=True):
    """The names under which there are entries."""

    permissions: list[str]


def install(app: Application) -> None:
    """Serve them."""

    async def page(_request: Request, query: AuditQuery) -> AuditPage:
        """The audit log: who did or read what is privileged, by which permission, and why."""
        await note("audit.read", query.filter())
        return await app.audit.find(query.filter(), before=query.from_, direction=query.dir, limit=query.limit)

    async def export(_request: Request, query: ExportQuery) -> StreamedResponse:
        """The audit log as a file: all entries that the filters let through, the newest first."""
        await note("audit.export", query.filter())
        now = datetime.fromtimestamp(app.clock.now_ms() / 1000, UTC)
        name = f"audit-{now:%Y-%m-%d}.{query.format}"
        headers = [(b"content-disposition", f'attachment; filename="{name}"'.encode())]
        chunks = app.audit.export(query.filter(), query.format)
        return StreamedResponse(chunks, None, headers=headers, content_type=CONTENT_TYPES[query.format])

    async def permissions(_request: Request) -> Permissions:
        """The permissions that stand in the audit log."""
        return Permissions(await app.audit.permissions())

    async def note(permission: str, wanted: AuditFilter) -> None:
        write = Write()
        app.audit.record(write, permission=permission, target=wanted.told())
        await app.committer.submit(write)

    app.console_pages.add("audit", ConsolePage(("audit.read",)))
    app.routes.privileged("GET", "/_roomkeeper/v1/audit", page, "audit.read")
    app.routes.privileged("GET", "/_roomkeeper/v1/audit/export", export, "audit.read")
    app.routes.privileged("GET", "/_roomkeeper/v1/audit/permissions", permissions, "audit.read", audited=True)
