"""Writes docs/reference/endpoints.md: each operation of the client-server API, and what this server makes of it.

``operations.txt`` has a line for each operation of the specification: file, method, path, name, and whether it is
deprecated. An operation is implemented where the server has its route and it is not in `REFUSED`; the tests ask a
running server for all that is not (tests/integration/platform/test_endpoints.py).
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from roomkeeper.app import build
from roomkeeper.platform.http import Route
from roomkeeper.platform.settings import SettingsSource

OPERATIONS = Path(__file__).with_name("operations.txt")
PARAMETER = re.compile(r"\{[^}]*\}")
VERSION = "1.19"


class Operation(NamedTuple):
    """One operation: `module` is the file of the specification that has it."""

    module: str
    method: str
    path: str
    name: str
    deprecated: bool

    @property
    def key(self) -> tuple[str, str]:
        """Method and path, without the names of parameters and the slash at the end."""
        return self.method, PARAMETER.sub("{}", self.path).rstrip("/")


class Refusal(NamedTuple):
    """How an operation is answered that the server does not do; `state` is "refused" or "postponed"."""

    state: str
    status: int
    errcode: str
    why: str


_ADDRESSES = "accounts have no e-mail addresses and phone numbers yet"
_OLD = "`/sync` has taken its place; served where `legacy_clients` is on"
_NO_PASSWORD_BY_MAIL = "the administrator sets a new password"  # noqa: S105 - no password
UNKNOWN = Refusal("postponed", 404, "M_UNRECOGNIZED", "")
"""What has no route."""
REFUSED: Mapping[str, Refusal] = {
    "post3PIDs": Refusal("postponed", 403, "M_THREEPID_DENIED", _ADDRESSES),
    "add3PID": Refusal("postponed", 403, "M_THREEPID_DENIED", _ADDRESSES),
    "bind3PID": Refusal("postponed", 403, "M_THREEPID_DENIED", _ADDRESSES),
    "delete3pidFromAccount": Refusal("postponed", 400, "M_THREEPID_NOT_FOUND", _ADDRESSES),
    "unbind3pidFromAccount": Refusal("postponed", 400, "M_THREEPID_NOT_FOUND", _ADDRESSES),
    "requestTokenTo3PIDEmail": Refusal("postponed", 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED", _ADDRESSES),
    "requestTokenTo3PIDMSISDN": Refusal("postponed", 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED", _ADDRESSES),
    "requestTokenToRegisterEmail": Refusal("postponed", 403, "M_THREEPID_DENIED", _ADDRESSES),
    "requestTokenToRegisterMSISDN": Refusal("postponed", 403, "M_THREEPID_DENIED", _ADDRESSES),
    "requestTokenToResetPasswordEmail": Refusal("postponed", 403, "M_THREEPID_DENIED", _NO_PASSWORD_BY_MAIL),
    "requestTokenToResetPasswordMSISDN": Refusal("postponed", 403, "M_THREEPID_DENIED", _NO_PASSWORD_BY_MAIL),
    "inviteBy3PID": Refusal("refused", 403, "M_FORBIDDEN", "there is no identity server to ask for the address"),
    "redirectToSSO": Refusal("refused", 404, "M_UNRECOGNIZED", "single sign-on is not among the ways to sign in"),
    "redirectToIdP": Refusal("refused", 404, "M_UNRECOGNIZED", "single sign-on is not among the ways to sign in"),
    "getAuthMetadata": Refusal("refused", 404, "M_UNRECOGNIZED", "OAuth 2.0 is not among the ways to sign in"),
    "getWellknownPolicy": Refusal("refused", 404, "M_NOT_FOUND", "this is no policy server"),
    "getContent": Refusal("refused", 404, "M_NOT_FOUND", "frozen: media needs an access token"),
    "getContentOverrideName": Refusal("refused", 404, "M_NOT_FOUND", "frozen: media needs an access token"),
    "getContentThumbnail": Refusal("refused", 404, "M_NOT_FOUND", "frozen: media needs an access token"),
    "getUrlPreview": Refusal(
        "refused",
        404,
        "M_UNRECOGNIZED",
        "the authenticated path has taken its place; served where `legacy_clients` is on",
    ),
    "getEvents": Refusal("refused", 404, "M_UNRECOGNIZED", _OLD),
    "initialSync": Refusal("refused", 404, "M_UNRECOGNIZED", _OLD),
    "getOneEvent": Refusal("refused", 404, "M_UNRECOGNIZED", _OLD),
}
"""What is not done, by the name of the operation."""
NOTES: Mapping[str, str] = {
    "getAccount3PIDs": "the list is empty",
    "getWellknownSupport": "404 until the settings say whom to ask",
    "getTurnServer": "empty until the settings name a TURN server",
    "postPusher": "pushers are kept and listed; nothing is sent to push gateways yet",
    "updateAppserviceRoomDirectoryVisibility": "for application services",
    "pingAppservice": "for application services",
}


def operations() -> list[Operation]:
    """All operations of the specification."""
    found = []
    for line in OPERATIONS.read_text(encoding="utf-8").splitlines():
        module, method, path, name, *rest = line.split()
        found.append(Operation(module, method, path, name, rest == ["deprecated"]))
    return found


def served(routes: list[Route]) -> set[tuple[str, str]]:
    """The keys of the operations that have a route."""
    return {(route.method, PARAMETER.sub("{}", route.path).rstrip("/")) for route in routes}


def refusals(routes: list[Route]) -> dict[str, Refusal]:
    """The operations that are not done, by name."""
    known = served(routes)
    return {
        operation.name: REFUSED.get(operation.name, UNKNOWN)
        for operation in operations()
        if operation.name in REFUSED or operation.key not in known
    }


def page(routes: list[Route]) -> str:
    """The page, in Markdown."""
    refused = refusals(routes)
    states = [refused[operation.name].state for operation in operations() if operation.name in refused]
    lines = [
        f"# The client-server API v{VERSION}, operation by operation",
        "",
        "<!-- Written by `make docs` (scripts/endpoints.py); the tests hold it against the server. -->",
        "",
        f"Of {len(operations())} operations {len(operations()) - len(states)} are implemented,",
        f"{states.count('refused')} refused, as the specification allows, and {states.count('postponed')} postponed.",
        "What is refused or postponed answers with the error that stands beside it. Sliding sync is not in this",
        "version of the specification.",
    ]
    for module, members in groupby(operations(), key=lambda operation: operation.module):
        lines += ["", f"## {module}", "", "| operation | method and path | state |", "|---|---|---|"]
        lines += (_row(operation, refused.get(operation.name)) for operation in members)
    return "\n".join(lines) + "\n"


def _row(operation: Operation, refusal: Refusal | None) -> str:
    name = f"{operation.name} (deprecated)" if operation.deprecated else operation.name
    return f"| {name} | {operation.method} `{operation.path}` | {'; '.join(_state(operation, refusal))} |"


def _state(operation: Operation, refusal: Refusal | None) -> Iterator[str]:
    if refusal is None:
        yield "implemented"
        if operation.name in NOTES:
            yield NOTES[operation.name]
        return
    yield f"{refusal.state}: {refusal.status} `{refusal.errcode}`"
    if refusal.why:
        yield refusal.why


async def routes_of_a_server() -> list[Route]:
    """The routes of a server with default settings, which is built and not started."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": folder}
        return build(SettingsSource({}, environment)).routes.all


if __name__ == "__main__":
    sys.stdout.write(page(asyncio.run(routes_of_a_server())))
