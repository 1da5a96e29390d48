"""Inviting by address, and joining with what an identity server signed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from roomkeeper.platform.settings import SettingsError
from roomkeeper.wire.signing import Signer
from tests.conftest import MakeServer
from tests.harness import Answer, Client, Server
from tests.integration.rooms.identity_server import NAME, TOKEN, IdentityServer, running_identity_server

ADDRESS = "somebody@example.com"


@pytest.fixture
async def identity() -> AsyncIterator[IdentityServer]:
    async with running_identity_server() as identity:
        yield identity


@pytest.fixture
async def server(make_server: MakeServer, identity: IdentityServer) -> Server:
    return await make_server(ROOMKEEPER_IDENTITY_SERVERS=f"{NAME}={identity.base}, other.example")


def wanted(**changed: Any) -> dict[str, Any]:
    body = {"medium": "email", "address": ADDRESS, "id_server": NAME, "id_access_token": TOKEN, **changed}
    return {key: value for key, value in body.items() if value is not None}


async def invite(client: Client, room_id: str, **changed: Any) -> Answer:
    return await client.attempt("POST", f"/rooms/{quote(room_id)}/invite", wanted(**changed))


async def join(client: Client, room_id: str, signed: Any) -> Answer:
    return await client.attempt("POST", f"/rooms/{quote(room_id)}/join", {"third_party_signed": signed})


async def state(client: Client, room_id: str, event_type: str) -> list[dict[str, Any]]:
    events: Any = await client.get(f"/rooms/{quote(room_id)}/state")
    return [event for event in events if event["type"] == event_type]


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_somebody_whom_nobody_knows(server: Server, identity: IdentityServer, version: str) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    await alice.put(f"/profile/{quote(alice.user_id)}/displayname", {"displayname": "Desk"})
    room_id = await alice.create_room(
        room_version=version, name="Room", topic="x", creation_content={"type": "m.space"}
    )
    assert await invite(alice, room_id, address=" Somebody@Example.COM ") == (200, {})
    (stored,) = identity.invites
    signer = stored.pop("signer")
    assert stored == {
        "medium": "email",
        "address": ADDRESS,
        "room_id": room_id,
        "sender": alice.user_id,
        "sender_display_name": "Desk",
        "room_name": "Room",
        "room_join_rules": "invite",
        "room_type": "m.space",
        "token": "token0",
    }
    stored["signer"] = signer
    (event,) = await state(alice, room_id, "m.room.third_party_invite")
    assert (event["state_key"], event["sender"]) == ("token0", alice.user_id)
    assert event["content"]["display_name"] == "s…@e…"
    assert event["content"]["public_key"] == identity.signer.verify_key_base64
    assert [key["public_key"] for key in event["content"]["public_keys"]] == [
        identity.signer.verify_key_base64,
        signer.verify_key_base64,
    ]
    assert ADDRESS not in str(event)

    signed = identity.sign("token0", bob.user_id)
    assert (await join(bob, room_id, signed))[0] == 200
    member = await bob.get(f"/rooms/{quote(room_id)}/state/m.room.member/{quote(bob.user_id)}", format="event")
    assert member["content"]["membership"] == "join"
    invited = member["unsigned"]["prev_content"]
    assert invited["membership"] == "invite"
    assert invited["third_party_invite"] == {"display_name": "s…@e…", "signed": signed}
    assert member["unsigned"]["prev_sender"] == alice.user_id
    assert await join(bob, room_id, signed) == (200, {"room_id": room_id})


async def test_somebody_who_is_known(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    identity.users["email", ADDRESS] = bob.user_id
    identity.peppers_to_come = ["rotated"]
    assert await invite(alice, room_id, reason="come") == (200, {})
    assert identity.asked == ["/hash_details", "/lookup"] * 2
    section = (await bob.sync())["rooms"]["invite"][room_id]
    assert any(event.get("state_key") == bob.user_id for event in section["invite_state"]["events"])
    assert await state(alice, room_id, "m.room.third_party_invite") == []
    identity.users["msisdn", "4912345"] = bob.user_id
    status, answer = await invite(alice, await alice.create_room(), medium="msisdn", address="+4912345")
    assert (status, answer) == (200, {})


async def test_a_pepper_that_never_stays(server: Server, identity: IdentityServer) -> None:
    alice = await server.register("alice")
    identity.peppers_to_come = [f"p{n}" for n in range(100)]
    assert (await invite(alice, await alice.create_room()))[1]["errcode"] == "M_FORBIDDEN"
    assert len(identity.asked) == 4


async def test_somebody_who_became_known_meanwhile(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    body = {"errcode": "M_THREEPID_IN_USE", "error": "Known", "mxid": bob.user_id}
    identity.fail["/store-invite"] = web.json_response(body, status=400)
    assert await invite(alice, room_id) == (200, {})
    assert room_id in (await bob.sync())["rooms"]["invite"]


async def test_creating_a_room(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    identity.users["email", "bob@example.com"] = bob.user_id
    body = {"invite_3pid": [wanted(), wanted(address="bob@example.com")], "name": "Room"}
    for version in ("10", "11", "12"):
        room_id = await alice.create_room(**body, room_version=version)
        assert room_id in (await bob.sync())["rooms"]["invite"]
        assert len(await state(alice, room_id, "m.room.third_party_invite")) == 1
        assert identity.invites[-1]["room_id"] == room_id
        carol = await server.register(f"carol{version}")
        token = identity.invites[-1]["token"]
        assert (await join(carol, room_id, identity.sign(token, carol.user_id)))[0] == 200


async def test_creating_a_room_with_what_is_refused(server: Server, identity: IdentityServer) -> None:
    alice = await server.register("alice")
    for changed, errcode in (
        ({"id_server": "unknown.example"}, "M_SERVER_NOT_TRUSTED"),
        ({"id_access_token": "wrong"}, "M_FORBIDDEN"),
        ({"medium": "letter"}, "M_INVALID_PARAM"),
    ):
        status, answer = await alice.attempt("POST", "/createRoom", {"invite_3pid": [wanted(**changed)]})
        assert answer["errcode"] == errcode
        assert status in (400, 403)
    many = [wanted(address=f"a{n}@example.com") for n in range(21)]
    assert (await alice.attempt("POST", "/createRoom", {"invite_3pid": many}))[1]["errcode"] == "M_BAD_JSON"
    assert (await alice.get("/joined_rooms"))["joined_rooms"] == []


async def test_who_may_not_invite_asks_nobody(server: Server, identity: IdentityServer) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    room_id = await alice.create_room(invite=[bob.user_id], power_level_content_override={"invite": 50})
    await bob.join(room_id)
    for client in (bob, carol):
        status, answer = await invite(client, room_id)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert (await invite(alice, "!unknown:example.org"))[0] == 404
    assert identity.asked == []


@pytest.mark.parametrize(
    ("changed", "status", "errcode"),
    [
        ({"id_server": None}, 400, "M_MISSING_PARAM"),
        ({"id_access_token": None}, 400, "M_MISSING_PARAM"),
        ({"id_server": "unknown.example"}, 403, "M_SERVER_NOT_TRUSTED"),
        ({"id_server": f"{NAME}/"}, 403, "M_SERVER_NOT_TRUSTED"),
        ({"id_server": "127.0.0.1"}, 403, "M_SERVER_NOT_TRUSTED"),
        ({"id_access_token": "wrong"}, 403, "M_FORBIDDEN"),
        ({"id_access_token": "a\r\nb"}, 400, "M_INVALID_PARAM"),
        ({"id_access_token": "é"}, 400, "M_INVALID_PARAM"),
        ({"medium": "letter"}, 400, "M_INVALID_PARAM"),
        ({"medium": None}, 400, "M_BAD_JSON"),
        ({"address": "no address"}, 400, "M_INVALID_PARAM"),
        ({"address": None}, 400, "M_BAD_JSON"),
        ({"medium": "msisdn", "address": "12345"}, 400, "M_INVALID_PARAM"),
    ],
)
async def test_what_is_wrong_with_an_invitation(
    server: Server, changed: dict[str, Any], status: int, errcode: str
) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    found, answer = await invite(alice, room_id, **changed)
    assert (found, answer["errcode"]) == (status, errcode)
    assert await state(alice, room_id, "m.room.third_party_invite") == []


@pytest.mark.parametrize(
    ("path", "status", "body", "expected"),
    [
        ("/lookup", 200, b"no json", (502, "M_UNKNOWN")),
        ("/lookup", 200, b'{"mappings": 1}', (502, "M_UNKNOWN")),
        ("/lookup", 500, b"", (502, "M_UNKNOWN")),
        ("/lookup", 302, b"", (502, "M_UNKNOWN")),
        ("/lookup", 200, b'{"mappings":{"x":"' + b"x" * 100_000 + b'"}}', (502, "M_UNKNOWN")),
        ("/hash_details", 200, b'{"lookup_pepper": "x", "algorithms": ["none"]}', (502, "M_UNKNOWN")),
        ("/hash_details", 403, b'{"errcode": "M_TERMS_NOT_SIGNED", "error": "x"}', (403, "M_TERMS_NOT_SIGNED")),
        ("/store-invite", 200, b'{"token": "", "public_keys": [], "display_name": ""}', (502, "M_UNKNOWN")),
        (
            "/store-invite",
            200,
            b'{"token": "x", "public_keys": [{"public_key": "x", "key_validity_url": "x"}], "display_name": ""}',
            (502, "M_UNKNOWN"),
        ),
        (
            "/store-invite",
            400,
            b'{"errcode": "M_THREEPID_IN_USE", "error": "x", "mxid": "x"}',
            (502, "M_UNKNOWN"),
        ),
    ],
)
async def test_identity_servers_that_fail(
    server: Server, identity: IdentityServer, path: str, status: int, body: bytes, expected: tuple[int, str]
) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    identity.fail[path] = web.Response(status=status, body=body)
    found, answer = await invite(alice, room_id)
    assert (found, answer["errcode"]) == expected
    assert await state(alice, room_id, "m.room.third_party_invite") == []


async def test_the_address_is_told_nobody(server: Server, identity: IdentityServer) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    identity.display_name = f"Dear {ADDRESS.upper()}"
    assert (await invite(alice, room_id))[0] == 200
    (event,) = await state(alice, room_id, "m.room.third_party_invite")
    assert event["content"]["display_name"] == "s…@e…"


async def test_signatures_that_count_for_nothing(server: Server, identity: IdentityServer) -> None:
    alice, bob, carol = [await server.register(name) for name in ("alice", "bob", "carol")]
    room_id = await alice.create_room()
    await invite(alice, room_id)
    good = identity.sign("token0", bob.user_id)
    stranger = Signer.from_seed(NAME, "0", b"x" * 32)
    for signed in (
        {**good, "mxid": carol.user_id},
        identity.sign("token0", carol.user_id),
        identity.sign("token0", bob.user_id, stranger),
        identity.sign("token0", bob.user_id, sender=bob.user_id),
        {**good, "more": 1},
        {**good, "token": "token1"},
        {**good, "token": 1},
        {**good, "signatures": {}},
        {**good, "signatures": {NAME: {"ed25519:e1": "x"}}},
        {**good, "signatures": []},
        {"mxid": bob.user_id},
    ):
        status, answer = await join(bob, room_id, signed)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN"), signed
    assert (await join(bob, room_id, good))[0] == 200


async def test_a_key_that_is_valid_no_longer(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    await invite(alice, room_id)
    signed = identity.sign("token0", bob.user_id)
    identity.revoked.add(identity.invites[0]["signer"].verify_key_base64)
    assert (await join(bob, room_id, signed))[1]["errcode"] == "M_FORBIDDEN"
    # The server's own key is as good as the one that was made for this invitation.
    assert (await join(bob, room_id, identity.sign("token0", bob.user_id, identity.signer)))[0] == 200
    assert identity.asked[-2:] == ["/pubkey/ephemeral/isvalid", "/pubkey/isvalid"]


async def test_an_invitation_that_was_taken_back(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    await invite(alice, room_id)
    await alice.set_state(room_id, "m.room.third_party_invite", {}, "token0")
    status, answer = await join(bob, room_id, identity.sign("token0", bob.user_id))
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")


async def test_who_is_banned_stays_out(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    await invite(alice, room_id)
    await alice.post(f"/rooms/{quote(room_id)}/ban", {"user_id": bob.user_id})
    assert (await join(bob, room_id, identity.sign("token0", bob.user_id)))[0] == 403


async def test_keys_elsewhere_are_not_asked_about(server: Server, identity: IdentityServer) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room()
    await invite(alice, room_id)
    key = identity.ephemeral[0].verify_key_base64
    for url in (
        f"{identity.base}0/x",
        f"https://{NAME}.evil.example/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ):
        content = {"display_name": "x", "public_key": key, "key_validity_url": url}
        await alice.set_state(room_id, "m.room.third_party_invite", content, "token0")
        status, answer = await join(bob, room_id, identity.sign("token0", bob.user_id))
        assert (status, answer["errcode"]) == (403, "M_SERVER_NOT_TRUSTED")
    assert "/pubkey/isvalid" not in identity.asked


async def test_without_identity_servers(make_server: MakeServer) -> None:
    server = await make_server()
    alice = await server.register("alice")
    room_id = await alice.create_room()
    for answer in (
        await invite(alice, room_id),
        await alice.attempt("POST", "/createRoom", {"invite_3pid": [wanted()]}),
    ):
        assert (answer[0], answer[1]["errcode"]) == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("value", ["not a name!", "id.example.org=ftp://x", "id.example.org=nowhere", "=http://x"])
async def test_wrong_settings(make_server: MakeServer, value: str) -> None:
    with pytest.raises(SettingsError, match="identity"):
        await make_server(ROOMKEEPER_IDENTITY_SERVERS=value)
