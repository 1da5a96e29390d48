"""Every endpoint that is not for everybody, and who is let in: `permission_table.md` beside this file has it to read.

A new endpoint or a changed right shows as a difference in that file: `make permission-table` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roomkeeper.platform.errors import Forbidden, MissingToken, UnknownToken, UserLocked
from roomkeeper.platform.http import Request, Route
from roomkeeper.platform.instance import find_running
from tests.harness import Client
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import Office, person

TABLE = Path(__file__).with_name("permission_table.md")
ROLES = ("supervisor", "moderator", "records_officer", "safety_officer", "support_engineer")
HEAD = """\
# Who is let in where

<!-- Written by `make permission-table`; look at what changes. -->

`x`: is let in; a supervisor of a department sees and changes what is in it alone, where the endpoint is about people.
`public` endpoints are for everybody and not listed.

"""


async def tokens(office: Office) -> dict[str, str | None]:
    """The token of somebody of each kind."""
    sales = await office.department("Sales")
    found: dict[str, str | None] = {"nobody": None, "owner": office.owner.token}
    for role in ROLES:
        somebody = await office.staff(role.replace("_", "-"), sales)
        await office.give(somebody.user_id, role, sales if role == "supervisor" else "")
        found[role] = somebody.token
    found["staff"] = (await office.staff("staff", sales)).token
    found["customer"] = (await office.server.register("customer")).token
    departed = await office.staff("departed", sales)
    await office.give(departed.user_id, "moderator")
    await office.change(departed.user_id, state="departed")
    found["departed"] = departed.token
    running = find_running(office.server.data_dir)
    assert running is not None
    found["operator"] = running.token
    found["provisioning"] = (await operator(office.server, "POST", "/provisioning_tokens", {"name": "idp"}))[1]["token"]
    return found


async def is_let_in(office: Office, route: Route, token: str | None) -> bool:
    """Whether the server lets a request in: the same that it asks before an endpoint is called."""
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {"method": route.method, "raw_path": route.path.encode(), "headers": headers, "query_string": b""}
    request = Request(scope, "test", "127.0.0.1")
    request.route = route
    try:
        await office.server.app.http._admit(route, request)
    except (MissingToken, UnknownToken, UserLocked, Forbidden):
        return False
    return True


async def test_who_is_let_in_where(office: Office) -> None:
    everybody = await tokens(office)
    lines = [f"| endpoint | permission | {' | '.join(everybody)} |", f"|---|---|{'---|' * len(everybody)}"]
    for route in sorted(office.server.app.routes.all, key=lambda route: (route.path, route.method)):
        if route.access == "public":
            continue
        cells = ["x" if await is_let_in(office, route, token) else "" for token in everybody.values()]
        name = route.permission or f"({route.access})"
        lines.append(f"| {route.method} `{route.path}` | {name} | {' | '.join(cells)} |")
    table = HEAD + "\n".join(lines) + "\n"
    if os.environ.get("ROOMKEEPER_PERMISSION_TABLE") == "write":
        TABLE.write_text(table, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == table, "`make permission-table` writes it anew: look at what changes"


@pytest.fixture
async def supervisors(office: Office) -> tuple[Client, Client, str]:
    """A supervisor of Sales, one of Support, and somebody in Sales."""
    sales, support = await office.department("Sales"), await office.department("Support")
    ann = await office.staff("ann", sales)
    made = []
    for name, department in (("inside", sales), ("outside", support)):
        supervisor = await office.staff(name, department)
        await office.give(supervisor.user_id, "supervisor", department)
        made.append(supervisor)
    return made[0], made[1], ann.user_id


async def test_a_supervisor_sees_their_departments_alone(
    office: Office, supervisors: tuple[Client, Client, str]
) -> None:
    inside, outside, ann = supervisors
    guest = await office.server.register("guest")
    contact = f"{person(ann)}/contacts/{guest.user_id}"
    for method, path in (
        ("GET", f"{person(ann)}/contacts"),
        ("PUT", contact),
        ("DELETE", contact),
    ):
        body: dict[str, str] | None = {} if method in ("PUT", "DELETE") else None
        assert (await outside.attempt(method, path, body))[0] == 403, path
        assert (await inside.attempt(method, path, body))[0] == 200, path
    for method, path in (("PATCH", person(ann)), ("PUT", f"{person(ann)}/roles/moderator")):
        assert (await inside.attempt(method, path, {}))[0] == 403
