"""Credentials for the TURN server. spec: client-server §Voice over IP"""

from __future__ import annotations

import base64
import hashlib
import hmac

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer

PATH = "/_matrix/client/v3/voip/turnServer"
URIS = ["turn:turn.example.org?transport=udp", "turns:turn.example.org"]


async def test_nothing_where_there_is_none(make_server: MakeServer) -> None:
    server = await make_server()
    alice = await server.register("alice")
    status, _, body = await server.raw("GET", PATH, headers={"authorization": f"Bearer {alice.token}"})
    assert (status, body) == (200, b"{}")
    assert (await server.request("GET", PATH))[0] == 401


async def test_credentials_of_a_shared_secret_are_the_users_own_and_expire(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(
        clock,
        ROOMKEEPER_VOIP_TURN_URIS=",".join(URIS),
        ROOMKEEPER_VOIP_TURN_SHARED_SECRET="north",
        ROOMKEEPER_VOIP_TURN_LIFETIME_S="600",
    )
    alice = await server.register("alice")
    answer = await alice.get("/voip/turnServer")
    expiry, _, user_id = answer["username"].partition(":")
    assert (int(expiry), user_id) == (clock.now_ms() // 1000 + 600, alice.user_id)
    digest = hmac.new(b"north", answer["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(answer["password"]) == digest
    assert (answer["uris"], answer["ttl"]) == (URIS, 600)


async def test_fixed_credentials(make_server: MakeServer) -> None:
    server = await make_server(
        ROOMKEEPER_VOIP_TURN_URIS=URIS[0],
        ROOMKEEPER_VOIP_TURN_USERNAME="relay",
        ROOMKEEPER_VOIP_TURN_PASSWORD="secret",
    )
    alice = await server.register("alice")
    assert await alice.get("/voip/turnServer") == {
        "username": "relay",
        "password": "secret",
        "uris": [URIS[0]],
        "ttl": 86_400,
    }
