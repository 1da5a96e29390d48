"""The endpoints of reports for who reports: ``/_roomkeeper/v1/repair/reports``, ``…/kinds``, ``…/rageshake``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.reports import rageshake, store, texts
from roomkeeper.capabilities.repair.reports.book import Book
from roomkeeper.capabilities.repair.reports.models import (
    KIND,
    Attached,
    KindName,
    Line,
    NewReport,
    Properties,
    Report,
    State,
    Text,
)
from roomkeeper.capabilities.repair.reports.receiving import Receiving
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MatrixError, NotFound
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import MAX_INTEGER, PageQuery
from roomkeeper.wire.identifiers import is_user_id

REPORTS: Final = "repair.reports"
MOST_MS: Final = 60_000
SHOWN_PROPERTIES: Final = ("room_id", "event_id", "media_id", "device_id")


class ReportBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong. Without a kind it is told by the words; `user_id`: whom it is about, for support engineers."""

    kind: KindName | None = None
    text: Text = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    client: Line = ""
    properties: Properties = {}
    user_id: Annotated[str, Meta(max_length=255)] = ""


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of what kind it is; empty: none of those that were asked for."""

    kind: Annotated[str, Meta(pattern=rf"\A\Z|{KIND}")]


class ClaimBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a report is one's own."""

    yours: bool


class FeedbackBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it works now; if not, what is still wrong."""

    works: bool
    text: Text = ""


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to wait for news of a report."""

    since: Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Answer when the report has a later version.")] = 0
    timeout: Annotated[int, Meta(ge=0, le=MOST_MS, description="How long to wait for that, in ms.")] = 0


class KindView(msgspec.Struct, frozen=True):
    """A kind of trouble, as people call it."""

    kind: str
    title_en: str
    title_zh: str


class Kinds(msgspec.Struct, frozen=True):
    """The kinds that can be reported, and who can be written to about any."""

    kinds: list[KindView]
    support: str


class Said(msgspec.Struct, frozen=True):
    """A line of what became of a report, in its language."""

    ts: int
    what: str
    text: str


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report, as who reported sees it. `question`: ``kind`` (which of `candidates`), ``yours``, or nothing."""

    report_id: str
    kind: str
    state: State
    question: str
    candidates: list[KindView]
    language: str
    text: str
    source: str
    properties: dict[str, str]
    said: list[Said]
    feedback: str
    repeats: int
    created_ts: int
    updated_ts: int
    answered_ts: int | None
    version: int


class ReportPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of one's own reports, the newest first."""

    reports: list[ReportView]
    next_batch: str | None = None


class Taken(msgspec.Struct, frozen=True):
    """That a bug report was taken."""

    report_id: str


class ReportsApi:
    """Serves them."""

    def __init__(
        self,
        app: Application,
        accounts: Accounts,
        permissions: Permissions,
        book: Book,
        receiving: Receiving,
        support: str,
        settings: ReportSettings,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._permissions = permissions
        self._book = book
        self._receiving = receiving
        self._support = support
        self._settings = settings

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/reports"
        one = f"{root}/{{reportId}}"
        routes.add("GET", f"{ROOT}/kinds", self.kinds)
        routes.add("POST", root, self.report, limit="create")
        routes.add("GET", root, self.page)
        routes.add("GET", one, self.get)
        routes.add("POST", f"{one}/answer", self.answer, limit="write")
        routes.add("POST", f"{one}/claim", self.claim, limit="write")
        routes.add("POST", f"{one}/feedback", self.feedback, limit="write")
        if self._settings.rageshake == "on":
            # Its clients send /api/submit after the address that they are given.
            for path in (f"{ROOT}/rageshake", f"{ROOT}/rageshake/api/submit"):
                routes.add("POST", path, self.rageshake, access="optional", limit="create", max_body=rageshake.MAX_BODY)

    async def kinds(self, _request: Request) -> Kinds:
        """What can be reported."""
        return Kinds([KindView(kind, *titles) for kind, titles in self._receiving.kinds().items()], self._support)

    async def report(self, request: Request, body: ReportBody) -> ReportView:
        """Report that something does not work. What says the same as a report that is under way is that one."""
        user_id = await self._about(request, body.user_id or request.user.user_id)
        if not body.text.strip() and body.kind is None:
            raise InvalidParameter("Say what is wrong: in `text`, or by a `kind`.")
        new = NewReport(
            user_id=user_id,
            reported_by=request.user.user_id,
            device_id=request.user.device_id if user_id == request.user.user_id else "",
            source="form" if body.client else "api",
            kind=body.kind or "",
            text=body.text.strip(),
            language=body.language,
            client=body.client,
            properties=dict(body.properties),
        )
        return self._view(await self._receiving.take(new))

    async def _about(self, request: Request, user_id: str) -> str:
        """Whom it is about: others are the business of support engineers alone."""
        if user_id == request.user.user_id:
            return user_id
        try:
            await self._permissions.check(request.user.user_id, REPORTS)
        except MatrixError:
            raise Forbidden(
                "You can report your own trouble only. Ask them to report it, or a support engineer."
            ) from None
        await self._accounts.user(user_id)
        return user_id

    async def page(self, request: Request, query: PageQuery) -> ReportPage:
        """One's own reports."""
        found = await store.newest_of(self._app.driver, request.user.user_id, query.limit, query.from_)
        next_batch = found[-1].report_id if len(found) == query.limit else None
        return ReportPage([self._view(each) for each in found], next_batch)

    async def get(self, request: Request, query: ReportQuery) -> ReportView:
        """One of one's own reports; with `since` as soon as there is news of it."""
        report = await self._own(request)
        if query.since and report.version <= query.since and query.timeout:
            report = await self._book.wait(report.report_id, query.since, query.timeout / 1000)
        return self._view(report)

    async def _own(self, request: Request) -> Report:
        report = await self._book.get(request.parameters["reportId"])
        if request.user.user_id not in (report.user_id, report.reported_by):
            raise NotFound("There is no such report.")
        return report

    async def answer(self, request: Request, body: AnswerBody) -> ReportView:
        """Say of what kind a report is that one was asked about."""
        return self._view(await self._receiving.answer(await self._own(request), body.kind))

    async def claim(self, request: Request, body: ClaimBody) -> ReportView:
        """Say whether a report that came without a name is one's own."""
        report = await self._own(request)
        if report.question != "yours" or report.user_id != request.user.user_id:
            raise InvalidParameter("Nobody asks whether this report is yours.")
        return self._view(await self._receiving.claim(report, report.user_id, is_theirs=body.yours))

    async def feedback(self, request: Request, body: FeedbackBody) -> ReportView:
        """Say that it works, or that it is still broken: then it is opened again."""
        report = await self._own(request)
        return self._view(await self._receiving.feedback(report, works=body.works, text=body.text))

    async def rageshake(self, request: Request) -> Taken:
        """A bug report of another client. Without an access token, whom it names is asked whether it is theirs."""
        content_type = request.header(b"content-type") or ""
        bug = await asyncio.to_thread(rageshake.read, content_type, request.body)
        signed_in = request.requester.user_id if request.requester else ""
        named = bug.field("user_id")
        if signed_in and named not in ("", signed_in):
            raise Forbidden("This bug report names another user than the one whose access token it has.")
        # Of whom this server does not know, engineers get it: who asks is not told who has an account here.
        user_id = signed_in or (named if is_user_id(named) and await self._accounts.exists(named) else "")
        new = NewReport(
            user_id=user_id,
            reported_by=signed_in,
            device_id=bug.field("device_id"),
            source="rageshake",
            kind="",
            text=bug.text,
            client=" ".join(filter(None, (bug.field("app"), bug.field("version"), bug.field("user_agent"))))[:300],
            properties={name: bug.fields[name] for name in SHOWN_PROPERTIES if bug.fields.get(name)},
            attached=tuple(Attached(name, size) for name, size, _ in bug.logs),
            logs=tuple(content for _, _, content in bug.logs),
        )
        return Taken((await self._receiving.take(new)).report_id)

    def _view(self, report: Report) -> ReportView:
        kinds = self._receiving.kinds()
        said = [
            Said(each.ts, each.what, texts.note_text(report.language, each)) for each in report.notes if each.is_told
        ]
        return ReportView(
            report_id=report.report_id,
            kind=report.kind,
            state=report.state,
            question=report.question,
            candidates=[KindView(each, *kinds.get(each, (each, each))) for each in report.candidates],
            language=report.language,
            text=report.text,
            source=report.source,
            properties={name: value for name, value in report.properties.items() if name in SHOWN_PROPERTIES},
            said=said,
            feedback=report.feedback,
            repeats=report.repeats,
            created_ts=report.created_ts,
            updated_ts=report.updated_ts,
            answered_ts=report.answered_ts,
            version=report.version,
        )
