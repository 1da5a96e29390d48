"""Agents on desktops: what they are to do, signed; how they are; that they are signed out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from roomkeeper.platform.clock import FixedClock
from roomkeeper.wire.signing import verify_json, verify_key_from_base64
from tests.conftest import MakeServer
from tests.harness import Client
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import Office
from tests.integration.records.recorded import RECORDS

AGENTS = f"{RECORDS}/agents"
NONCE = "n" * 20
REPORT = {"version": "0.1.0", "host": "desk-1", "now_ts": 1_700_000_005_000, "waiting": 7, "bytes": 4096}


async def policy_of(client: Client, nonce: str = NONCE) -> dict[str, Any]:
    """The policy that an agent is told, whose signature is right."""
    _, keys = await client.server.request("GET", f"{AGENTS}/keys")
    said = await client.get(f"{AGENTS}/policy", nonce=nonce)
    ((key_id, key),) = keys["verify_keys"].items()
    for signed in (keys, said):
        verify_json(signed, "example.org", key_id, verify_key_from_base64(key["key"]))
    assert (said["user_id"], said["nonce"], said["server"]) == (client.user_id, nonce, "example.org")
    return dict(said["policy"])


async def test_the_nearest_policy_counts(office: Office) -> None:
    sales = await office.department("Sales")
    shop = await office.department("Shop", sales)
    desk, other = await office.staff("desk", shop), await office.staff("other")
    # Nothing is recorded until somebody says so.
    said = await policy_of(desk)
    assert (said["others"], said["programs"], said["screenshots"]) == ("never", [], False)
    quiet = {"programs": [{"program": "pidgin", "record": "never"}], "may_pause": False, "keep_hours": 2}
    await office.owner.put(f"{AGENTS}/policies", {"department_id": sales, "others": "all", **quiet})
    said = await policy_of(desk)
    assert (said["programs"], said["may_pause"], said["keep_hours"]) == (quiet["programs"], False, 2)
    assert (await policy_of(other))["may_pause"] is True
    await office.owner.put(f"{AGENTS}/policies", {"others": "on_request", "screenshots": False})
    assert (await policy_of(other))["others"] == "on_request"
    assert (await policy_of(desk))["others"] == "all"
    given = (await office.owner.get(f"{AGENTS}/policies"))["policies"]
    assert [each["department_id"] for each in given] == ["", sales]
    await office.owner.delete(f"{AGENTS}/policies", department=sales)
    assert (await policy_of(desk))["others"] == "on_request"
    assert (await office.owner.attempt("DELETE", f"{AGENTS}/policies", department=sales))[0] == 404
    assert (await office.owner.attempt("PUT", f"{AGENTS}/policies", {"department_id": "none"}))[0] == 404
    reasons = [each["reason"] for each in (await office.owner.get("/_roomkeeper/v1/audit"))["entries"]]
    assert "agents: the policy was deleted" in reasons


async def test_who_may(office: Office) -> None:
    sales, shop = await office.department("Sales"), await office.department("Shop")
    desk = await office.staff("desk", sales)
    officer = await office.staff("officer")
    await office.give(officer.user_id, "records_officer", sales)
    customer = await office.server.register("customer")
    assert (await customer.attempt("GET", f"{AGENTS}/policy", nonce=NONCE))[0] == 403
    assert (await desk.attempt("PUT", f"{AGENTS}/policies", {}))[0] == 403
    assert (await desk.attempt("GET", f"{AGENTS}/policy"))[0] == 400
    await officer.put(f"{AGENTS}/policies", {"department_id": sales})
    for elsewhere in (shop, ""):
        assert (await officer.attempt("PUT", f"{AGENTS}/policies", {"department_id": elsewhere}))[0] == 403
    # Of the agents, too, they see those of their department.
    there = await office.staff("there", shop)
    for each in (desk, there):
        await each.put(f"{AGENTS}/report", REPORT)
    assert [each["user_id"] for each in (await officer.get(AGENTS))["agents"]] == [desk.user_id]
    assert len((await office.owner.get(AGENTS))["agents"]) == 2
    assert (await officer.attempt("DELETE", agent(there)))[0] == 404


def agent(client: Client) -> str:
    """The path of an agent."""
    return f"{AGENTS}/{quote(client.user_id)}/{client.device_id}"


async def test_how_they_are(make_server: MakeServer) -> None:
    clock = FixedClock()
    office = await office_on(await make_server(clock))
    people = [await office.staff(f"desk{number}") for number in range(4)]
    for each in people:
        assert (await each.put(f"{AGENTS}/report", REPORT))["now_ts"] == clock.now_ms()
    clock.advance(60_000)
    problem = {"source": "a", "where": "log, line 3", "why": "no time", "ts": 1}
    await people[1].put(f"{AGENTS}/report", {**REPORT, "problems": [problem], "waiting": 0})
    (troubled,) = (await office.owner.get(AGENTS, problems=True))["agents"]
    assert (troubled["user_id"], troubled["report"]["problems"]) == (people[1].user_id, [problem])
    assert (troubled["clock_offset_ms"], troubled["seen_ts"] - troubled["first_ts"]) == (-55_000, 60_000)
    silent = (await office.owner.get(AGENTS, silent_since=clock.now_ms()))["agents"]
    assert [each["user_id"] for each in silent] == [people[0].user_id, people[2].user_id, people[3].user_id]
    (one,) = (await office.owner.get(AGENTS, person=people[2].user_id))["agents"]
    assert one["report"]["waiting"] == 7
    pages: list[list[str]] = []
    place = ""
    while True:
        page = await office.owner.get(AGENTS, limit=3, **({"from": place} if place else {}))
        pages.append([each["user_id"] for each in page["agents"]])
        if not (place := page.get("next_batch", "")):
            break
    assert [len(page) for page in pages] == [3, 1]
    assert [each for page in pages for each in page] == [each.user_id for each in people]
    for wrong in ("x", "[]", '["a"]', '["\\u0000","b"]'):
        assert (await office.owner.attempt("GET", AGENTS, **{"from": wrong}))[0] == 400


async def test_signed_out_by_somebody_else(office: Office) -> None:
    desk = await office.staff("desk")
    await desk.put(f"{AGENTS}/report", REPORT)
    # A device that is no agent is not signed out here.
    other = await office.staff("other")
    assert (await office.owner.attempt("DELETE", agent(other)))[0] == 404
    await office.owner.delete(agent(desk))
    assert (await desk.attempt("PUT", f"{AGENTS}/report", REPORT))[0] == 401
    (gone,) = (await office.owner.get(AGENTS))["agents"]
    assert (gone["revoked_by"], gone["gone_ts"] >= gone["seen_ts"]) == (office.owner.user_id, True)
    # Signed in again, it is there again.
    back = await office.server.login("desk", "correct horse battery", device_id=desk.device_id)
    await back.put(f"{AGENTS}/report", REPORT)
    (there,) = (await office.owner.get(AGENTS))["agents"]
    assert "gone_ts" not in there
    await back.post("/logout")
    (left,) = (await office.owner.get(AGENTS))["agents"]
    assert ("revoked_by" in left, "gone_ts" in left) == (False, True)
