"""Closing an account, with and without erasure. spec: client-server §Account deactivation"""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.erasure import service
from tests.harness import Client, Server
from tests.integration.accounts.confirming import confirmed, eventually
from tests.integration.accounts.operator import operator
from tests.integration.rooms.paths import room_path


async def close(client: Client, *, erase: bool) -> None:
    status, answer = await confirmed(client, "POST", "/account/deactivate", {"erase": erase})
    assert (status, answer) == (200, {"id_server_unbind_result": "success"})


async def until_left(witness: Client, room_ids: list[str], user_id: str) -> None:
    async def left() -> bool:
        for room_id in room_ids:
            member = await witness.get(room_path(room_id, "state", "m.room.member", user_id))
            if member["membership"] != "leave":
                return False
        return True

    await eventually(left)


TABLES = (
    "devices",
    "access_tokens",
    "refresh_tokens",
    "short_tokens",
    "account_data",
    "profile_fields",
    "pushers",
    "receipts",
    "filters",
    "accepted_policies",
    "presence",
)


async def rows_of(server: Server, user_id: str) -> dict[str, int]:
    """How many rows each table has of a user."""
    found = {}
    for table in TABLES:
        row = await server.app.driver.query_one(f"SELECT count(*) FROM {table} WHERE user_id = $1", user_id)
        assert row is not None
        found[table] = int(row[0])
    return found


async def furnish(user: Client, room_id: str) -> None:
    """Let there be something of everything."""
    await user.put(f"/profile/{user.user_id}/displayname", {"displayname": "The customer"})
    await user.put(f"/profile/{user.user_id}/org.example.team", {"org.example.team": "north"})
    await user.put(f"/user/{user.user_id}/account_data/org.example", {"a": 1})
    await user.put(f"/user/{user.user_id}/rooms/{room_id}/account_data/org.example", {"a": 1})
    await user.post(f"/user/{user.user_id}/filter", {"room": {"timeline": {"limit": 1}}})
    await user.post(f"/user/{user.user_id}/openid/request_token", {})
    event_id = await user.send(room_id, "read")
    await user.post(room_path(room_id, "receipt", "m.read", event_id), {})
    pusher = {
        "app_id": "org.example.app",
        "pushkey": "key",
        "kind": "http",
        "app_display_name": "App",
        "device_display_name": "Phone",
        "lang": "en",
        "data": {"url": "https://push.example.org/_matrix/push/v1/notify"},
    }
    await user.post("/pushers/set", pusher)


@pytest.mark.parametrize("erase", [False, True])
async def test_what_is_kept(server: Server, erase: bool) -> None:
    desk, user = await server.register("desk"), await server.register("user")
    room_id = await desk.create_room(preset="public_chat", invite=[user.user_id])
    await user.join(room_id)
    invited = await desk.create_room(invite=[user.user_id])
    await furnish(user, room_id)
    before = await rows_of(server, user.user_id)
    assert all(before[table] for table in ("profile_fields", "account_data", "pushers", "receipts", "filters"))
    await close(user, erase=erase)
    await until_left(desk, [room_id, invited], user.user_id)
    gone = {"devices", "access_tokens", "refresh_tokens", "short_tokens", "pushers"}
    if erase:
        gone |= before.keys()

    async def is_gone() -> bool:
        after = await rows_of(server, user.user_id)
        return not any(after[table] for table in gone)

    await eventually(is_gone)
    if not erase:
        after = await rows_of(server, user.user_id)
        assert after["profile_fields"] == before["profile_fields"]
        assert after["account_data"] == before["account_data"]
    assert (await server.request("GET", f"/profile/{user.user_id}"))[1] == (
        {} if erase else {"displayname": "The customer", "org.example.team": "north"}
    )
    # The name stays taken.
    assert (await server.request("GET", "/register/available?username=user"))[1]["errcode"] == "M_USER_IN_USE"


async def test_newcomers_do_not_see_what_an_erased_user_wrote(server: Server) -> None:
    desk, user = await server.register("desk"), await server.register("user")
    member, newcomer = await server.register("member"), await server.register("newcomer")
    room_id = await desk.create_room(preset="public_chat", name="Desk")
    for client in (user, member):
        await client.join(room_id)
    await user.put(f"/profile/{user.user_id}/displayname", {"displayname": "The customer"})
    event_id = await user.send(room_id, "my secret")
    root = await desk.send(room_id, "a question")
    relation = {"rel_type": "m.thread", "event_id": root}
    reply = {"msgtype": "m.text", "body": "threaded secret", "m.relates_to": relation}
    await user.put(room_path(room_id, "send", "m.room.message", "thread"), reply)
    await user.put(
        room_path(room_id, "send", "m.room.message", "edit"),
        {
            "msgtype": "m.text",
            "body": "* edited secret",
            "m.new_content": {"msgtype": "m.text", "body": "edited secret"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        },
    )
    await close(user, erase=True)
    await until_left(desk, [room_id], user.user_id)
    await server.restart()
    await newcomer.join(room_id)
    for _ in range(4):
        await desk.send(room_id, "afterwards")

    assert "my secret" in await member.timeline(room_id)
    assert "my secret" in str(await member.sync(filter='{"room":{"timeline":{"limit":50}}}'))
    seen: list[Any] = [
        await newcomer.sync(),
        await newcomer.sync(since="s0.0", filter='{"room":{"timeline":{"limit":3}}}'),
        await newcomer.get("/sync", filter='{"room":{"timeline":{"limit":50}}}'),
        await newcomer.get(room_path(room_id, "messages"), dir="b", limit=100),
        await newcomer.get(room_path(room_id, "event", event_id)),
        await newcomer.get(room_path(room_id, "context", event_id), limit=50),
        await newcomer.get(room_path(room_id, "event", root)),
        await newcomer.get("/_matrix/client/v1" + room_path(room_id, "threads")),
        await newcomer.get("/_matrix/client/v1" + room_path(room_id, "relations", root)),
        await newcomer.get(room_path(room_id, "members")),
        await newcomer.get(room_path(room_id, "state")),
    ]
    for answer in seen:
        assert "secret" not in str(answer), answer
        assert "The customer" not in str(answer), answer
    # The event is there, without its content; nothing says that it was redacted, for it was not.
    assert seen[4]["content"] == {}
    assert "redacted_because" not in seen[4]["unsigned"]
    # The room's state is the room's.
    assert (await newcomer.get(room_path(room_id, "state", "m.room.name", ""))) == {"name": "Desk"}


async def test_newcomers_do_not_find_what_an_erased_user_wrote(server: Server) -> None:
    desk, user, newcomer = [await server.register(name) for name in ("desk", "user", "newcomer")]
    room_id = await desk.create_room(preset="public_chat")
    await user.join(room_id)
    await user.send(room_id, "a rare pangolin")

    async def found(client: Client) -> int:
        body = {"search_categories": {"room_events": {"search_term": "pangolin"}}}
        answer = await client.post("/search", body)
        return len(answer["search_categories"]["room_events"]["results"])

    async def is_indexed() -> bool:
        return await found(desk) == 1

    await eventually(is_indexed)
    await close(user, erase=True)
    await newcomer.join(room_id)
    assert await found(newcomer) == 0
    assert await found(desk) == 1


async def test_many_rooms_are_left_by_a_job_that_goes_on_after_a_restart(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    monkeypatch.setattr(service, "ROOMS", 1)
    desk, user = await server.register("desk"), await server.register("user")
    room_ids = [await desk.create_room(preset="public_chat") for _ in range(8)]
    for room_id in room_ids:
        await user.join(room_id)
    await furnish(user, room_ids[0])
    await close(user, erase=True)
    # Nothing but the fact and its outbox may be needed from here on.
    await server.restart()
    await until_left(desk, room_ids, user.user_id)

    async def job_is_done() -> bool:
        _, page = await operator(server, "GET", "/jobs")
        jobs = [job for job in page["jobs"] if job["name"] == "account_closing"]
        if not jobs or any(job["state"] != "succeeded" for job in jobs):
            return False
        assert all(job["progress"]["done"] >= 1 for job in jobs)
        return True

    await eventually(job_is_done)
    assert sum((await rows_of(server, user.user_id)).values()) == 0
    for room_id in room_ids:
        events = (await desk.get(room_path(room_id, "messages"), dir="b", limit=100))["chunk"]
        leaves = [
            event for event in events if event["type"] == "m.room.member" and event["content"]["membership"] == "leave"
        ]
        assert len(leaves) == 1


async def test_the_operator_closes_erases_and_opens_again(server: Server) -> None:
    user = await server.register("user")
    path = "/users/user"
    assert (await operator(server, "POST", f"{path}/deactivate", {"reason": "left"}))[0] == 200
    assert (await user.attempt("GET", "/account/whoami"))[0] == 401
    assert (await operator(server, "POST", f"{path}/deactivate", {}))[1]["errcode"] == "M_INVALID_PARAM"
    password = {"password": "another good one"}
    assert (await operator(server, "POST", f"{path}/reactivate", {"password": "x"}))[1]["errcode"] == "M_WEAK_PASSWORD"
    assert (await operator(server, "POST", f"{path}/reactivate", password))[0] == 200
    assert (await operator(server, "POST", f"{path}/reactivate", password))[1]["errcode"] == "M_INVALID_PARAM"
    again = await server.login("user", "another good one")
    await again.send(await again.create_room())
    assert (await operator(server, "POST", f"{path}/deactivate", {}))[0] == 200
    # An account that is closed can be erased later; then it stays closed.
    assert (await operator(server, "POST", f"{path}/deactivate", {"erase": True}))[0] == 200
    assert (await operator(server, "POST", f"{path}/reactivate", password))[1]["errcode"] == "M_INVALID_PARAM"
    _, log = await operator(server, "GET", "/audit")
    permissions = [entry["permission"] for entry in reversed(log["entries"])]
    assert permissions == ["users.deactivate", "users.reactivate", "users.deactivate", "users.erase", "audit.read"]


async def test_a_password_change_signs_the_other_devices_out_with_their_pushers(server: Server) -> None:
    phone = await server.register("user")
    laptop = await server.login("user")
    room_id = await phone.create_room()
    await furnish(laptop, room_id)
    assert len((await phone.get("/pushers"))["pushers"]) == 1
    status, _ = await confirmed(phone, "POST", "/account/password", {"new_password": "another good one"})
    assert status == 200
    assert (await laptop.attempt("GET", "/account/whoami"))[0] == 401

    async def gone() -> bool:
        return not (await phone.get("/pushers"))["pushers"]

    await eventually(gone)
