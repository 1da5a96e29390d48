"""Uploading records of other programs: ``/_roomkeeper/v1/records/uploads``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.records.api.reading import ROOT
from roomkeeper.capabilities.records.intake import PIECE, Intake
from roomkeeper.capabilities.records.store.uploads import Upload
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.routes import Routes

UPLOAD = "records.upload"


class UploadBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is going to be uploaded: an id of one's own, the size in bytes, and the SHA-256 in hexadecimal."""

    upload_id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[A-Za-z0-9._=-]+\Z")]
    size: Annotated[int, Meta(ge=1, le=2**40)]
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class UploadsApi:
    """The endpoints."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = f"{ROOT}/uploads"
        one = f"{root}/{{uploadId}}"
        routes.privileged("POST", root, self.begin, UPLOAD)
        routes.privileged("GET", one, self.get, UPLOAD)
        routes.privileged("PUT", one, self.receive, UPLOAD, max_body=PIECE, streams=True)
        routes.privileged("POST", f"{one}/commit", self.commit, UPLOAD)

    async def begin(self, request: Request, body: UploadBody) -> Upload:
        """Begin an upload, or be told how far it is."""
        return await self._intake.begin(_user(request), body.upload_id, body.size, body.sha256)

    async def get(self, request: Request) -> Upload:
        """How far an upload is: the next piece begins at `received`."""
        return await self._intake.get(_user(request), request.parameters["uploadId"])

    async def receive(self, request: Request) -> Upload:
        """Take in a piece of at most 8 MiB; `offset` (or Content-Range) is where it begins."""
        offset = _offset(request)
        return await self._intake.receive(_user(request), request.parameters["uploadId"], offset, request.stream())

    async def commit(self, request: Request) -> Upload:
        """Put what was uploaded into its record. Where the answer is not `done`, ask again: it goes on."""
        _user(request)
        return await self._intake.commit(request.user, request.parameters["uploadId"])


def _user(request: Request) -> str:
    """Who uploads: somebody, and not the machine's administrator. Raises `Forbidden`."""
    if request.requester is None:
        raise Forbidden("Records are uploaded by people: sign in.")
    return request.requester.user_id


def _offset(request: Request) -> int:
    """spec: RFC 9110 §14.4"""
    given = request.header(b"content-range")
    if given is None:
        return request.query_integer("offset", 0, maximum=2**53)
    unit, _, rest = given.partition(" ")
    start = rest.partition("-")[0]
    if unit != "bytes" or not (start.isascii() and start.isdecimal()) or len(start) > 15:
        raise InvalidParameter("Content-Range must be written as: bytes first-last/size.")
    return int(start)
