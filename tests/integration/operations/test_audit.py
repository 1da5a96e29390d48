"""Reading the audit log: filters, pages both ways, files; each look is an entry itself."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import msgspec
import pytest

from roomkeeper.platform.audit import exporting, store
from roomkeeper.platform.database import Write
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import ROOT, Office

AUDIT = f"{ROOT}/audit"


async def record(server: Server, number: int, **entry: str) -> None:
    """An entry of the log."""
    write = Write()
    server.app.audit.record(
        write,
        **{"actor": f"@desk{number % 3}:example.org", "permission": "test", "target": f"t{number % 2}", **entry},  # type: ignore[arg-type]
    )
    await server.app.committer.submit(write)


async def ask(server: Server, query: str = "") -> Any:
    """A page, as the machine's administrator."""
    status, answer = await operator(server, "GET", f"/audit?{query}")
    assert status == 200, answer
    return answer


async def test_filters(server: Server) -> None:
    for number in range(12):
        await record(server, number, reason=f"Reason {number}: 50% of Ärger_x")
    found = (await ask(server, "actor=@desk1:example.org"))["entries"]
    assert [entry["reason"].split(":")[0] for entry in found] == ["Reason 10", "Reason 7", "Reason 4", "Reason 1"]
    both = (await ask(server, "actor=@desk1:example.org&object=t1&permission=test"))["entries"]
    assert [entry["reason"].split(":")[0] for entry in both] == ["Reason 7", "Reason 1"]
    assert len((await ask(server, "text=reason%205:"))["entries"]) == 1
    assert len((await ask(server, "permission=test&text=50%25%20OF"))["entries"]) == 12
    assert (await ask(server, "permission=test&text=5_%25"))["entries"] == []
    assert (await ask(server, "permission=nothing"))["entries"] == []
    ts = found[0]["ts"]
    assert (await ask(server, f"permission=test&since={ts + 10_000}"))["entries"] == []
    assert (await ask(server, f"permission=test&until={found[-1]['ts'] - 10_000}"))["entries"] == []
    assert found[0] in (await ask(server, f"since={ts}&until={ts + 1}"))["entries"]


async def test_looks_are_entries_with_what_was_looked_for(server: Server) -> None:
    await ask(server, "actor=operator&text=why")
    newest = (await ask(server, "permission=audit.read"))["entries"]
    assert newest[1]["object"] == "actor=operator text=why"
    assert newest[0]["object"] == "permission=audit.read"


@pytest.mark.parametrize("extra", ["", "&text=reason"])
async def test_pages_both_ways(server: Server, extra: str) -> None:
    for number in range(10):
        await record(server, number, reason=f"reason {number}")
    query = f"permission=test&limit=4{extra}"
    pages = [await ask(server, query)]
    assert "prev_batch" not in pages[0]
    while "next_batch" in pages[-1]:
        pages.append(await ask(server, f"{query}&from={pages[-1]['next_batch']}"))
    told = [[int(entry["reason"].split()[1]) for entry in page["entries"]] for page in pages]
    assert told == [[9, 8, 7, 6], [5, 4, 3, 2], [1, 0]]
    back = await ask(server, f"{query}&dir=newer&from={pages[2]['prev_batch']}")
    assert back["entries"] == pages[1]["entries"]
    assert back["next_batch"] == pages[1]["next_batch"]
    first = await ask(server, f"{query}&dir=newer&from={back['prev_batch']}")
    assert first["entries"] == pages[0]["entries"]
    assert (await ask(server, f"{query}&from=999999"))["entries"] == []


async def test_a_rare_word_is_looked_for_some_entries_at_a_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOOKED_THROUGH", 3)
    for number in range(8):
        await record(server, number, reason="needle" if number == 0 else "hay")
    page = await ask(server, "permission=test&text=needle")
    looks = 1
    while not page["entries"]:
        page = await ask(server, f"permission=test&text=needle&from={page['next_batch']}")
        looks += 1
    assert looks == 3
    assert page["entries"][0]["reason"] == "needle"
    assert "next_batch" not in page


async def test_indexes_serve_each_filter(server: Server) -> None:
    if server.app.driver.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by what is in the table")
    for condition in ("", "actor = 'a' AND", "permission = 'a' AND", "object = 'a' AND", "ts >= 1 AND"):
        sql = f"SELECT id FROM audit_log WHERE {condition} (ts, id) < (5, 5) ORDER BY ts DESC, id DESC LIMIT 3"
        plan = " ".join(str(row) for row in await server.app.driver.query(f"EXPLAIN QUERY PLAN {sql}"))
        assert "USING" in plan
        assert "INDEX audit_log_" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


async def test_names_of_permissions(server: Server) -> None:
    for name in ("b", "a", "b", "c"):
        await record(server, 0, permission=name)
    status, answer = await operator(server, "GET", "/audit/permissions")
    assert status == 200
    assert [name for name in answer["permissions"] if len(name) == 1] == ["a", "b", "c"]


async def exported(office: Office, query: str) -> tuple[bytes, dict[str, str]]:
    """A whole file, over HTTP as it is sent."""
    parts: list[bytes] = []
    headers: dict[str, str] = {}
    asked: list[bool] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            headers.update({name.decode(): value.decode() for name, value in message["headers"]})
        else:
            parts.append(message["body"])

    async def receive() -> Any:
        if asked:
            await asyncio.Event().wait()
        asked.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": f"{AUDIT}/export".encode(),
        "query_string": query.encode(),
        "headers": [(b"authorization", f"Bearer {office.owner.token}".encode())],
        "client": ("127.0.0.1", 1),
    }
    await office.server.app.http(scope, receive, send)
    return b"".join(parts), headers


async def test_files_have_all_that_the_filters_let_through(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 7)
    server = office.server
    for number in range(30):
        await record(server, number, reason=f'=1+1, "{number}"\nline two')
    await record(server, 1, permission="other")
    body, headers = await exported(office, "permission=test&format=csv")
    assert headers["content-type"].startswith("text/csv")
    assert headers["content-disposition"].endswith('.csv"')
    assert "content-length" not in headers
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert len(rows) == 30
    assert rows[0]["actor"] == "@desk2:example.org"
    assert rows[0]["reason"] == '\'=1+1, "29"\nline two', "no formula"
    assert rows[0]["time"].endswith("Z")
    body, headers = await exported(office, "permission=test&format=jsonl&actor=%40desk1%3Aexample.org")
    lines = [msgspec.json.decode(line) for line in body.splitlines()]
    assert len(lines) == 10
    assert {line["actor"] for line in lines} == {"@desk1:example.org"}
    newest = (await office.owner.get(AUDIT, permission="audit.export"))["entries"]
    assert newest[0]["object"] == "actor=@desk1:example.org permission=test"
    assert newest[0]["actor"] == office.owner.user_id


async def test_who_may_read_it(office: Office) -> None:
    clerk = await office.staff("clerk")
    for path in (AUDIT, f"{AUDIT}/export", f"{AUDIT}/permissions"):
        assert (await clerk.attempt("GET", path))[0] == 403
    await office.give(clerk.user_id, "records_officer")
    assert (await clerk.attempt("GET", AUDIT))[0] == 200


async def test_wrong_questions_are_refused(server: Server) -> None:
    for query in ("dir=up", "since=-1", "actor=%00", "text=" + "x" * 201, "from=x", f"from={2**63}", "limit=0"):
        assert (await operator(server, "GET", f"/audit?{query}"))[0] == 400, query
    assert (await operator(server, "GET", "/audit/export?format=pdf"))[0] == 400
