"""Reports of content, rooms and users. spec: client-server §Reporting Content"""

from __future__ import annotations

import pytest

from roomkeeper.core.reports import service
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.rooms.paths import error, room_path


async def test_what_the_administrator_reads(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    event_id = await ann.send(room_id, "something bad")
    await ben.join(room_id)
    await ben.post(room_path(room_id, "report", event_id), {"reason": "it is bad"})
    await ben.post(room_path(room_id, "report", event_id))
    await ben.leave(room_id)
    await ben.post(room_path(room_id, "report"), {"reason": ""})
    await ben.post(f"/users/{ann.user_id}/report", {"reason": "she is bad"})
    status, answer = await operator(server, "GET", "/reports")
    assert status == 200
    found = [{k: v for k, v in report.items() if k not in ("id", "received_ts")} for report in answer["reports"]]
    said = {"reporter": ben.user_id}
    event = said | {"kind": "event", "room_id": room_id, "event_id": event_id, "user_id": ann.user_id}
    assert found == [
        said | {"kind": "user", "user_id": ann.user_id, "reason": "she is bad"},
        said | {"kind": "room", "room_id": room_id, "reason": ""},
        event | {"reason": ""},
        event | {"reason": "it is bad"},
    ]
    _, log = await operator(server, "GET", "/audit")
    assert "reports.list" in {entry["permission"] for entry in log["entries"]}


async def test_page_by_page(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    for number in range(5):
        await ben.post(f"/users/{ann.user_id}/report", {"reason": str(number)})
    _, answer = await operator(server, "GET", "/reports", limit=2)
    found = [report["reason"] for report in answer["reports"]]
    while "next_batch" in answer:
        _, answer = await operator(server, "GET", "/reports", limit=2, **{"from": answer["next_batch"]})
        found += [report["reason"] for report in answer["reports"]]
    assert found == ["4", "3", "2", "1", "0"]


async def test_what_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room()
    event_id = await ann.send(room_id)
    missing = (404, "M_NOT_FOUND")
    assert await error(ben, "POST", room_path(room_id, "report", event_id), {"reason": "x"}) == missing
    assert await error(ann, "POST", room_path(room_id, "report", "$none"), {"reason": "x"}) == missing
    assert await error(ann, "POST", room_path("!none:example.org", "report"), {"reason": "x"}) == missing
    assert await error(ann, "POST", "/users/@none:example.org/report", {"reason": "x"}) == missing
    assert await error(ann, "POST", room_path(room_id, "report"), {}) == (400, "M_BAD_JSON")
    assert await error(ann, "POST", room_path(room_id, "report"), {"reason": "x" * 5000}) == (400, "M_BAD_JSON")
    assert await error(ann, "POST", room_path(room_id, "report"), {"reason": "\0"}) == (400, "M_BAD_JSON")
    monkeypatch.setattr(service, "PER_DAY", 1)
    await ben.post(room_path(room_id, "report"), {"reason": "strangers may report rooms"})
    assert await error(ben, "POST", room_path(room_id, "report"), {"reason": "x"}) == (403, "M_USER_LIMIT_EXCEEDED")
    status, _ = await server.request("GET", "/_roomkeeper/v1/reports", token=ann.token)
    assert status in (401, 403)
