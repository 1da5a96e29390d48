"""Links at which a service outside can fetch one file for a short time, without an account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from roomkeeper.capabilities.screening.detectors.interface import MediaFile
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Request, StreamedResponse

PATH = "/_roomkeeper/v1/screening/files"


class Links:
    """Made with a key that this process alone has: after a restart older ones are no good."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._key = secrets.token_bytes(32)

    def add_routes(self) -> None:
        """Serve them. Who has the link may fetch the file; it cannot be guessed."""
        self._app.routes.add("GET", f"{PATH}/{{ticket}}", self.fetch, access="public")

    def make(self, file: MediaFile, milliseconds: int) -> str:
        """A link that is good for so long."""
        until = self._app.clock.now_ms() + milliseconds
        ticket = f"{file.sha256}.{file.size}.{until}"
        return f"{self._app.settings.effective_base_url}{PATH}/{ticket}.{self._mark(ticket)}"

    async def fetch(self, request: Request) -> StreamedResponse:
        """Fetch a file that this server has sent a link to, for a detector outside."""
        ticket, _, mark = request.parameters["ticket"].rpartition(".")
        if not hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(ticket).encode()):
            raise NotFound("There is no such file, or the link is too old.")
        sha256, size, until = ticket.split(".")
        if int(until) < self._app.clock.now_ms() or not self._app.blobs.path(sha256).exists():
            raise NotFound("There is no such file, or the link is too old.")
        headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        return StreamedResponse(
            self._app.blobs.get(sha256, 0, int(size)), int(size), 200, headers, b"application/octet-stream"
        )

    def _mark(self, ticket: str) -> str:
        digest = hmac.digest(self._key, ticket.encode("utf-8", "replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
