"""The endpoints of known media."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO

import msgspec

from roomkeeper.capabilities.screening.detectors.interface import MediaFile
from roomkeeper.capabilities.screening.detectors.known import transfer
from roomkeeper.capabilities.screening.detectors.known.adding import Adding
from roomkeeper.capabilities.screening.detectors.known.models import KnownItem, KnownLabel, Line, NewItem, Pdq, Sha256
from roomkeeper.capabilities.screening.detectors.known.service import KnownMedia
from roomkeeper.core.media import Media
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Response, StreamedResponse
from roomkeeper.platform.http.paging import MAX_INTEGER, NumberedPageQuery
from roomkeeper.wire.identifiers import parse_mxc_uri

READ, WRITE = "known_media.read", "known_media.write"
IN_MEMORY = 1024 * 1024
BLOCK = 256 * 1024
PAGE = 1000


class NewItemBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be known: a file of this server (`media`, an mxc:// URI), or hashes of one that is not here."""

    label: KnownLabel
    media: Line = ""
    sha256: Sha256 | None = None
    pdq: Pdq | None = None
    source: Line = ""
    note: Line = ""


class ImportQuery(msgspec.Struct, frozen=True):
    """For rows that do not say it themselves."""

    label: KnownLabel | None = None
    source: Line = ""


class ItemPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of known files, the newest first."""

    items: list[KnownItem]
    next_batch: str | None = None


class Imported(msgspec.Struct, frozen=True):
    """What became of a list: items that were added or changed; rows that were left out, and why the first of them."""

    items: int
    left_out: int
    errors: list[transfer.RowError]


class KnownMediaApi:
    """``/_roomkeeper/v1/screening/known``."""

    def __init__(self, app: Application, media: Media, known: KnownMedia, adding: Adding) -> None:
        self._app = app
        self._media = media
        self._known = known
        self._adding = adding

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/screening/known"
        routes.privileged("GET", root, self.page, READ)
        routes.privileged("POST", root, self.add, WRITE)
        routes.privileged("GET", f"{root}/export", self.export, READ)
        routes.privileged("POST", f"{root}/import", self.take, WRITE, max_body=transfer.MOST_BYTES, streams=True)
        routes.privileged("DELETE", f"{root}/{{itemId}}", self.remove, WRITE)

    async def page(self, _request: Request, query: NumberedPageQuery) -> ItemPage:
        """Files that are known to be bad, the newest first."""
        found = await self._known.page(query.from_ or None, query.limit)
        return ItemPage(found, str(found[-1].id) if len(found) == query.limit else None)

    async def add(self, request: Request, body: NewItemBody) -> KnownItem:
        """Make a file known: one of this server, of which similar ones are found too, or one by its hashes."""
        if body.media:
            if body.sha256 or body.pdq:
                raise InvalidParameter("Give either `media` or hashes: those of a file of this server are made here.")
            file = await self._file(body.media)
            return await self._adding.add(file, body.label, body.source, body.note, request.actor)
        if not body.sha256 and not body.pdq:
            raise InvalidParameter("Give `media`, `sha256` or `pdq`.")
        item = NewItem(label=body.label, sha256=body.sha256, pdq=body.pdq, source=body.source, note=body.note)
        return await self._known.add(item, request.actor)

    async def take(self, request: Request, query: ImportQuery) -> Imported:
        """Add a list: CSV in UTF-8 with the columns sha256, pdq, label, source, note (32 MiB, 300,000 rows at most)."""
        data = b"".join([chunk async for chunk in request.stream()])
        parsed = await asyncio.to_thread(transfer.parse, data, query.label, query.source)
        if parsed.items:
            await self._known.add_all(parsed.items, request.actor)
        return Imported(len(parsed.items), parsed.left_out, parsed.errors)

    async def export(self, _request: Request) -> StreamedResponse:
        """All hashes as CSV, which can be imported elsewhere."""
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed with the answer)
        file.write(transfer.lines([], header=True))
        before = None
        while found := await self._known.page(before, PAGE):
            file.write(transfer.lines(found))
            before = found[-1].id
        length = file.tell()
        file.seek(0)
        headers = [(b"content-disposition", b'attachment; filename="known-media.csv"')]
        return StreamedResponse(_blocks(file), length, 200, headers, b"text/csv; charset=utf-8")

    async def remove(self, request: Request) -> Response:
        """Forget a known file: what was refused because of it is looked at anew."""
        text = request.parameters["itemId"]
        if not (text.isascii() and text.isdecimal()) or len(text) > 16 or int(text) > MAX_INTEGER:
            raise NotFound("There is no such item.")
        await self._known.remove(int(text))
        return EMPTY

    async def _file(self, uri: str) -> MediaFile:
        """A file of this server. Raises `NotFound`, `NotYetUploaded`, `InvalidParameter`."""
        if not uri.startswith("mxc://"):
            raise InvalidParameter("`media` must be an mxc:// URI.")
        server_name, media_id = parse_mxc_uri(uri)
        medium = await self._media.find_for_anybody(server_name, media_id, 0)
        assert medium.sha256 is not None, "it is found with its file"
        return MediaFile(
            sha256=medium.sha256,
            path=self._app.blobs.path(medium.sha256),
            size=medium.size,
            claimed_type=medium.claimed_type,
            sniffed_type=medium.sniffed_type,
            file_name=medium.file_name,
            uploader=medium.uploader,
        )


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
