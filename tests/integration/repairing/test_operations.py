"""Operations: taught, tried, approved, stopped; such that hang, crash, lie, or are changed while they run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from roomkeeper.platform.remedies import Finding, Found, Remedy
from tests.harness import Client
from tests.integration.repairing.world import ROOT, World


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is about."""

    user_id: str


class Device:
    """Something that a remedy of a plug-in repairs, as badly as a test wants."""

    def __init__(self) -> None:
        self.broken = True
        self.applied = 0
        self.undone = 0
        self.version = 1
        self.act: Callable[[], Awaitable[None]] | None = None
        self.tells: bool = True

    async def look(self, _about: About) -> Finding:
        return Finding(self.broken if self.tells else None)

    async def apply(self, _about: About) -> Found:
        self.applied += 1
        if self.act is not None:
            await self.act()
        else:
            self.broken = False
        return {"applied": self.applied}

    async def undo(self, _about: About, _done: Found) -> None:
        self.undone += 1
        self.broken = True


def plug_in(world: World, name: str, **more: Any) -> Device:
    """A remedy as a plug-in contributes it."""
    device = Device()
    world.server.app.remedies.add(
        name,
        Remedy(
            version=1, summary="Test.", parameters=About, look=device.look, apply=device.apply, undo=device.undo, **more
        ),
    )
    return device


def remedy(name: str, **more: Any) -> dict[str, Any]:
    """A step."""
    return {"do": "remedy", "name": name, "parameters": {"user_id": "{user_id}"}, **more}


async def reported(world: World, kind: str, **body: Any) -> tuple[Client, str]:
    """Somebody has a trouble of a kind."""
    alice = await world.server.register("alice")
    return alice, (await world.report(alice, kind=kind, **body))["report_id"]


async def test_an_operation_for_an_unknown_kind_runs_its_waiting_reports(world: World) -> None:
    device = plug_in(world, "lamp.mend")
    alice, report_id = await reported(world, "lamp_dark")
    whole = await world.state(report_id, "waiting")
    assert whole["report"]["why"] == "unknown_kind"
    queue = (await world.owner.get(f"{ROOT}/desk/reports", queue="true"))["reports"]
    assert [each["report_id"] for each in queue] == [report_id]
    wanted = {
        "kind": "lamp_dark",
        "title": "Mend the lamp",
        "steps": [remedy("lamp.mend")],
        "words": {"en": ["lamp + dark"]},
    }
    tried = await world.owner.post(f"{ROOT}/dry-run", {"report_id": report_id, "operation": wanted})
    assert tried["steps"][0]["needed"] is True
    assert device.applied == 0
    await world.operation(**wanted)
    whole = await world.state(report_id, "unverified")
    assert (device.applied, whole["runs"][0]["state"]) == (1, "succeeded")
    assert (await world.report(alice, text="My lamp is dark again"))["kind"] == "lamp_dark"


async def test_a_dangerous_operation_waits_for_somebody_who_agrees(world: World) -> None:
    device = plug_in(world, "lamp.replace", is_dangerous=True)
    await world.operation(kind="lamp_dark", title="Replace", steps=[remedy("lamp.replace")])
    _, report_id = await reported(world, "lamp_dark")
    await world.state(report_id, "approval")
    await asyncio.sleep(0.3)
    assert device.applied == 0
    await world.owner.post(f"{ROOT}/desk/reports/{report_id}/approve")
    whole = await world.state(report_id, "unverified")
    assert device.applied == 1
    assert whole["runs"][0]["approved_by"] == world.owner.user_id


async def test_an_operation_that_hangs_is_left_and_what_was_done_is_taken_back(world: World) -> None:
    first, hanging = plug_in(world, "lamp.mend"), plug_in(world, "lamp.hang")

    async def hang() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await asyncio.sleep(5)
                return

    hanging.act = hang
    steps = [remedy("lamp.mend"), remedy("lamp.hang", timeout=0.2, attempts=2)]
    await world.operation(kind="lamp_dark", title="Hang", steps=steps)
    _, report_id = await reported(world, "lamp_dark")
    whole = await world.state(report_id, "failed")
    assert (first.applied, first.undone, hanging.applied) == (1, 1, 2)
    assert "longer than 0.2" in whole["runs"][0]["error"]
    assert [each["state"] for each in whole["runs"][0]["steps"]] == ["undone", "failed"]


async def test_an_operation_that_crashes_is_tried_again_and_given_up(world: World) -> None:
    device = plug_in(world, "lamp.crash")

    async def crash() -> None:
        raise ZeroDivisionError("division by zero")

    device.act = crash
    await world.operation(kind="lamp_dark", title="Crash", steps=[remedy("lamp.crash", attempts=3)])
    _, report_id = await reported(world, "lamp_dark")
    whole = await world.state(report_id, "failed")
    assert device.applied == 3
    assert "ZeroDivisionError" in whole["runs"][0]["error"]


async def test_an_operation_that_lies_is_found_out(world: World) -> None:
    device = plug_in(world, "lamp.lie")

    async def lie() -> None:
        return None

    device.act = lie
    await world.operation(kind="lamp_dark", title="Lie", steps=[remedy("lamp.lie", attempts=1)])
    _, report_id = await reported(world, "lamp_dark")
    whole = await world.state(report_id, "failed")
    assert "what was wrong still is" in whole["runs"][0]["error"]


async def test_a_failure_after_the_effect_is_not_repeated(world: World) -> None:
    device = plug_in(world, "lamp.late")

    async def late() -> None:
        device.broken = False
        raise ConnectionError("the answer was lost")

    device.act = late
    await world.operation(kind="lamp_dark", title="Late", steps=[remedy("lamp.late")])
    _, report_id = await reported(world, "lamp_dark")
    whole = await world.state(report_id, "unverified", "failed")
    assert (device.applied, whole["runs"][0]["state"]) == (1, "succeeded")


async def test_a_change_while_it_runs_changes_nothing_that_has_begun(world: World) -> None:
    slow, other = plug_in(world, "lamp.slow"), plug_in(world, "lamp.other")
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await go_on.wait()
        slow.broken = False

    slow.act = wait
    second = plug_in(world, "lamp.second")
    made = await world.operation(kind="lamp_dark", title="Slow", steps=[remedy("lamp.slow"), remedy("lamp.second")])
    _, report_id = await reported(world, "lamp_dark")
    await reached.wait()
    changed = {"kind": "lamp_dark", "title": "Other", "steps": [remedy("lamp.other")]}
    path = f"{ROOT}/operations/{made['operation_id']}"
    assert (await world.owner.put(path, {"version": 1, "operation": changed}))["version"] == 2
    status, error = await world.owner.attempt("PUT", path, {"version": 1, "operation": changed})
    assert (status, error["errcode"]) == (409, "M_BAD_STATE")
    go_on.set()
    whole = await world.state(report_id, "unverified", "failed")
    assert (whole["runs"][0]["state"], whole["runs"][0]["operation"]["version"]) == ("succeeded", 1)
    assert (slow.applied, second.applied, other.applied) == (1, 1, 0)


async def test_the_kill_switch_stops_before_the_next_step_and_takes_back(world: World) -> None:
    slow, second = plug_in(world, "lamp.slow"), plug_in(world, "lamp.second")
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        reached.set()
        await go_on.wait()
        slow.broken = False

    slow.act = wait
    await world.operation(kind="lamp_dark", title="Slow", steps=[remedy("lamp.slow"), remedy("lamp.second")])
    _, report_id = await reported(world, "lamp_dark")
    await reached.wait()
    await world.owner.put(f"{ROOT}/switches", {"off": True, "reason": "storm"})
    go_on.set()
    whole = await world.state(report_id, "failed")
    assert (whole["report"]["why"], whole["runs"][0]["state"]) == ("stopped", "stopped")
    assert (slow.undone, second.applied) == (1, 0)
    await world.owner.put(f"{ROOT}/switches", {"off": False})
    slow.act = None
    operation = whole["runs"][0]["operation"]["operation_id"]
    await world.owner.post(f"{ROOT}/desk/reports/{report_id}/run", {"operation_id": operation})
    await world.state(report_id, "unverified")
    assert second.applied == 1


async def test_a_mistake_in_an_operation_is_told_when_it_is_stored(world: World) -> None:
    wanted = {"kind": "lamp_dark", "title": "No", "steps": [remedy("no.such")]}
    status, error = await world.owner.attempt("POST", f"{ROOT}/operations", wanted)
    assert status == 400
    assert "there is no remedy no.such" in error["error"]
    call = {"do": "http", "call": {"url": "http://169.254.169.254/latest"}}
    wanted = {"kind": "lamp_dark", "title": "No", "steps": [call]}
    status, error = await world.owner.attempt("POST", f"{ROOT}/operations", wanted)
    assert status == 400
    assert "http_hosts" in error["error"]
    alice = await world.server.register("alice")
    assert (await alice.attempt("POST", f"{ROOT}/operations", wanted))[0] == 403
    assert (await alice.attempt("POST", f"{ROOT}/drills/rooms.spoil_image", {"parameters": {}}))[0] == 403


async def test_requests_are_made_with_a_key_and_their_answers_judged(world: World) -> None:
    seen: list[tuple[str, str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head.split("\r\n")[1:]}
        body = (await reader.readexactly(int(lines.get("content-length", "0")))).decode()
        seen.append((head.split(" ")[1], lines.get("idempotency-key", ""), body))
        status = "500 Broken" if "/broken" in head else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 18999)
    try:
        call = {"url": "http://127.0.0.1:18999/mend/{user_id}", "body": '{"room": "{report.room_id}"}'}
        broken = {"url": "http://127.0.0.1:18999/broken", "body": ""}
        undo = {"url": "http://127.0.0.1:18999/undo"}
        steps = [
            {"do": "http", "call": call, "undo": undo, "is_idempotent": True},
            {"do": "http", "call": broken, "is_idempotent": True, "attempts": 2},
        ]
        await world.operation(kind="lamp_dark", title="Ask", steps=steps)
        _, report_id = await reported(world, "lamp_dark", properties={"room_id": 'a"b'})
        whole = await world.state(report_id, "failed")
    finally:
        listening.close()
    assert [path for path, _, _ in seen] == ["/mend/%40alice%3Aexample.org", "/broken", "/broken", "/undo"]
    assert seen[0][2] == '{"room": "a\\"b"}'
    assert seen[1][1] == seen[2][1] != seen[0][1]
    assert "answered with 500" in whole["runs"][0]["error"]


async def test_engineers_answer_and_close(world: World) -> None:
    alice, report_id = await reported(world, "lamp_dark")
    await world.state(report_id, "waiting")
    await world.owner.post(f"{ROOT}/desk/reports/{report_id}/say", {"text": "Which lamp?"})
    closed = await world.owner.post(f"{ROOT}/desk/reports/{report_id}/say", {"text": "Bulb sent.", "close": True})
    assert closed["state"] == "closed"
    own = await alice.get(f"{ROOT}/reports/{report_id}")
    assert [each["text"] for each in own["said"]][-2:] == ["Which lamp?", "Closed. Bulb sent."]
    again = await alice.post(f"{ROOT}/reports/{report_id}/feedback", {"works": False, "text": "Still dark"})
    assert again["state"] == "waiting"
    status, error = await alice.attempt("POST", f"{ROOT}/reports/{report_id}/feedback", {"works": True})
    assert (status, error["errcode"]) == (409, "M_BAD_STATE")


async def test_statistics_as_a_table(world: World) -> None:
    _, report_id = await reported(world, "lamp_dark")
    await world.state(report_id, "waiting")
    headers = {"authorization": f"Bearer {world.owner.token}"}
    status, _, table = await world.server.raw("GET", f"{ROOT}/statistics?format=csv", b"", headers)
    assert status == 200
    assert table.decode().splitlines()[1].startswith("lamp_dark,1,0,0,0,0,1,0,")
