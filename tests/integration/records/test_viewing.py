"""What the viewer and the console's page ask: how each entry stands with its chain, the check of one record and of all,
the overview; who is told that something was shared; why one looks, in any language."""

from __future__ import annotations

from typing import Any

from tests.databases import databases, executed
from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import until
from tests.integration.records.recorded import RECORDS, entries_of, record_of, redact
from tests.integration.records.test_keeping import erasure
from tests.integration.records.test_reading import Firm
from tests.integration.records.test_sharing import share

SHARED = "org.roomkeeper.shared_records"


async def checked_all(client: Client) -> dict[str, Any]:
    """What came of checking all records."""
    await client.post(f"{RECORDS}/verifications", {})
    found: dict[str, Any] = {}

    async def is_done() -> bool:
        found.update((await client.get(f"{RECORDS}/overview"))["verification"])
        return bool(found["state"] == "succeeded")

    await until(is_done)
    return found


async def test_each_entry_says_how_it_stands_with_its_chain(office: Office) -> None:
    firm = await Firm().open(office)
    for number in range(4):
        await firm.first.send(firm.at_sales, f"chair {number}")
    record = await record_of(office, firm.at_sales)
    record_id = record["record_id"]
    entries = await entries_of(office.owner, record_id)
    assert {entry["chain"] for entry in entries} == {"verified"}
    (page,) = await entries_of(office.owner, record_id, **{"from": 1, "limit": 1})
    assert page["chain"] == "verified"
    told = await office.owner.get(f"{RECORDS}/{record_id}/verify")
    assert (told["broken"], told["checked"], told["next_from"]) == ([], record["entries"], None)
    assert told["checkpoint"] is None
    await office.owner.post(f"{RECORDS}/checkpoints", {})
    told = await office.owner.get(f"{RECORDS}/{record_id}/verify")
    assert told["checkpoint"] == 1
    assert told["checkpoint_ts"] > 0
    await erasure(office.owner, person=firm.first.user_id, record_id=record_id)
    states = [entry["chain"] for entry in await entries_of(office.owner, record_id)]
    assert states.count("erased") >= 4
    assert "broken" not in states
    assert (await office.owner.get(f"{RECORDS}/{record_id}/verify"))["broken"] == []


async def test_what_somebody_has_changed_is_broken(office: Office) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    await firm.first.send(firm.at_sales, "And the table")
    record = await record_of(office, firm.at_sales)
    record_id = record["record_id"]
    target = next(
        entry["seq"] for entry in await entries_of(office.owner, record_id) if entry.get("text") == "And the table"
    )
    assert (await checked_all(office.owner))["broken"] == []
    change = f"UPDATE record_entries SET ts = ts {{}} 1 WHERE record_id = '{record_id}' AND seq = {target}"
    executed(databases.url_of(office.server.data_dir), change.format("+"))
    states = {entry["seq"]: entry["chain"] for entry in await entries_of(office.owner, record_id)}
    assert [seq for seq, state in states.items() if state == "broken"] == [target]
    assert (await office.owner.get(f"{RECORDS}/{record_id}/verify"))["broken"] == [target]
    assert (await checked_all(office.owner))["broken"] == [{"record_id": record_id, "seq": target}]
    executed(databases.url_of(office.server.data_dir), change.format("-"))
    assert (await checked_all(office.owner))["broken"] == []


async def test_the_overview_counts(office: Office) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    record = await record_of(office, firm.at_sales)
    before = await office.owner.get(f"{RECORDS}/overview")
    assert before["verification"] is None
    assert before["checkpoint"]["number"] == 0
    assert sum(before["entries"]) == before["total"] >= record["entries"]
    await office.owner.post(f"{RECORDS}/checkpoints", {})
    after = await office.owner.get(f"{RECORDS}/overview")
    assert after["checkpoint"]["waiting"] == 0
    assert sum(after["entries"]) == after["total"]
    assert len(after["ts"]) == len(after["entries"]) == 24
    assert (await firm.ann.attempt("GET", f"{RECORDS}/overview"))[0] == 403
    assert (await firm.ann.attempt("POST", f"{RECORDS}/verifications"))[0] == 403


async def test_records_on_hold_are_found(office: Office) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    record_id = (await record_of(office, firm.at_sales))["record_id"]

    async def listed(held: str) -> set[str]:
        return {each["record_id"] for each in (await office.owner.get(RECORDS, held=held))["records"]}

    assert record_id in await listed("false")
    body = {"what": "person", "who": firm.first.user_id, "reason": "a complaint"}
    await office.owner.post(f"{RECORDS}/holds", body)
    assert record_id in await listed("true")
    assert record_id not in await listed("false")


async def test_people_and_roles_are_told_at_once(office: Office) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "The chair is broken")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    path = f"/_matrix/client/v3/user/{firm.ben.user_id}/account_data/{SHARED}"
    assert (await firm.ben.attempt("GET", path))[0] == 404
    made = await share(firm.ann, record_id, whom="person", who=firm.ben.user_id)
    first = (await firm.ben.get(path))["changed_ts"]
    told = await firm.ben.get(f"{RECORDS}/shared")
    assert told["shared"][0]["share"]["share_id"] == made["share"]["share_id"]
    await firm.ann.delete(f"{RECORDS}/{record_id}/shares/{made['share']['share_id']}")
    assert (await firm.ben.get(path))["changed_ts"] >= first
    await share(firm.ann, record_id, whom="role", who="staff")
    assert len((await firm.ben.get(f"{RECORDS}/shared"))["shared"]) == 1
    await office.give(firm.ben.user_id, "moderator")
    before = (await firm.ben.get(path))["changed_ts"]
    await share(firm.ann, record_id, whom="role", who="moderator")
    assert (await firm.ben.get(path))["changed_ts"] > before
    assert len((await firm.ben.get(f"{RECORDS}/shared"))["shared"]) == 2


async def test_a_room_says_what_holds_for_it(office: Office) -> None:
    firm = await Firm().open(office)
    await redact(firm.first, firm.at_sales, await firm.first.send(firm.at_sales, "The chair is broken"))
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    to_staff = await firm.ann.get(f"{RECORDS}/consent/{firm.at_sales}")
    assert to_staff["record_id"] == record_id
    assert not to_staff["is_asked"]
    to_customer = await firm.first.get(f"{RECORDS}/consent/{firm.at_sales}")
    assert to_customer["record_id"] is None
    assert to_customer["is_asked"]
    assert to_customer["retention_days"] == 0


async def test_a_reason_may_be_in_any_language(office: Office) -> None:
    firm = await Firm().open(office)
    await office.owner.put(f"{RECORDS}/policies", {"reason_required": True})
    await firm.first.send(firm.at_sales, "The chair is broken")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    path = f"{RECORDS}/{record_id}"
    assert (await office.owner.attempt("GET", path))[0] == 403
    headers = {"authorization": f"Bearer {office.owner.token}", "x-reason": "客户投诉".encode().decode("latin-1")}
    status, _, _ = await office.server.raw("GET", path, b"", headers)
    assert status == 200
    log = (await office.owner.get(f"{ROOT}/audit", actor=office.owner.user_id, permission="records.read"))["entries"]
    assert any("客户投诉" in entry["reason"] for entry in log)
