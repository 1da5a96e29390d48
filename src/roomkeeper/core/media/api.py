"""The endpoints of the content repository. spec: client-server §Content repository"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.media import rules
from roomkeeper.core.media.cleanup import Cleanup
from roomkeeper.core.media.models import Medium
from roomkeeper.core.media.service import Media, Upload
from roomkeeper.core.media.serving import Content, answer
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.core.media.thumbnails import Thumbnails
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter, MissingParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Requester, Response, StreamedResponse
from roomkeeper.platform.http.routes import Routes
from roomkeeper.platform.jobs.api import JobBody, body_of

DEFAULT_WAIT_MS = 20_000
LONGEST_WAIT_MS = 60_000
MAX_SIDE = 2**31


class MediaApi:
    """Uploads, downloads, thumbnails."""

    def __init__(
        self, app: Application, media: Media, thumbnails: Thumbnails, settings: MediaSettings, *, open_to_all: bool
    ) -> None:
        self._open_to_all = open_to_all
        self._app = app
        self._media = media
        self._thumbnails = thumbnails
        self._settings = settings

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        new, old = "/_matrix/client/v1/media", "/_matrix/media"
        largest = self._settings.max_upload_size
        medium = "{serverName}/{mediaId}"
        routes.add("GET", f"{new}/config", self.config)
        routes.add("GET", f"{old}/v3/config", self.config)
        routes.add("POST", f"{old}/v1/create", self.create, limit="upload")
        routes.add("POST", f"{old}/v3/upload", self.upload, limit="upload", max_body=largest, streams=True)
        routes.add("PUT", f"{old}/v3/upload/{medium}", self.fill, limit="upload", max_body=largest, streams=True)
        routes.add("GET", f"{new}/download/{medium}", self.download)
        routes.add("GET", f"{new}/download/{medium}/{{fileName}}", self.download)
        routes.add("GET", f"{new}/thumbnail/{medium}", self.thumbnail, limit="thumbnail")
        for version in ("r0", "v1", "v3"):
            for path in (f"download/{medium}", f"download/{medium}/{{fileName}}", f"thumbnail/{medium}"):
                known = self.thumbnail if path.startswith("thumbnail") else self.download
                endpoint = known if self._open_to_all else self.frozen
                routes.add("GET", f"{old}/{version}/{path}", endpoint, access="public", limit="thumbnail")

    async def config(self, _request: Request) -> dict[str, Any]:
        """``GET /media/config``"""
        return {"m.upload.size": self._settings.max_upload_size}

    async def create(self, request: Request) -> dict[str, Any]:
        """``POST /media/v1/create``"""
        medium = await self._media.create(request.user)
        return {"content_uri": self._media.uri(medium.media_id), "unused_expires_at": medium.expires_ts}

    async def upload(self, request: Request) -> dict[str, Any]:
        """``POST /media/v3/upload``"""
        medium = await self._media.upload(request.user, _upload(request), request.stream())
        return {"content_uri": self._media.uri(medium.media_id)}

    async def fill(self, request: Request) -> Response:
        """``PUT /media/v3/upload/{serverName}/{mediaId}``"""
        server_name, media_id = request.parameters["serverName"], request.parameters["mediaId"]
        await self._media.fill(request.user, server_name, media_id, _upload(request), request.stream())
        return EMPTY

    async def download(self, request: Request) -> Response | StreamedResponse:
        """``GET /media/download/{serverName}/{mediaId}``, and the same with a file name."""
        given = rules.file_name(request.parameters.get("fileName"))
        medium = await self._medium(request)
        assert medium.sha256 is not None
        kind = "inline" if rules.is_inline(medium.content_type, medium.sniffed_type) else "attachment"
        disposition = rules.disposition(kind, given or medium.file_name)
        return answer(request, self._app.blobs, Content(medium.sha256, medium.size, medium.content_type, disposition))

    async def thumbnail(self, request: Request) -> Response | StreamedResponse:
        """``GET /media/thumbnail/{serverName}/{mediaId}``"""
        width, height = _side(request, "width"), _side(request, "height")
        method = request.query_choice("method", ("scale", "crop"), "scale") or "scale"
        animated = request.query_boolean("animated")
        medium = await self._medium(request)
        asking = request.requester or Requester(request.client_address, "")
        made = await self._thumbnails.get(asking, medium, width, height, method, animated=animated)
        extension = made.content_type.removeprefix("image/").replace("jpeg", "jpg")
        disposition = rules.disposition("inline", f"thumbnail.{extension}")
        return answer(request, self._app.blobs, Content(made.blob, made.size, made.content_type, disposition))

    async def frozen(self, _request: Request) -> Response:
        """What needed no access token shows nothing here. spec: client-server §Content repository, on freezing"""
        raise NotFound("Files are for those who are signed in: use /_matrix/client/v1/media.")

    async def _medium(self, request: Request) -> Medium:
        wait = request.query_integer("timeout_ms", DEFAULT_WAIT_MS, maximum=LONGEST_WAIT_MS)
        server_name, media_id = request.parameters["serverName"], request.parameters["mediaId"]
        if request.requester is None and self._open_to_all:
            return await self._media.find_for_anybody(server_name, media_id, wait)
        return await self._media.find(request.user, server_name, media_id, wait)


class Forgotten(msgspec.Struct, frozen=True):
    """Whether the file is gone: one that something refers to stays."""

    removed: bool


def add_cleanup_routes(routes: Routes, cleanup: Cleanup) -> None:
    """Let users take back what they have not sent, and the operator remove now what nobody needs."""

    async def forget(request: Request) -> Forgotten:
        """Give up a file of one's own that was uploaded for a message, and is not going to be sent."""
        return Forgotten(await cleanup.forget(request.user.user_id, request.parameters["mediaId"]))

    async def run(request: Request) -> JobBody:
        """Remove now the files that nothing refers to: a job."""
        return body_of(await cleanup.start(request.actor))

    routes.add("DELETE", "/_roomkeeper/v1/media/{mediaId}", forget, limit="upload")
    routes.privileged("POST", "/_roomkeeper/v1/media/cleanup", run, "media.cleanup")


def _upload(request: Request) -> Upload:
    return Upload(
        content_type=request.header(b"content-type"),
        file_name=rules.file_name(request.query("filename")),
        sha256=rules.promised_digest(request.header_list(b"content-digest")),
        declared_length=request.declared_length,
    )


def _side(request: Request, name: str) -> int:
    if request.query(name) is None:
        raise MissingParameter(f"The query parameter {name} is required.")
    side = request.query_integer(name, 0, maximum=MAX_SIDE)
    if side < 1:
        raise InvalidParameter(f"The query parameter {name} must be at least 1.")
    return side
