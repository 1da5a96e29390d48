"""Stored filters: their id is a hash of what they say, so that storing one twice gives the same id.

spec: client-server §Filtering
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

from roomkeeper.core.sync import store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Committer, Driver
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound, TooLarge
from roomkeeper.platform.http import Request
from roomkeeper.wire.canonical_json import canonical, decode, decode_object
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.filters import Filter, parse_filter

MAX_FILTER_BODY = 64 * 1024
MAX_FILTERS = 200
"""Filters that one user may store."""
NO_FILTER = Filter()


class Filters:
    """Stores filters and finds them, or reads them from the query."""

    def __init__(self, driver: Driver, committer: Committer) -> None:
        self._driver = driver
        self._committer = committer
        self._parse = lru_cache(maxsize=4096)(_parse)
        self._stored: dict[tuple[str, str], bytes] = {}

    async def of_query(self, user_id: str, text: str | None) -> Filter:
        """The filter that ``?filter=`` means: an id, or JSON. Raises `InvalidParameter` or `NotFound`."""
        if text is None:
            return NO_FILTER
        if text.startswith("{"):
            return self._parse(text.encode("utf-8", "surrogatepass"))
        key = (user_id, text)
        definition = self._stored.get(key)
        if definition is None:
            definition = await store.find_filter(self._driver, user_id, text)
            if definition is None:
                raise NotFound("There is no filter with this id.")
            if len(self._stored) > 10_000:
                self._stored.clear()
            self._stored[key] = definition
        return self._parse(definition)

    async def post(self, request: Request) -> dict[str, str]:
        """``POST /user/{userId}/filter``"""
        user_id = _own(request)
        value = decode_object(request.body or b"{}")
        parse_filter(value)
        definition = canonical(value)
        filter_id = sha256(definition).hexdigest()[:16]
        if await store.find_filter(self._driver, user_id, filter_id) is None:
            if await store.count_filters(self._driver, user_id) >= MAX_FILTERS:
                raise TooLarge(f"You have stored {MAX_FILTERS} filters: use one of them, or send it with /sync.")
            await self._committer.commit(store.insert_filter(user_id, filter_id, definition))
        return {"filter_id": filter_id}

    async def get(self, request: Request) -> Any:
        """``GET /user/{userId}/filter/{filterId}``"""
        definition = await store.find_filter(self._driver, _own(request), request.parameters["filterId"])
        if definition is None:
            raise NotFound("There is no filter with this id.")
        return decode(definition)


def install(app: Application, filters: Filters) -> None:
    """Serve the endpoints."""
    path = "/_matrix/client/v3/user/{userId}/filter"
    app.routes.add("POST", path, filters.post, limit="write", max_body=MAX_FILTER_BODY)
    app.routes.add("GET", f"{path}/{{filterId}}", filters.get)


def _parse(definition: bytes) -> Filter:
    try:
        return parse_filter(decode(definition))
    except ProtocolViolation as error:
        raise InvalidParameter(f"filter: {error}") from None


def _own(request: Request) -> str:
    if request.parameters["userId"] != request.user.user_id:
        raise Forbidden("These are not your filters.")
    return request.user.user_id
