"""Endpoints of identification: submitting, candidates, deciding."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.safety.api import ROOT
from roomkeeper.capabilities.safety.events import MANAGE
from roomkeeper.capabilities.safety.identification.deciding import Deciding
from roomkeeper.capabilities.safety.identification.models import Candidate, Failure, Found, Identification
from roomkeeper.capabilities.safety.identification.requests import Identifications
from roomkeeper.capabilities.safety.models import Plain
from roomkeeper.core.media import rules as media_rules
from roomkeeper.core.media.serving import Content, answer
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request, Response, StreamedResponse
from roomkeeper.platform.http.paging import PageQuery
from roomkeeper.wire.identifiers import parse_mxc_uri

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class SubmissionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A file that one has uploaded, or that stands in the group: who is in it? And a word with it."""

    url: Annotated[str, Meta(pattern=r"\Amxc://[^/\s]{1,255}/[A-Za-z0-9_-]{1,255}\Z")]
    note: Plain = ""


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is that person, and how one knows."""

    confirm: bool
    reason: Reason


class Submission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was submitted.

    `state`: ``waiting``, ``failed`` (`failure` says why), or what became of it, which the one who submitted it is told
    as ``decided`` whatever it is. `found`: how much there is to compare in the file itself."""

    identification_id: str
    event_id: str
    requested_by: str
    created_ts: int
    state: Literal["waiting", "review", "nothing", "failed", "decided"]
    content_type: str
    size: int
    note: str = ""
    looked_ts: int | None = None
    failure: Failure | None = None
    found: Found = Found()
    candidates: list[Candidate] | None = None


class Submissions(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of submissions, the newest first."""

    identifications: list[Submission]
    next_batch: str | None = None


class IdentificationApi:
    """``/_roomkeeper/v1/safety/events/{eventId}/identifications``, ``…/safety/identifications``."""

    def __init__(self, app: Application, identifications: Identifications, deciding: Deciding) -> None:
        self._app = app
        self._identifications = identifications
        self._deciding = deciding

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/events/{{eventId}}/identifications"
        one = f"{root}/{{identificationId}}"
        candidate = f"{one}/candidates/{{userId}}"
        routes.add("POST", root, self.submit, limit="upload")
        routes.add("GET", root, self.page)
        routes.add("GET", one, self.get)
        routes.add("GET", f"{one}/file", self.file)
        routes.add("POST", candidate, self.decide, limit="write")
        routes.add("GET", f"{candidate}/features/{{featureId}}/file", self.feature_file)
        routes.privileged("GET", f"{ROOT}/identifications", self.in_review, MANAGE)

    async def submit(self, request: Request, body: SubmissionBody) -> Submission:
        """Have a file compared with what people have registered. What is found is for the human in charge alone."""
        uri = parse_mxc_uri(body.url)
        return _shown(
            await self._identifications.submit(
                request.user, request.parameters["eventId"], uri.server_name, uri.media_id, body.note
            )
        )

    async def page(self, request: Request, query: PageQuery) -> Submissions:
        """What was submitted for an event: by oneself; for who is in charge, by anybody."""
        event_id = request.parameters["eventId"]
        return _page(await self._deciding.page(request.actor, event_id, query.from_, query.limit), query.limit)

    async def in_review(self, _request: Request, query: PageQuery) -> Submissions:
        """What was submitted for any event and has candidates to decide about."""
        return _page(await self._deciding.in_review(query.from_, query.limit), query.limit)

    async def get(self, request: Request) -> Submission:
        """One of them; for who is in charge with its candidates, which stands in the audit log."""
        return _shown(*await self._deciding.get(request.actor, *_one(request)))

    async def file(self, request: Request) -> Response | StreamedResponse:
        """The file, for who submitted it and who is in charge."""
        medium = await self._deciding.file(request.actor, *_one(request))
        assert medium.sha256 is not None
        kind = "inline" if media_rules.is_inline(medium.content_type, medium.sniffed_type) else "attachment"
        disposition = media_rules.disposition(kind, medium.file_name)
        return answer(request, self._app.blobs, Content(medium.sha256, medium.size, medium.content_type, disposition))

    async def decide(self, request: Request, body: DecisionBody) -> Submission:
        """Confirm or reject a candidate. Who is confirmed is asked into the group, and those who watch over them."""
        user_id = request.parameters["userId"]
        return _shown(
            *await self._deciding.decide(
                request.actor, *_one(request), user_id, confirm=body.confirm, reason=body.reason
            )
        )

    async def feature_file(self, request: Request) -> Response:
        """What a candidate has registered that is like what was submitted, for who is in charge; it stands in the audit
        log."""
        content_type, data = await self._deciding.feature_file(
            request.actor, *_one(request), request.parameters["userId"], request.parameters["featureId"]
        )
        headers = [
            (b"content-disposition", b"attachment"),
            (b"content-security-policy", b"sandbox; default-src 'none'"),
            (b"cache-control", b"no-store"),
        ]
        return Response(data, headers=headers, content_type=content_type.encode())


def _one(request: Request) -> tuple[str, str]:
    return request.parameters["eventId"], request.parameters["identificationId"]


def _page(found: list[Identification], limit: int) -> Submissions:
    next_batch = found[-1].identification_id if len(found) == limit else None
    return Submissions([_shown(each) for each in found], next_batch)


def _shown(identification: Identification, candidates: list[Candidate] | None = None) -> Submission:
    details = identification.details
    return Submission(
        identification_id=identification.identification_id,
        event_id=identification.event_id,
        requested_by=identification.requested_by,
        created_ts=identification.created_ts,
        state=identification.state,
        content_type=details.content_type,
        size=details.size,
        note=details.note,
        looked_ts=details.looked_ts,
        failure=details.failure,
        found=details.found,
        candidates=candidates,
    )
