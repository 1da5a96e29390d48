"""Gates: what is asked before an event enters a room, and what becomes of one that is held."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from roomkeeper.core.rooms import SendAttempt
from roomkeeper.platform.errors import Forbidden, NotFound
from roomkeeper.platform.hooks import Deny, Hold, Verdict
from roomkeeper.wire.errors import AuthorizationRefused
from tests.harness import Client, Server
from tests.integration.rooms.paths import error, room_path, state_of

Ask = Callable[[SendAttempt], Awaitable[Verdict]]


def fast(verdicts: dict[str, Verdict]) -> Callable[[SendAttempt], Verdict]:
    """A fast gate that judges messages by their body."""
    return lambda attempt: verdicts.get(str(attempt.draft.content.get("body")))


def slow(verdicts: dict[str, Verdict], seconds: float = 0.0) -> Ask:
    """A slow one."""

    async def ask(attempt: SendAttempt) -> Verdict:
        await asyncio.sleep(seconds)
        return verdicts.get(str(attempt.draft.content.get("body")))

    return ask


async def two_in_a_room(server: Server) -> tuple[Client, Client, str]:
    """Ann and Ben, who have synced, in a room."""
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ann.sync()
    await ben.sync()
    return ann, ben, room_id


def bodies(answer: dict[str, Any], room_id: str) -> list[str]:
    """The messages in an answer to sync."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {"timeline": {"events": []}})
    return [event["content"]["body"] for event in section["timeline"]["events"] if event["type"] == "m.room.message"]


async def attempt_send(client: Client, room_id: str, body: str) -> tuple[int, dict[str, Any]]:
    """Send a message that may be refused."""
    path = room_path(room_id, "send", "m.room.message", f"t-{body}")
    return await client.attempt("PUT", path, {"msgtype": "m.text", "body": body})


async def test_a_fast_gate_denies(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    take_out = server.rooms.gates.add_fast(fast({"bad": Deny(Forbidden("Not here."))}))
    status, answer = await attempt_send(ann, room_id, "bad")
    assert (status, answer) == (403, {"errcode": "M_FORBIDDEN", "error": "Not here."})
    assert bodies(await ben.sync(), room_id) == []
    take_out()
    assert (await attempt_send(ann, room_id, "bad"))[0] == 200


async def test_a_slow_gate_denies(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    server.rooms.gates.add_slow(slow({"bad": Deny(Forbidden("Not here."))}), timeout=5, fail_open=True)
    assert (await attempt_send(ann, room_id, "bad"))[0] == 403
    assert (await attempt_send(ann, room_id, "good"))[0] == 200
    assert bodies(await ben.sync(), room_id) == ["good"]


@pytest.mark.parametrize("fail_open", [True, False])
@pytest.mark.parametrize("broken", ["overdue", "raises"])
async def test_a_slow_gate_that_gives_no_answer(server: Server, fail_open: bool, broken: str) -> None:
    ann, ben, room_id = await two_in_a_room(server)

    async def raises(_attempt: SendAttempt) -> Verdict:
        raise RuntimeError("broken")

    ask = slow({}, seconds=60) if broken == "overdue" else raises
    server.rooms.gates.add_slow(ask, timeout=0.05, fail_open=fail_open)
    status, answer = await attempt_send(ann, room_id, "hello")
    assert status == (200 if fail_open else 503)
    assert bodies(await ben.sync(), room_id) == (["hello"] if fail_open else [])
    if not fail_open:
        assert "Try again" in answer["error"]


@pytest.mark.parametrize("order", [("deny", "hold"), ("hold", "deny")])
@pytest.mark.parametrize("kinds", [("fast", "fast"), ("slow", "slow"), ("fast", "slow")])
async def test_a_deny_beats_every_hold(server: Server, order: tuple[str, str], kinds: tuple[str, str]) -> None:
    ann, _, room_id = await two_in_a_room(server)
    verdicts: dict[str, Verdict] = {"deny": Deny(Forbidden()), "hold": Hold("ticket")}
    for name, kind in zip(order, kinds, strict=True):
        if kind == "fast":
            server.rooms.gates.add_fast(fast({"x": verdicts[name]}))
        else:
            server.rooms.gates.add_slow(slow({"x": verdicts[name]}), timeout=5, fail_open=True)
    assert (await attempt_send(ann, room_id, "x"))[0] == 403
    row = await server.app.driver.query_one("SELECT count(*) FROM held_events")
    assert row == (0,)


async def test_others_do_not_wait_for_a_slow_gate(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    release = asyncio.Event()

    async def ask(attempt: SendAttempt) -> Verdict:
        if attempt.draft.content.get("body") == "slow":
            await release.wait()
        return None

    server.rooms.gates.add_slow(ask, timeout=30, fail_open=False)
    waiting = asyncio.create_task(attempt_send(ann, room_id, "slow"))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        assert (await attempt_send(ben, room_id, "quick"))[0] == 200
        assert (await attempt_send(ann, room_id, "mine too"))[0] == 200
    assert not waiting.done()
    release.set()
    assert (await waiting)[0] == 200
    assert bodies(await ben.sync(), room_id) == ["quick", "mine too", "slow"]


async def test_signed_out_while_a_slow_gate_thinks(server: Server) -> None:
    _, ben, room_id = await two_in_a_room(server)
    release, asked = asyncio.Event(), asyncio.Event()

    async def ask(_attempt: SendAttempt) -> Verdict:
        asked.set()
        await release.wait()
        return None

    phone = await server.login("ann")
    server.rooms.gates.add_slow(ask, timeout=30, fail_open=False)
    waiting = asyncio.create_task(attempt_send(phone, room_id, "too late"))
    await asked.wait()
    await phone.post("/logout")
    release.set()
    status, answer = await waiting
    assert (status, answer["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert bodies(await ben.sync(), room_id) == []


async def test_kicked_while_a_slow_gate_thinks(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    release, asked = asyncio.Event(), asyncio.Event()

    async def ask(attempt: SendAttempt) -> Verdict:
        if attempt.draft.sender == ben.user_id:
            asked.set()
            await release.wait()
        return None

    server.rooms.gates.add_slow(ask, timeout=30, fail_open=False)
    waiting = asyncio.create_task(attempt_send(ben, room_id, "too late"))
    await asked.wait()
    await ann.post(room_path(room_id, "kick"), {"user_id": ben.user_id})
    release.set()
    assert (await waiting)[0] == 403


@pytest.mark.parametrize("kind", ["fast", "slow"])
async def test_a_held_event_is_its_senders_alone(server: Server, kind: str) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    away = await server.login("ann")
    held: dict[str, Verdict] = {"held": Hold("ticket")}
    if kind == "fast":
        server.rooms.gates.add_fast(fast(held))
    else:
        server.rooms.gates.add_slow(slow(held), timeout=5, fail_open=False)
    status, answer = await attempt_send(ann, room_id, "held")
    event_id = answer["event_id"]
    assert status == 200
    assert (await attempt_send(ann, room_id, "held"))[1]["event_id"] == event_id
    await ann.send(room_id, "after")
    assert bodies(await ann.sync(), room_id) == ["held", "after"]
    assert bodies(await away.sync(), room_id) == ["held", "after"]
    assert bodies(await ben.sync(), room_id) == ["after"]
    assert (await ann.get(room_path(room_id, "event", event_id)))["content"]["body"] == "held"
    assert await error(ben, "GET", room_path(room_id, "event", event_id)) == (404, "M_NOT_FOUND")
    assert await ben.timeline(room_id) == ["after"]
    await server.restart()
    assert bodies(await ben.get("/sync"), room_id) == ["after"]
    assert bodies(await ann.get("/sync"), room_id) == ["held", "after"]


async def test_release_reaches_the_others_once(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    take_out = server.rooms.gates.add_fast(fast({"held": Hold("ticket")}))
    _, answer = await attempt_send(ann, room_id, "held")
    event_id = answer["event_id"]
    assert bodies(await ann.sync(), room_id) == ["held"]
    take_out()
    await ann.send(room_id, "between")
    released = await server.rooms.release(event_id)
    assert released.event_id == event_id
    assert bodies(await ben.sync(), room_id) == ["between", "held"]
    assert bodies(await ann.sync(), room_id) == ["between"], "who sent it has it already"
    assert await ben.timeline(room_id) == ["between", "held"]
    with pytest.raises(NotFound):
        await server.rooms.release(event_id)
    await server.restart()
    assert bodies(await ann.get("/sync"), room_id) == ["between", "held"]
    await ann.send(room_id, "the room goes on")


async def test_release_asks_the_gates_and_the_rules_anew(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    take_out = server.rooms.gates.add_fast(fast({"held": Hold("ticket")}))
    path = room_path(room_id, "send", "m.room.message", "t")
    event_id = (await ben.put(path, {"msgtype": "m.text", "body": "held"}))["event_id"]
    take_out()
    take_out = server.rooms.gates.add_fast(fast({"held": Deny(Forbidden("Still not."))}))
    with pytest.raises(Forbidden, match="Still not"):
        await server.rooms.release(event_id)
    take_out()
    await ann.post(room_path(room_id, "kick"), {"user_id": ben.user_id})
    with pytest.raises(AuthorizationRefused):
        await server.rooms.release(event_id)
    assert await ann.timeline(room_id) == []
    await ben.join(room_id)
    await server.rooms.release(event_id)
    assert await ann.timeline(room_id) == ["held"]


async def test_discard(server: Server) -> None:
    server.discarded = True
    ann, ben, room_id = await two_in_a_room(server)
    server.rooms.gates.add_fast(fast({"held": Hold("ticket")}))
    event_id = (await attempt_send(ann, room_id, "held"))[1]["event_id"]
    answers = await asyncio.gather(*(server.rooms.discard(event_id) for _ in range(2)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "NotFound"]
    assert await error(ann, "GET", room_path(room_id, "event", event_id)) == (404, "M_NOT_FOUND")
    assert bodies(await ben.sync(), room_id) == []
    assert bodies(await ann.get("/sync"), room_id) == []


async def test_two_decisions_at_once(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    take_out = server.rooms.gates.add_fast(fast({"held": Hold("ticket")}))
    event_id = (await attempt_send(ann, room_id, "held"))[1]["event_id"]
    take_out()
    answers = await asyncio.gather(*(server.rooms.release(event_id) for _ in range(3)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Event", "NotFound", "NotFound"]
    assert bodies(await ben.sync(), room_id) == ["held"]
    await ann.send(room_id, "the room goes on")


async def test_a_held_redaction_strips_nothing_until_it_is_released(server: Server) -> None:
    ann, ben, room_id = await two_in_a_room(server)
    event_id = await ben.send(room_id, "stays")

    def hold_redactions(attempt: SendAttempt) -> Verdict:
        return Hold("ticket") if attempt.draft.type == "m.room.redaction" else None

    take_out = server.rooms.gates.add_fast(hold_redactions)
    path = room_path(room_id, "redact", event_id, "r")
    redaction_id = (await ben.put(path, {}))["event_id"]
    assert (await ann.get(room_path(room_id, "event", event_id)))["content"]["body"] == "stays"
    take_out()
    await server.rooms.release(redaction_id)
    event = await ann.get(room_path(room_id, "event", event_id))
    assert event["content"] == {}
    assert event["unsigned"]["redacted_because"]["event_id"] == redaction_id


async def test_gates_judge_a_new_rooms_first_events_too(server: Server) -> None:
    ann = await server.register("ann")

    async def ask(attempt: SendAttempt) -> Verdict:
        verdicts: dict[str, Verdict] = {"bad": Deny(Forbidden()), "held": Hold("ticket")}
        return verdicts.get(str(attempt.draft.content.get("name")))

    server.rooms.gates.add_slow(ask, timeout=5, fail_open=False)
    assert await error(ann, "POST", "/createRoom", {"name": "bad"}) == (403, "M_FORBIDDEN")
    assert await ann.get("/joined_rooms") == {"joined_rooms": []}
    room_id = await ann.create_room(name="held")
    assert ("m.room.name", "") not in await state_of(ann, room_id)


async def test_many_slow_gates_are_asked_at_the_same_time(server: Server) -> None:
    ann, _, room_id = await two_in_a_room(server)
    all_are_asked = asyncio.Barrier(5)

    async def ask(attempt: SendAttempt) -> Verdict:
        await all_are_asked.wait()
        return None

    for _ in range(5):
        server.rooms.gates.add_slow(ask, timeout=60, fail_open=False)
    await ann.send(room_id)


async def test_what_is_held_beyond_the_end_of_a_limited_timeline(server: Server) -> None:
    ann, _, room_id = await two_in_a_room(server)
    server.rooms.gates.add_fast(fast({"held": Hold("ticket")}))
    await attempt_send(ann, room_id, "held")
    for number in range(10):
        await ann.send(room_id, f"message {number}")
    short = json.dumps({"room": {"timeline": {"limit": 5}}})
    timeline = (await ann.get("/sync", filter=short))["rooms"]["join"][room_id]["timeline"]
    assert [event["content"]["body"] for event in timeline["events"]] == [
        f"message {number}" for number in range(5, 10)
    ]
    page = await ann.get(room_path(room_id, "messages"), dir="b", limit=1, **{"from": timeline["prev_batch"]})
    assert page["chunk"][0]["content"]["body"] == "message 4"
