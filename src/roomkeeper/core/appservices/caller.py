"""Requests to one application service. spec: application-service §Homeserver -> Application Service API

A service that does not know the paths of the specification is asked on those from before it, and from time to time on
the new ones again. spec: application-service §Legacy routes
"""

from __future__ import annotations

from typing import Final

from roomkeeper.core.appservices.models import Appservice
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.outgoing import Outgoing, OutgoingAnswer

ROOT: Final = "/_matrix/app/v1"
UNKNOWN_PATH: Final = (404, 405, 501)
LEGACY_S: Final = 3600.0
"""Seconds that a service which knows only the older paths is not asked on the newer ones."""
MAX_ANSWER: Final = 1024 * 1024


def is_success(answer: OutgoingAnswer) -> bool:
    """Whether the service did what it was asked."""
    return 200 <= answer.status < 300


class Caller:
    """Asks a service that has a URL."""

    def __init__(self, outgoing: Outgoing, clock: Clock, service: Appservice, url: str) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._service = service
        self._url = url
        self._is_modern = False
        self._legacy_until = 0.0

    async def call(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        body: bytes | None = None,
        query: str = "",
        legacy: str | None = None,
    ) -> OutgoingAnswer:
        """The answer to a request to `path` below /_matrix/app/v1, or to `legacy`. Raises `OutgoingError`.

        It may take so many `seconds`; `path` and `query` are percent-encoded already.
        """
        is_legacy = legacy is not None and self._clock.monotonic() < self._legacy_until
        answer = None
        if not is_legacy:
            answer = await self._request(method, f"{ROOT}{path}", query, body, seconds)
            self._is_modern = self._is_modern or is_success(answer)
            if legacy is None or self._is_modern or answer.status not in UNKNOWN_PATH:
                return answer
        # Services of that age look for the token in the query.
        older_query = "&".join(filter(None, (query, f"access_token={self._quoted_token}")))
        older = await self._request(method, legacy or "", older_query, body, seconds)
        if is_success(older):
            if not is_legacy:
                self._legacy_until = self._clock.monotonic() + LEGACY_S
            return older
        return answer or older

    @property
    def _quoted_token(self) -> str:
        return self._service.hs_token.replace("+", "%2B").replace("=", "%3D")

    async def _request(self, method: str, path: str, query: str, body: bytes | None, seconds: float) -> OutgoingAnswer:
        headers = {"Authorization": f"Bearer {self._service.hs_token}", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._url}{path}" + (f"?{query}" if query else "")
        return await self._outgoing.request(
            method, url, body=body, headers=headers, seconds=seconds, max_body=MAX_ANSWER
        )
