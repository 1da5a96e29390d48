"""Endpoints whose signatures tell what they take, and the description that is made of them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from roomkeeper.platform.http import Request
from roomkeeper.platform.http.openapi import PARAMETER, describe
from tests.harness import Server


class Page(msgspec.Struct):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=500, description="How many at most.")] = 100
    from_: str = msgspec.field(default="", name="from")
    kinds: list[str] | None = None
    whole: bool = False


class Item(msgspec.Struct):
    """A thing."""

    name: Annotated[str, Meta(max_length=5)]


class FoundThings(msgspec.Struct):
    """Things."""

    items: list[Item]
    page: Page


async def look(request: Request, query: Page, body: Item) -> FoundThings:
    """Look for things.

    And find them.
    """
    return FoundThings([body], query)


@pytest.fixture
async def things(server: Server) -> Server:
    server.app.routes.add("POST", "/_things/{thingId}", look, access="public")
    return server


async def test_an_endpoint_gets_what_it_takes(things: Server) -> None:
    path = "/_things/x?limit=7&kinds=a&kinds=b&whole=true&from=t&other=1"
    status, answer = await things.request("POST", path, json={"name": "one", "more": 1})
    page = {"limit": 7, "from": "t", "kinds": ["a", "b"], "whole": True}
    assert (status, answer) == (200, {"items": [{"name": "one"}], "page": page})
    status, answer = await things.request("POST", "/_things/x", json={"name": "one"})
    assert answer["page"] == {"limit": 100, "from": "", "kinds": None, "whole": False}


@pytest.mark.parametrize(
    ("query", "body", "errcode", "named"),
    [
        ("limit=0", {"name": "one"}, "M_INVALID_PARAM", "limit"),
        ("limit=501", {"name": "one"}, "M_INVALID_PARAM", "limit"),
        ("limit=x", {"name": "one"}, "M_INVALID_PARAM", "limit"),
        ("whole=perhaps", {"name": "one"}, "M_INVALID_PARAM", "whole"),
        ("", {"name": "too long"}, "M_BAD_JSON", "name"),
        ("", {}, "M_BAD_JSON", "name"),
    ],
)
async def test_what_does_not_fit_is_refused(things: Server, query: str, body: Any, errcode: str, named: str) -> None:
    status, answer = await things.request("POST", f"/_things/x?{query}", json=body)
    assert (status, answer["errcode"]) == (400, errcode)
    assert named in answer["error"]


def test_what_is_told_of_an_endpoint(things: Server) -> None:
    described = describe(things.app.routes.all, title="t", version="1", url="http://x")
    operation = described["paths"]["/_things/{thingId}"]["post"]
    assert (operation["summary"], operation["description"]) == ("Look for things.", "And find them.")
    assert [(parameter["name"], parameter["in"], parameter["required"]) for parameter in operation["parameters"]] == [
        ("thingId", "path", True),
        ("limit", "query", False),
        ("from", "query", False),
        ("kinds", "query", False),
        ("whole", "query", False),
    ]
    assert operation["parameters"][1]["schema"]["maximum"] == 500
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Item"}
    assert described["components"]["schemas"]["Item"]["required"] == ["name"]
    assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/FoundThings")


async def test_every_route_is_described(server: Server) -> None:
    status, described = await server.request("GET", "/_roomkeeper/v1/openapi.json")
    assert status == 200
    operations = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert operations == {(route.method, PARAMETER.sub(r"{\1}", route.path)) for route in server.app.routes.all}
    identifiers = [method["operationId"] for methods in described["paths"].values() for method in methods.values()]
    assert len(identifiers) == len(set(identifiers))
