"""The tracking API with a key that counts: whatever comes is taken, or refused with what is wrong with it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.fuzz.values import MALFORMED_BODIES, ODD_BODIES, WRONG_VALUES
from tests.integration.repair.desk import NOW, TOLD, Desk

GOOD: dict[str, Any] = {
    "type": "track",
    "event": "message_sending",
    "userId": "@a:example.org",
    "anonymousId": "x",
    "messageId": "m",
    "timestamp": "2023-11-14T22:13:20Z",
    "properties": TOLD,
    "traits": {"plan": "x"},
    "correlationId": "c",
    "context": {"ip": "10.0.0.1"},
}
PATHS = ("track", "identify", "page", "screen", "group", "alias", "batch", "import")
ROUNDS = 1500


@pytest.fixture
async def desk(make_server: MakeServer) -> AsyncIterator[Desk]:
    """A desk, whose server must have met nothing that it did not foresee."""
    clock = FixedClock(NOW)
    server = await make_server(clock)
    yield Desk(server, clock, await server.register("alice"))
    assert server.app.http.incidents == 0


def check(status: int, answer: Any, sent: object) -> None:
    """One of the answers that there may be."""
    assert status in (200, 400, 413), (status, answer, sent)
    assert answer["success"] is (status == 200), (answer, sent)
    assert status == 200 or answer["error"], sent


async def test_each_member_with_each_wrong_value(desk: Desk) -> None:
    key = await desk.key()
    for name in GOOD:
        for wrong in (*WRONG_VALUES, {"a": [[[[[[[1]]]]]]]}, "\u0000", "é" * 300, [None] * 60, 2**70, -1e300):
            changed = {**GOOD, name: wrong}
            for path, body in (("track", changed), ("batch", {"batch": [changed, wrong], "sentAt": wrong})):
                raw = json.dumps(body).encode()
                check(*await desk.post(path, raw, key), raw[:200])


async def test_bodies_that_are_none(desk: Desk) -> None:
    key = await desk.key()
    for path in PATHS:
        for body in (
            *MALFORMED_BODIES.values(),
            *ODD_BODIES.values(),
            b"\x1f\x8b",
            b"{" * 5000,
            b'{"batch":' + b"[" * 100_000,
        ):
            for encoding in ("", "gzip", "deflate", "br"):
                headers = {"content-encoding": encoding} if encoding else {}
                packed = gzip.compress(body) if encoding == "gzip" and len(body) % 2 else body
                check(*await desk.post(path, packed, key, **headers), body[:100])


async def test_random_changes_of_a_batch(desk: Desk) -> None:
    key, rng = await desk.key(), random.Random(7)
    whole = json.dumps({"batch": [GOOD, {**GOOD, "messageId": "n"}], "sentAt": "2023-11-14T22:13:20Z"}).encode()
    for _ in range(ROUNDS):
        changed = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randrange(3)] = bytes(rng.randrange(256) for _ in range(rng.randrange(3)))
        check(*await desk.post("batch", bytes(changed), key), bytes(changed))
    flow = await desk.flow(user_id="@a:example.org")
    assert flow["events"] >= 1
