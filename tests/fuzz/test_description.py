"""What schemathesis makes of the server's own description (OpenAPI): requests that fit it, and some that do not.

Bodies and queries are made of the types in the endpoints' signatures. Only the Matrix endpoints are asked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from roomkeeper.platform.http import Route
from tests.consistency import check_data_dir
from tests.fuzz.test_random import WITHIN
from tests.fuzz.world import Attack, World, world_of
from tests.harness import Server

# Hypothesis warns where the process's random numbers are drawn from while it draws, which a thread of a library may do.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")

DESCRIPTION = "/_roomkeeper/v1/openapi.json"
FEW, MANY = 600, 5_000
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


class Described:
    """The Matrix operations of a running server's description."""

    def __init__(self, world: World, description: dict[str, Any]) -> None:
        self.world = world
        self._schema = schemathesis.openapi.from_dict(description)
        self._cases: dict[tuple[Route, GenerationMode], st.SearchStrategy[Any]] = {}
        routes = [route for route in world.server.app.routes.all if not route.path.startswith("/_roomkeeper/")]
        # Those that say what they take come more often.
        self.routes = [*routes, *[route for route in routes if route.shapes is not None] * 3]

    def cases(self, route: Route, mode: GenerationMode) -> st.SearchStrategy[Any]:
        """The requests that schemathesis makes for a route: such as fit, or such as do not."""
        key = route, mode
        if key not in self._cases:
            path = re.sub(r"\{(\w+)[*?]\}", r"{\1}", route.path)
            self._cases[key] = self._schema[path][route.method].as_strategy(generation_mode=mode)
        return self._cases[key]


@pytest.fixture
async def described(server: Server) -> AsyncIterator[Described]:
    """A world that all examples of a test share; its data must be consistent in the end."""
    with world_of(server) as world:
        await world.renew()
        _, description = await server.request("GET", DESCRIPTION)
        yield Described(world, description)
    check_data_dir(server.data_dir)


async def one_example(described: Described, data: st.DataObject) -> None:
    """A route, and a request for it; to things that exist, as often as not."""
    world = described.world
    route = data.draw(st.sampled_from(described.routes))
    case = data.draw(described.cases(route, data.draw(st.sampled_from(MODES))))
    attack = attack_of(case)
    if data.draw(st.booleans()):
        attack = attack._replace(path=world.path(route))
    assert await world.attempt(attack, world.token_for(route)) == []
    if route.method != "GET" and not await world.is_signed_in():
        await world.renew()


def attack_of(case: Any) -> Attack:
    """A case of schemathesis as bytes."""
    sent = case.as_transport_kwargs(base_url="http://example.org")
    query = urlencode(sent.get("params") or {}, doseq=True).encode()
    body = sent.get("data") or b""
    if "json" in sent:
        body = json.dumps(sent["json"]).encode()
    path = urlsplit(sent["url"]).path.encode()
    return Attack(case.method, path, query, body if isinstance(body, bytes) else str(body).encode("utf-8", "replace"))


@settings(max_examples=FEW, derandomize=True, **WITHIN)
@given(st.data())
async def test_some_requests(described: Described, data: st.DataObject) -> None:
    await one_example(described, data)


@pytest.mark.long
@settings(max_examples=MANY, **WITHIN)
@given(st.data())
async def test_many_requests(described: Described, data: st.DataObject) -> None:
    await one_example(described, data)


async def test_the_core_says_what_it_takes(described: Described) -> None:
    """So that there is something to make requests of: nearly all Matrix endpoints with a body of a fixed shape."""
    typed = {(route.method, route.path) for route in described.routes if route.shapes is not None}
    v3 = "/_matrix/client/v3"
    for operation in (
        ("POST", f"{v3}/login"),
        ("POST", f"{v3}/account/password"),
        ("POST", f"{v3}/keys/query"),
        ("POST", f"{v3}/keys/claim"),
        ("POST", f"{v3}/rooms/{{roomId}}/kick"),
        ("PUT", f"{v3}/rooms/{{roomId}}/typing/{{userId}}"),
        ("POST", f"{v3}/search"),
        ("POST", f"{v3}/publicRooms"),
        ("POST", f"{v3}/pushers/set"),
    ):
        assert operation in typed
