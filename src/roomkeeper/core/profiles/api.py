"""The endpoints of profiles. spec: client-server §Profiles"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.profiles.service import Profiles
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, MissingParameter
from roomkeeper.platform.http import EMPTY, Request, Response

MAX_BODY = 128 * 1024
"""Bytes: a value that fills a profile, and what escapes may add to it."""


def install(app: Application, profiles: Profiles) -> None:
    """Serve them."""

    async def get_all(request: Request) -> dict[str, msgspec.Raw]:
        return await profiles.fields(request.parameters["userId"])

    async def get_one(request: Request) -> dict[str, msgspec.Raw]:
        key = request.parameters["keyName"]
        return {key: await profiles.field(request.parameters["userId"], key)}

    async def put(request: Request) -> Response:
        user_id, key = _own(request), request.parameters["keyName"]
        body = request.json(dict[str, Any])
        if key not in body:
            raise MissingParameter(f"The body must hold the field: {{{key!r}: …}}.")
        await profiles.set_field(user_id, key, body[key])
        return EMPTY

    async def delete(request: Request) -> Response:
        await profiles.delete_field(_own(request), request.parameters["keyName"])
        return EMPTY

    app.routes.add("GET", "/_matrix/client/v3/profile/{userId}", get_all, access="public")
    path = "/_matrix/client/v3/profile/{userId}/{keyName}"
    app.routes.add("GET", path, get_one, access="public")
    app.routes.add("PUT", path, put, limit="write", max_body=MAX_BODY)
    app.routes.add("DELETE", path, delete, limit="write")


def _own(request: Request) -> str:
    """The user whose profile it is, who must be the one who asks."""
    if request.parameters["userId"] != request.user.user_id:
        raise Forbidden("You can change your own profile only.")
    return request.user.user_id
