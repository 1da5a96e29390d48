"""Cross-signing keys and signatures over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.wire.signing import sign_json
from tests.harness import Client, Server
from tests.integration.keys.signing import Json, Keys, changed

UPLOAD = "/keys/device_signing/upload"
SIGN = "/keys/signatures/upload"


@pytest.fixture
async def alice(server: Server) -> Keys:
    keys = Keys(await server.register("alice"))
    await keys.upload()
    return keys


@pytest.fixture
async def bob(server: Server) -> Keys:
    keys = Keys(await server.register("bob"))
    await keys.upload()
    return keys


async def query(client: Client, user_id: str) -> Json:
    return await client.post("/keys/query", {"device_keys": {user_id: []}})


async def confirmed(keys: Keys, body: Json, challenge: Json) -> tuple[int, Json]:
    """The same request with the password."""
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": keys.user_id},
        "password": keys.client.password,
        "session": challenge["session"],
    }
    return await keys.client.attempt("POST", UPLOAD, {**body, "auth": auth})


# ------------------------------------------------------------------ keys


async def test_the_first_keys_need_no_password_others_do(server: Server, alice: Keys, bob: Keys) -> None:
    await alice.upload_crossing()
    await alice.upload_crossing()  # the same once more
    other = Keys(alice.client, "other")
    status, challenge = await alice.client.attempt("POST", UPLOAD, other.crossing_keys())
    assert (status, challenge["flows"]) == (401, [{"stages": ["m.login.password"]}])
    assert (await query(bob.client, alice.user_id))["master_keys"][alice.user_id]["keys"] == (
        alice.crossing_key("master")["keys"]
    )
    status, _ = await confirmed(other, other.crossing_keys(), challenge)
    assert status == 200
    await server.restart()
    answer = await query(alice.client, alice.user_id)
    for usage in ("master", "self_signing", "user_signing"):
        assert answer[f"{usage}_keys"][alice.user_id]["keys"] == other.crossing_key(usage)["keys"]


async def test_an_added_key_needs_the_password(alice: Keys) -> None:
    await alice.upload_crossing("master")
    status, challenge = await alice.client.attempt("POST", UPLOAD, alice.crossing_keys("self_signing"))
    assert status == 401
    assert (await confirmed(alice, alice.crossing_keys("self_signing"), challenge))[0] == 200


async def test_a_new_master_key_retires_the_others(alice: Keys) -> None:
    await alice.upload_crossing()
    other = Keys(alice.client, "other")
    _, challenge = await alice.client.attempt("POST", UPLOAD, other.crossing_keys("master"))
    assert (await confirmed(alice, other.crossing_keys("master"), challenge))[0] == 200
    answer = await query(alice.client, alice.user_id)
    assert "self_signing_keys" not in answer
    assert "user_signing_keys" not in answer


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        (lambda keys: keys.crossing_keys("self_signing"), 400, "M_MISSING_PARAM"),
        (lambda keys: {}, 400, "M_MISSING_PARAM"),
        (
            lambda keys: {"master_key": {**keys.crossing_key("master"), "user_id": "@x:y.example"}},
            400,
            "M_INVALID_PARAM",
        ),
        (lambda keys: {"master_key": {**keys.crossing_key("master"), "usage": ["x"]}}, 400, "M_INVALID_PARAM"),
        (
            lambda keys: {"master_key": {**keys.crossing_key("master"), "keys": {"ed25519:x": "y"}}},
            400,
            "M_INVALID_PARAM",
        ),
        (
            lambda keys: {"master_key": {**keys.crossing_key("master"), "keys": {"ed25519:x": "x"}}},
            400,
            "M_INVALID_PARAM",
        ),
        (lambda keys: {"master_key": {**keys.crossing_key("master"), "keys": {}}}, 400, "M_BAD_JSON"),
        (
            lambda keys: {
                **keys.crossing_keys("master"),
                "self_signing_key": Keys(keys.client, "x").crossing_key("self_signing"),
            },
            400,
            "M_INVALID_SIGNATURE",
        ),
    ],
)
async def test_what_cannot_be_a_key_is_refused(alice: Keys, body: Any, status: int, errcode: str) -> None:
    answered, answer = await alice.client.attempt("POST", UPLOAD, body(alice))
    assert (answered, answer["errcode"]) == (status, errcode), answer
    assert "master_keys" not in await query(alice.client, alice.user_id)


async def test_a_key_is_no_device(server: Server, alice: Keys) -> None:
    public = alice.public("master")
    device = Keys(await server.login("alice", device_id=public))
    status, answer = await alice.client.attempt("POST", UPLOAD, alice.crossing_keys())
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    await device.client.post("/logout")
    await alice.upload_crossing()
    device = Keys(await server.login("alice", device_id=public))
    status, answer = await device.client.attempt("POST", "/keys/upload", {"device_keys": device.device_keys()})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")


# ------------------------------------------------------------------ signatures


def signed_device(keys: Keys) -> Json:
    """One's own device, signed by the self-signing key."""
    return {keys.user_id: {keys.device_id: sign_json(keys.device_keys(), keys.crossing["self_signing"])}}


def signed_master(keys: Keys, signer: Any) -> Json:
    """A master key, signed by something."""
    value = {**keys.crossing_key("master"), "signatures": {}}
    return {keys.user_id: {keys.public("master"): sign_json(value, signer)}}


async def test_devices_are_signed_for_everyone(server: Server, alice: Keys, bob: Keys) -> None:
    await alice.upload_crossing()
    await bob.client.sync()
    room_id = await bob.client.create_room(invite=[alice.user_id])
    await alice.client.join(room_id)
    await bob.client.sync()
    assert await alice.client.post(SIGN, signed_device(alice)) == {"failures": {}}
    assert changed(await bob.client.sync()) == [alice.user_id]
    assert await alice.client.post(SIGN, signed_master(alice, alice.device)) == {"failures": {}}
    await server.restart()
    assert changed(await bob.client.sync()) == [alice.user_id]
    answer = await query(bob.client, alice.user_id)
    device = answer["device_keys"][alice.user_id][alice.device_id]
    expected = {f"ed25519:{alice.device_id}", f"ed25519:{alice.public('self_signing')}"}
    assert set(device["signatures"][alice.user_id]) == expected
    master = answer["master_keys"][alice.user_id]
    assert set(master["signatures"][alice.user_id]) == {f"ed25519:{alice.device_id}"}


async def test_what_one_signs_of_others_only_oneself_sees(server: Server, alice: Keys, bob: Keys) -> None:
    carol = await server.register("carol")
    phone = await server.login("alice")
    for keys in (alice, bob):
        await keys.upload_crossing()
    for client in (phone, bob.client, carol):
        await client.sync()
    signed = signed_master(bob, alice.crossing["user_signing"])
    assert await alice.client.post(SIGN, signed) == {"failures": {}}
    assert changed(await phone.sync()) == [bob.user_id]
    assert changed(await bob.client.sync()) == []
    key_id = f"ed25519:{alice.public('user_signing')}"
    for viewer, sees in ((phone, True), (carol, False), (bob.client, False)):
        signatures = (await query(viewer, bob.user_id))["master_keys"][bob.user_id]["signatures"]
        assert (key_id in signatures.get(alice.user_id, {})) == sees
        assert ("user_signing_keys" in await query(viewer, alice.user_id)) == (viewer is phone)


async def test_that_one_has_signed_is_told_to_who_was_away(server: Server, alice: Keys, bob: Keys) -> None:
    for keys in (alice, bob):
        await keys.upload_crossing()
    await alice.client.sync()
    await alice.client.post(SIGN, signed_master(bob, alice.crossing["user_signing"]))
    await server.restart()
    assert changed(await alice.client.sync()) == [bob.user_id]


async def test_a_device_with_another_identity_is_not_signed(alice: Keys) -> None:
    await alice.upload_crossing()
    await alice.client.post(SIGN, signed_device(alice))
    other = Keys(alice.client, "other")
    await other.upload()
    device = (await query(alice.client, alice.user_id))["device_keys"][alice.user_id][alice.device_id]
    assert set(device["signatures"][alice.user_id]) == {f"ed25519:{alice.device_id}"}


async def test_each_bad_signature_is_a_failure(alice: Keys, bob: Keys) -> None:
    async def failure(body: Json) -> str:
        answer = await alice.client.post(SIGN, body)
        ((_, of_user),) = answer["failures"].items()
        ((_, error),) = of_user.items()
        return str(error["errcode"])

    assert await failure(signed_device(alice)) == "M_INVALID_SIGNATURE"  # no self-signing key yet
    assert await failure(signed_master(bob, alice.crossing["user_signing"])) == "M_NOT_FOUND"
    for keys in (alice, bob):
        await keys.upload_crossing()
    stranger = Keys(alice.client, "stranger")
    own, device = alice.user_id, alice.device_id
    wrong = sign_json({**alice.device_keys(), "algorithms": []}, alice.crossing["self_signing"])
    forged = signed_device(alice)
    forged[own][device]["signatures"][own][f"ed25519:{alice.public('self_signing')}"] = "AAAA"
    bad: tuple[Json, ...] = (
        {own: {device: wrong}},
        {own: {device: sign_json(alice.device_keys(), stranger.crossing["self_signing"])}},
        {own: {device: {}}},
        forged,
        signed_master(bob, alice.crossing["self_signing"]),
        signed_master(alice, bob.device),
    )
    for body in bad:
        assert await failure(body) == "M_INVALID_SIGNATURE", body
    assert await failure({own: {"NODEVICE": alice.device_keys()}}) == "M_NOT_FOUND"
    assert await failure({bob.user_id: {bob.device_id: bob.device_keys()}}) == "M_NOT_FOUND"
    both = {own: {**signed_device(alice)[own], "NODEVICE": {}}}
    assert list((await alice.client.post(SIGN, both))["failures"][own]) == ["NODEVICE"]
    found = (await query(alice.client, own))["device_keys"][own][device]["signatures"][own]
    assert f"ed25519:{alice.public('self_signing')}" in found
