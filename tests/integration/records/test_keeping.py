"""Retention, holds, erasure: what goes is gone, the chain stays; a hold beats everything; shared, then erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper.platform.clock import Clock
from tests.conftest import MakeServer
from tests.databases import ON_POSTGRESQL
from tests.harness import Client
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import until
from tests.integration.records.exported import download, export, verified
from tests.integration.records.recorded import RECORDS, check_chain, entries_of, record_of, send
from tests.integration.records.test_reading import Firm, found
from tests.integration.records.test_sharing import share

SECRET = "xyzzy swordfish"
DAY_MS = 24 * 3_600_000


async def erasure(client: Client, **body: Any) -> dict[str, Any]:
    """Ask for something to be erased; how that is."""
    made = await client.post(f"{RECORDS}/erasures", {"reason": "asked for by the customer", **body})
    return await until_done(client, made["erasure_id"])


async def until_done(client: Client, erasure_id: str) -> dict[str, Any]:
    """An erasure whose job has ended."""
    found: dict[str, Any] = {}

    async def is_done() -> bool:
        listed = (await client.get(f"{RECORDS}/erasures"))["erasures"]
        found.update(next(each for each in listed if each["erasure_id"] == erasure_id))
        return found.get("finished_ts") is not None or bool(found.get("held"))

    await until(is_done)
    return found


async def test_what_is_erased_is_gone_and_verifies_as_erased(office: Office, tmp_path: Path) -> None:
    firm = await Firm().open(office)
    status, _, answer = await office.server.raw(
        "POST", "/_matrix/media/v3/upload", b"a picture", {"authorization": f"Bearer {firm.first.token}"}
    )
    assert status == 200
    url = msgspec.json.decode(answer)["content_uri"]
    await firm.first.send(firm.at_sales, SECRET)
    await send(firm.first, firm.at_sales, {"msgtype": "m.file", "body": "file", "url": url})
    await firm.ann.send(firm.at_sales, "An answer")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    assert await found(firm.officer, "swordfish") == [SECRET]
    await share(firm.ann, record_id, whom="person", who=firm.ben.user_id)
    done = await erasure(firm.officer, person=firm.first.user_id)
    assert done["erased"] >= 3
    entries = await entries_of(firm.officer, record_id, redacted="true")
    erased = [entry for entry in entries if entry.get("state") == "erased"]
    assert len(erased) == done["erased"]
    assert all(not {"text", "sender", "id", "attachments"} & entry.keys() for entry in erased)
    assert "An answer" in [entry.get("text") for entry in entries]
    assert await entries_of(firm.ben, record_id) == await entries_of(firm.ann, record_id)
    assert await found(firm.officer, "swordfish") == []
    assert await office.server.app.driver.query("SELECT 1 FROM record_media") == []
    check_chain(office.server, record_id)
    file = await download(firm.officer, await export(firm.officer), tmp_path)
    status, said = verified(file)
    assert (status, f"{done['erased']} erased" in said) == (0, True), said


@pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL's files are its own")
async def test_nothing_is_left_of_it_on_the_disk(office: Office) -> None:
    firm = await Firm().open(office)
    event_id = await firm.first.send(firm.at_sales, SECRET)
    await firm.first.put(f"/rooms/{firm.at_sales}/redact/{event_id}/x", {})
    await record_of(office, firm.at_sales)
    await erasure(firm.officer, person=firm.first.user_id)
    await office.server.stop()
    try:
        for file in office.server.data_dir.rglob("*"):
            assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    finally:
        await office.server.start()


@pytest.mark.parametrize("what", ["record", "person", "department"])
async def test_a_hold_beats_erasure_until_it_is_released(office: Office, what: str) -> None:
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, SECRET)
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    who = {"record": record_id, "person": firm.first.user_id, "department": firm.sales}[what]
    hold = await firm.officer.post(f"{RECORDS}/holds", {"what": what, "who": who, "reason": "court"})
    assert (await firm.officer.get(f"{RECORDS}/{record_id}"))["on_hold"]
    body = {"record_id": record_id, "reason": "x"}
    assert (await firm.officer.attempt("POST", f"{RECORDS}/erasures", body))[0] == 409
    waiting = await erasure(firm.officer, person=firm.first.user_id)
    assert (waiting["held"], waiting.get("erased", 0), waiting.get("finished_ts")) == (1, 0, None)
    assert SECRET in [entry.get("text") for entry in await entries_of(firm.officer, record_id)]
    await firm.officer.post(f"{RECORDS}/holds/{hold['hold_id']}/release")

    async def is_erased() -> bool:
        return SECRET not in [entry.get("text") for entry in await entries_of(firm.officer, record_id)]

    await until(is_erased)
    listed = (await firm.officer.get(f"{RECORDS}/holds"))["holds"]
    assert listed[0]["released_by"] == firm.officer.user_id
    check_chain(office.server, record_id)


async def test_the_end_of_an_account_and_what_the_policy_says(office: Office) -> None:
    firm = await Firm().open(office)
    await office.owner.put(f"{RECORDS}/policies", {"department_id": firm.support, "keep_erased_accounts": True})
    for customer, room_id in ((firm.first, firm.at_sales), (firm.second, firm.at_support)):
        await customer.send(room_id, SECRET)
    records = [(await record_of(office, room_id))["record_id"] for room_id in (firm.at_sales, firm.at_support)]
    for customer in (firm.first, firm.second):
        auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": customer.user_id}}
        await customer.post("/account/deactivate", {"erase": True, "auth": {**auth, "password": customer.password}})

    async def is_erased() -> bool:
        return SECRET not in [entry.get("text") for entry in await entries_of(firm.officer, records[0])]

    await until(is_erased)
    done = await until_done(firm.officer, f"account {firm.second.user_id}")
    assert done.get("erased", 0) == 0
    assert SECRET in [entry.get("text") for entry in await entries_of(firm.officer, records[1])]


class Moving(Clock):
    """A clock that is put forward."""

    ahead = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead


async def test_retention_by_the_policy_of_the_department(make_server: MakeServer) -> None:
    clock = Moving()
    office = await office_on(await make_server(clock))
    firm = await Firm().open(office)
    await office.owner.put(f"{RECORDS}/policies", {"department_id": firm.sales, "retention_days": 30})
    for customer, room_id in ((firm.first, firm.at_sales), (firm.second, firm.at_support)):
        await customer.send(room_id, SECRET)
    await record_of(office, firm.at_sales)
    held = await firm.first.post("/_roomkeeper/v1/sessions", {"staff_id": firm.ann.user_id})
    assert held["room_id"] == firm.at_sales
    clock.ahead = 31 * DAY_MS
    await firm.first.send(firm.at_sales, "new")
    records = [(await record_of(office, room_id))["record_id"] for room_id in (firm.at_sales, firm.at_support)]
    job = await firm.officer.post(f"{RECORDS}/retention")

    async def is_done() -> bool:
        return bool((await office.owner.get(f"/_roomkeeper/v1/jobs/{job['job_id']}"))["state"] == "succeeded")

    await until(is_done)
    texts = [[entry.get("text") for entry in await entries_of(firm.officer, record_id)] for record_id in records]
    assert SECRET not in texts[0]
    assert "new" in texts[0]
    assert SECRET in texts[1]
    for record_id in records:
        check_chain(office.server, record_id)
