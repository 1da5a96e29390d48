"""Records of other programs: uploaded in pieces, resumed, committed once, whatever happens; and what is refused."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from roomkeeper.capabilities.records import format as record_format
from roomkeeper.capabilities.records import intake
from roomkeeper.capabilities.records.store.entries import media_kept
from tests.harness import Client, Server
from tests.integration.organisation.office import Office
from tests.integration.records.recorded import RECORDS, check_chain, entries_of

UPLOADS = f"{RECORDS}/uploads"
SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "record-upload.schema.json"
numbers = itertools.count(1)


def packed(*entries: dict[str, Any], **header: Any) -> bytes:
    """What the agent uploads."""
    first = {"format": "org.roomkeeper.record", "program": "whatsapp", "conversation": "49-170-1", **header}
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (first, *entries))


def entry(number: int, **more: Any) -> dict[str, Any]:
    """A message."""
    return {
        "id": f"m{number}",
        "ts": 1_700_000_000_000 + number,
        "sender": "+49 170 1",
        "text": f"你好 {number}",
        **more,
    }


async def piece(
    client: Client, upload_id: str, offset: int, content: bytes, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Send a piece."""
    path = f"{UPLOADS}/{upload_id}?offset={offset}"
    sent = {"authorization": f"Bearer {client.token}", **headers}
    status, _, answer = await client.server.raw("PUT", path, content, sent)
    return status, msgspec.json.decode(answer)


async def begin(client: Client, content: bytes, upload_id: str = "") -> str:
    """Announce an upload; its id."""
    upload_id = upload_id or f"spool-{next(numbers)}"
    body = {"upload_id": upload_id, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    await client.post(UPLOADS, body)
    return upload_id


async def upload(client: Client, content: bytes, upload_id: str = "") -> dict[str, Any]:
    """Upload and commit; what the server says when it is done."""
    upload_id = await begin(client, content, upload_id)
    status, answer = await piece(client, upload_id, 0, content)
    assert status == 200, answer
    while not (answer := await client.post(f"{UPLOADS}/{upload_id}/commit")).get("done"):
        pass
    return answer


async def test_in_pieces_resumed_and_never_twice(office: Office) -> None:
    sales = await office.department("Sales")
    desk = await office.staff("desk", sales)
    content = packed(*(entry(number) for number in range(20)), title="Mr Green", participants=[{"id": "+49 170 1"}])
    upload_id = await begin(desk, content)
    assert (await piece(desk, upload_id, 0, content[:700]))[1]["received"] == 700
    # A gap, and what was sent before.
    for offset in (0, 699, 701, 5000):
        status, answer = await piece(desk, upload_id, offset, content[offset : offset + 10])
        assert (status, answer["offset"]) == (409, 700)
    status, answer = await desk.attempt("POST", f"{UPLOADS}/{upload_id}/commit")
    assert (status, answer["offset"]) == (409, 700)
    await office.server.restart()
    received = (await desk.get(f"{UPLOADS}/{upload_id}"))["received"]
    assert received == 700
    range_header = {"content-range": f"bytes 700-{len(content) - 1}/{len(content)}"}
    assert (await piece(desk, upload_id, 0, content[700:], **range_header))[0] == 200
    done = await desk.post(f"{UPLOADS}/{upload_id}/commit")
    assert (done["done"], done["entries"], done.get("repeated", 0)) == (True, 20, 0)
    # Again, in every way in which an agent may do it that has not heard the answer.
    assert await desk.post(f"{UPLOADS}/{upload_id}/commit") == done
    assert await begin(desk, content, upload_id) == upload_id
    assert (await piece(desk, upload_id, 0, content))[1] == done
    again = await upload(desk, content)
    assert (again["record_id"], again.get("entries", 0), again["repeated"]) == (done["record_id"], 0, 20)
    # It goes on in the same record.
    more = await upload(desk, packed(entry(19), entry(20)))
    assert (more["record_id"], more["entries"], more["repeated"]) == (done["record_id"], 1, 1)
    entries = await entries_of(desk, done["record_id"])
    assert [each["id"] for each in entries] == [f"m{number}" for number in range(21)]
    assert entries[3]["text"] == "你好 3"
    check_chain(office.server, done["record_id"])
    record = (await desk.get(f"{RECORDS}/{done['record_id']}"))["record"]
    assert (record["kind"], record["program"], record["title"]) == ("external", "whatsapp", "Mr Green")
    assert (await desk.get(RECORDS, person="+49 170 1"))["records"][0]["record_id"] == done["record_id"]
    boss = await office.staff("boss")
    await office.give(boss.user_id, "supervisor", sales)
    assert (await boss.get(RECORDS, program="whatsapp"))["records"][0]["record_id"] == done["record_id"]
    hits = (await boss.get(f"{RECORDS}/search", q="你好"))["results"]
    assert len(hits) == 21
    assert not list((office.server.data_dir / "incoming_records").iterdir())


async def test_edits_deletions_and_screenshots(office: Office) -> None:
    desk, other = await office.staff("desk"), await office.staff("other")
    status, _, answer = await office.server.raw(
        "POST", "/_matrix/media/v3/upload", b"a picture", {"authorization": f"Bearer {desk.token}"}
    )
    assert status == 200
    url = msgspec.json.decode(answer)["content_uri"]
    shot = {"url": url, "name": "shot.png", "path": "/home/desk/Pictures/shot.png"}
    content = packed(
        entry(1, text="secret"),
        entry(2, kind="edit", target="m1"),
        entry(3, kind="redaction", target="m1"),
        entry(4, kind="screenshot", attachments=[shot], text=""),
    )
    status, said = await refused(other, content)
    assert (status, said["errcode"]) == (400, "M_INVALID_PARAM")
    done = await upload(desk, content)
    entries = await entries_of(desk, done["record_id"])
    assert [each.get("state", "whole") for each in entries] == [
        "redacted",
        "whole",
        "whole",
        "whole",
    ]
    assert "text" not in entries[0]
    assert entries[3]["attachments"] == [shot]
    media_id = url.rpartition("/")[2]
    assert await media_kept(office.server.app.driver, [media_id]) == {media_id}
    path = f"{RECORDS}/{done['record_id']}/media/{media_id}"
    status, _, picture = await office.server.raw("GET", path, headers={"authorization": f"Bearer {desk.token}"})
    assert (status, picture) == (200, b"a picture")


async def refused(client: Client, content: bytes) -> tuple[int, dict[str, Any]]:
    """What a commit answers that fails."""
    upload_id = await begin(client, content)
    assert (await piece(client, upload_id, 0, content))[0] == 200
    return await client.attempt("POST", f"{UPLOADS}/{upload_id}/commit")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no json\n", "Line 1"),
        (b"", "Line 1"),
        (packed({"id": "x"}), "Line 2"),
        (packed(entry(1), {"id": "", "ts": 1}), "Line 3"),
        (packed(entry(1, ts=2**60)), "Line 2"),
        (packed(entry(1, ts=-1)), "Line 2"),
        (packed(entry(1, sender="a\0b")), "Line 2"),
        (packed(entry(1, kind="dance")), "Line 2"),
        (packed(entry(1, attachments=[{"url": "https://example.org/x"}])), "Line 2"),
        (packed(entry(1), format="other"), "Line 1"),
        (packed(entry(1))[:-10] + b'\\ud800"}\n', "Line 2"),
        (packed(entry(1)) + b"[" * 100_000 + b"\n", "Line 3"),
        (packed(entry(1)) + b'"' + b"x" * (record_format.MAX_LINE + 5) + b'"\n', "Line 3"),
    ],
)
async def test_what_is_no_record(office: Office, content: bytes, words: str) -> None:
    desk = await office.staff("desk")
    status, answer = await refused(desk, content or b"\n")
    assert (status, answer["errcode"]) == (400, "M_BAD_JSON"), answer
    assert words in answer["error"]
    assert (await desk.get(RECORDS))["records"] == []


async def test_bounds(office: Office) -> None:
    desk = await office.staff("desk")
    customer = await office.server.register("customer")
    content = packed(entry(1))
    body = {"upload_id": "a", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert (await customer.attempt("POST", UPLOADS, body))[0] == 403
    assert (await desk.attempt("POST", UPLOADS, {**body, "size": 2**39}))[0] == 400
    assert (await desk.attempt("POST", UPLOADS, {**body, "upload_id": "../x"}))[0] == 400
    await desk.post(UPLOADS, body)
    assert (await desk.attempt("POST", UPLOADS, {**body, "sha256": "0" * 64}))[0] == 400
    assert (await piece(desk, "a", 0, content + b"more"))[0] == 400
    assert (await desk.get(f"{UPLOADS}/a")).get("received", 0) == 0
    assert (await piece(desk, "a", 0, b"x" * (intake.PIECE + 1)))[0] == 413
    assert (await piece(desk, "a", 0, b"x" * len(content)))[0] == 200
    status, answer = await desk.attempt("POST", f"{UPLOADS}/a/commit")
    assert (status, "SHA-256" in answer["error"]) == (400, True)
    assert (await desk.get(f"{UPLOADS}/a")).get("received", 0) == 0
    other = await office.staff("other")
    assert (await other.attempt("GET", f"{UPLOADS}/a"))[0] == 404
    for number in range(60):
        status, _ = await desk.attempt("POST", UPLOADS, {**body, "upload_id": f"b{number}"})
        if status == 429:
            break
    assert (status, number) == (429, 49)


async def test_a_server_that_is_killed_between_two_writes_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that fails half way, and is asked again after a restart."""
    desk = await office.staff("desk")
    content = packed(*(entry(number) for number in range(1000)))
    upload_id = await begin(desk, content)
    await piece(desk, upload_id, 0, content)
    append = intake.Intake._append_entries
    calls = itertools.count(1)

    async def failing(self: intake.Intake, *arguments: Any) -> Any:
        if next(calls) == 3:
            raise OSError(28, "No space left on device")
        return await append(self, *arguments)

    monkeypatch.setattr(intake.Intake, "_append_entries", failing)
    status, answer = await desk.attempt("POST", f"{UPLOADS}/{upload_id}/commit")
    assert status == 503, answer
    await restart(office.server)
    done = await desk.post(f"{UPLOADS}/{upload_id}/commit")
    assert (done["entries"], done.get("repeated", 0)) == (1000, 0)
    check_chain(office.server, done["record_id"])


async def restart(server: Server) -> None:
    """Stop it and start it."""
    await server.restart()


async def test_the_schema_says_what_is_taken(office: Office) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema == json.loads(json.dumps(record_format.schema())), "`make docs` writes it anew"
    validator = jsonschema.Draft202012Validator(schema)
    lines = packed(entry(1, kind="edit", target="m0"), title="x", participants=[{"id": "a", "name": "b"}]).splitlines()
    for line in lines:
        validator.validate(json.loads(line))
    assert not validator.is_valid({"id": "", "ts": 1})
    assert not validator.is_valid({"id": "x", "ts": -1})
