"""Requests that Hypothesis makes up: any bytes, any JSON, any of the things that exist, in any place."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.consistency import check_data_dir
from tests.fuzz.bodies import BODIES
from tests.fuzz.test_every_route import places, replaced
from tests.fuzz.values import PATH_SEGMENTS, QUERY_NAMES, QUERY_VALUES
from tests.fuzz.world import Attack, World, world_of
from tests.harness import Server

# Hypothesis warns where the process's random numbers are drawn from while it draws, which a thread of a library may do.
# What it says then holds all that could be drawn, and may be too long for it.
pytestmark = [
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr:hypothesis.errors.HypothesisWarning"),
]

FEW, MANY = 300, 20_000
STARTS_JOBS = ("/purge", "/retention", "/retention/run", "/media/cleanup", "/deactivate")
"""Left to `test_every_route`: the engine of jobs draws from the process's random numbers in a thread of its own, so
that an example would not be the same when Hypothesis plays it again."""
NAMES = sorted({str(key) for body in BODIES.values() for place in places(body) for key in place})
"""Names of fields that some endpoint reads."""
WITHIN: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
}

texts = st.text(max_size=40) | st.sampled_from(["m.room.member", "@bob:example.org", "!a:example.org", "$event", "\0"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
segments = st.one_of(
    st.binary(max_size=30).map(lambda raw: quote_from_bytes(raw, safe="").encode()),
    st.binary(max_size=30).map(lambda raw: raw.replace(b"/", b"")),
    texts.map(lambda text: quote(text, safe="", errors="replace").encode()),
    st.sampled_from(list(PATH_SEGMENTS.values())),
)
query_values = st.sampled_from(list(QUERY_VALUES.values())) | st.binary(max_size=30) | segments
queries = st.lists(st.tuples(st.sampled_from(QUERY_NAMES), query_values), max_size=4)


@pytest.fixture
async def world(server: Server) -> AsyncIterator[World]:
    """A world that all examples of a test share; its data must be consistent in the end."""
    with world_of(server) as world:
        await world.renew()
        yield world
    check_data_dir(server.data_dir)


@st.composite
def bodies(draw: st.DrawFn, method: str, path: str) -> bytes:
    """Any bytes; any JSON; or the body that the endpoint wants, with one part of it replaced."""
    template = BODIES.get((method, path), {})
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=200))
    if kind <= 3 or not template:
        return json.dumps(draw(values)).encode("utf-8", "surrogatepass")
    body = template
    for where in draw(st.lists(st.sampled_from(list(places(template))), max_size=2)):
        try:
            body = replaced(body, where, draw(values))
        except (KeyError, IndexError, TypeError):
            continue  # the first replacement took the place of the second away
    return json.dumps(body).encode("utf-8", "surrogatepass")


async def one_example(world: World, data: st.DataObject) -> None:
    """A route, and a request that may or may not be for it."""
    routes = [route for route in world.server.app.routes.all if not route.path.endswith(STARTS_JOBS)]
    route = data.draw(st.sampled_from(routes))
    names = [part.strip("{}?*") for part in route.path.split("/") if part.startswith("{")]
    changed = {name: data.draw(segments) for name in names if data.draw(st.integers(0, 3)) == 0}
    query = b"&".join(name.encode() + b"=" + value for name, value in data.draw(queries) if name != "timeout")
    body = data.draw(bodies(route.method, route.path))
    attack = Attack(route.method, world.path(route, changed), query, body)
    assert await world.attempt(attack, world.token_for(route)) == []
    if route.method != "GET" and not await world.is_signed_in():
        await world.renew()


@settings(max_examples=FEW, derandomize=True, **WITHIN)
@given(st.data())
async def test_some_requests(world: World, data: st.DataObject) -> None:
    await one_example(world, data)


@pytest.mark.long
@settings(max_examples=MANY, **WITHIN)
@given(st.data())
async def test_many_requests(world: World, data: st.DataObject) -> None:
    await one_example(world, data)


@settings(max_examples=FEW, derandomize=True, **WITHIN)
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"]) | st.text(max_size=5),
    path=st.binary(max_size=60),
    query=st.binary(max_size=60),
    body=st.binary(max_size=60),
    headers=st.lists(
        st.tuples(st.sampled_from([b"authorization", b"x-request-id", b"content-type"]), st.binary(max_size=40))
    ),
)
async def test_any_bytes_at_all(
    world: World, method: str, path: bytes, query: bytes, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    attack = Attack(method, b"/" + path, query, body, headers)
    if method in ("HEAD", "OPTIONS"):
        assert (await world.send(attack, None)).status < 500
    else:
        assert await world.attempt(attack, None) == []
