"""Exports: verified by the verifier, opened by others' programs; what is in them, what is not and why; crashes."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomkeeper.capabilities.records import exports
from tests.debian import install
from tests.harness import Client
from tests.integration.organisation.office import Office
from tests.integration.records.exported import download, export, verified
from tests.integration.records.recorded import RECORDS, edit, record_of, redact, send
from tests.integration.records.test_reading import Firm

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def talked(office: Office) -> tuple[Firm, str]:
    """Two sessions with all that there is; the record of the first."""
    firm = await Firm().open(office)
    chair = await firm.first.send(firm.at_sales, "The chair is broken =1+1")
    await edit(firm.first, firm.at_sales, chair, "The green chair is broken")
    await firm.ann.send(firm.at_sales, "我们会尽快处理")
    wrong = await firm.first.send(firm.at_sales, "password swordfish")
    await redact(firm.first, firm.at_sales, wrong)
    status, _, answer = await office.server.raw(
        "POST",
        "/_matrix/media/v3/upload?filename=chair.png",
        PNG,
        {"authorization": f"Bearer {firm.first.token}", "content-type": "image/png"},
    )
    assert status == 200
    uri = msgspec.json.decode(answer)["content_uri"]
    await send(firm.first, firm.at_sales, {"msgtype": "m.image", "body": "chair.png", "url": uri})
    await firm.second.send(firm.at_support, "<script>alert(1)</script> & more")
    return firm, (await record_of(office, firm.at_sales))["record_id"]


def files_in(file: Path) -> dict[str, bytes]:
    """All files in a zip file."""
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def manifest_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest, which says of every file what it is."""
    manifest: dict[str, Any] = json.loads(files["manifest.json"])
    assert {file["name"] for file in manifest["files"]} == set(files) - {"manifest.json", "manifest.sig"}
    return manifest


async def test_json_lines_verify_until_somebody_changes_them(office: Office, tmp_path: Path) -> None:
    firm, _ = await talked(office)
    made = await export(firm.officer, reason="complaint 17")
    file = await download(firm.officer, made, tmp_path)
    key = (await firm.officer.get(f"{RECORDS}/checkpoints"))["public_key"]
    status, said = verified(file, "--key", key)
    assert status == 0, said
    assert "2 records" in said
    assert "1 withheld" in said
    files = files_in(file)
    manifest = manifest_of(files)
    assert manifest["counts"]["records"] == 2
    assert manifest["counts"]["withheld"] == 1
    assert manifest["counts"]["entries"] == files["entries.jsonl"].count(b"\n")
    assert [each["count"] for each in manifest["left_out"] if "redacted" in each["why"]] == [1]
    assert b"swordfish" not in b"".join(files.values())
    assert files[next(name for name in files if name.startswith("media/"))] == PNG
    # Somebody changes one word, and everything in the zip file that they can.
    lines = files["entries.jsonl"].split(b"\n")
    at = next(number for number, line in enumerate(lines) if b"green" in line)
    lines[at] = lines[at].replace(b"green", b"brown")
    folder = tmp_path / "changed"
    shutil.unpack_archive(file, folder)
    (folder / "entries.jsonl").write_bytes(b"\n".join(lines))
    status, said = verified(folder)
    assert status == 1
    entry = json.loads(lines[at])
    assert f"record {entry['record']}, entry {entry['seq']}" in said
    assert "changed" in said
    (folder / "entries.jsonl").write_bytes(files["entries.jsonl"])
    assert verified(folder)[0] == 0
    (folder / "manifest.json").write_bytes(files["manifest.json"].replace(b"complaint 17", b"complaint 18"))
    status, said = verified(folder)
    assert (status, "manifest.json was changed" in said) == (1, True)
    assert verified(tmp_path / "none.zip")[0] == 2
    assert verified(file, "--key", "A" * 43)[0] == 1


async def test_with_what_was_redacted_for_who_may_see_it(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    made = await export(firm.officer, record_ids=[record_id], redacted=True, media=False)
    file = await download(firm.officer, made, tmp_path)
    files = files_in(file)
    assert b"swordfish" in files["entries.jsonl"]
    assert not [name for name in files if name.startswith("media/")]
    assert verified(file)[0] == 0
    assert made["counts"]["files not asked for"] == 1


async def test_a_span_of_a_record(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    made = await export(firm.officer, record_ids=[record_id], first_seq=5, last_seq=9)
    file = await download(firm.officer, made, tmp_path)
    entries = [json.loads(line) for line in files_in(file)["entries.jsonl"].splitlines()]
    assert [entry["seq"] for entry in entries] == [5, 6, 7, 8, 9]
    assert verified(file)[0] == 0


async def test_csv(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    made = await export(firm.officer, format="csv", record_ids=[record_id])
    text = files_in(await download(firm.officer, made, tmp_path))["entries.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == made["counts"]["entries"]
    texts = [row["text"] for row in rows]
    assert "The chair is broken =1+1" in texts
    assert "我们会尽快处理" in texts
    assert all(not row["from"].startswith("@") for row in rows)
    assert "swordfish" not in text


class Words(HTMLParser):
    """The text of a page, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


async def test_html(office: Office, tmp_path: Path) -> None:
    firm, _ = await talked(office)
    files = files_in(await download(firm.officer, await export(firm.officer, format="html"), tmp_path))
    index = Words(files["index.html"].decode())
    pages = [dict(attributes)["href"] for tag, attributes in index.elements if tag == "a"]
    assert len(pages) == 2
    for page in map(str, pages):
        parsed = Words(files[page].decode())
        assert "script" not in {tag for tag, _ in parsed.elements}
        for tag, attributes in parsed.elements:
            if tag == "img":
                assert files[str(attributes["src"]).removeprefix("../")] == PNG
    said = " ".join(Words(b"".join(files[str(page)] for page in pages).decode()).words)
    assert "<script>alert(1)</script> & more" in said
    assert "我们会尽快处理" in said


def text_of(file: Path) -> str:
    """The text of a PDF, as poppler has it."""
    if shutil.which("pdftotext") is None:
        install("poppler-utils")
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True)
    return done.stdout


async def test_pdf(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    files = files_in(await download(firm.officer, await export(firm.officer, format="pdf"), tmp_path))
    file = tmp_path / "record.pdf"
    file.write_bytes(files[f"records/{record_id}-00001.pdf"])
    text = text_of(file)
    assert "The green chair is broken" in text
    assert "我们会尽快处理" in text
    assert "swordfish" not in text


async def test_eml(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    files = files_in(await download(firm.officer, await export(firm.officer, format="eml"), tmp_path))
    message = email.message_from_bytes(files[f"records/{record_id}-00001.eml"], policy=email.policy.default)
    assert not message.defects
    assert message["X-Roomkeeper-Record"] == record_id
    assert message["Date"].datetime.year > 2000
    body = message.get_body(("plain",))
    assert body is not None
    assert "我们会尽快处理" in body.get_content()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "chair.png"
    assert attached.get_content() == PNG


async def test_who_may_export_what(office: Office, tmp_path: Path) -> None:
    firm, record_id = await talked(office)
    for client in (firm.ann, firm.boss, firm.first):
        assert (await client.attempt("POST", f"{RECORDS}/exports", {}))[0] == 403
    local = await office.staff("local")
    await office.give(local.user_id, "records_officer", firm.support)
    made = await export(local, redacted=True)
    files = files_in(await download(local, made, tmp_path))
    assert made["counts"]["records"] == 1
    assert b"green" not in files["entries.jsonl"]
    assert (await local.attempt("POST", f"{RECORDS}/exports", {"record_ids": [record_id]}))[0] == 404
    other = await export(firm.officer)
    assert (await local.attempt("GET", f"{RECORDS}/exports/{other['export_id']}"))[0] == 404
    assert (await local.attempt("GET", f"{RECORDS}/exports/{other['export_id']}/download"))[0] == 404
    assert len((await firm.officer.get(f"{RECORDS}/exports"))["exports"]) == 2
    await firm.officer.delete(f"{RECORDS}/exports/{other['export_id']}")
    assert (await firm.officer.attempt("GET", f"{RECORDS}/exports/{other['export_id']}"))[0] == 404


@pytest.mark.parametrize("form", ["jsonl", "csv", "html"])
async def test_a_chunk_that_is_done_again_is_there_once(
    office: Office, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every chunk is done twice, as after a crash between its files and its write."""
    from roomkeeper.capabilities.records.formats import pages, tables

    for kind in (tables.JsonLines, tables.Table, pages.Pages):
        monkeypatch.setattr(kind, "entries", 3)
    firm, record_id = await talked(office)
    step = exports.Exports.step

    async def twice(self: exports.Exports, work: exports.Work, cursor: Any) -> Any:
        await step(self, work, cursor)
        return await step(self, work, cursor)

    server: Client = firm.officer
    jobs = _jobs(office)
    before = jobs.kinds[exports.EXPORT]
    service = before.step.__self__
    monkeypatch.setitem(
        jobs.kinds._contributions,
        exports.EXPORT,
        msgspec.structs.replace(before, step=lambda work, cursor: twice(service, work, cursor)),
    )
    made = await export(server, format=form)
    file = await download(server, made, tmp_path)
    files = files_in(file)
    if form == "jsonl":
        assert verified(file)[0] == 0
        lines = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
        assert [line["seq"] for line in lines if line["record"] == record_id] == list(
            range(1, sum(line["record"] == record_id for line in lines) + 1)
        )
    elif form == "csv":
        assert files["entries.csv"].count(b"\r\n") == made["counts"]["entries"] + 1
    else:
        assert len([name for name in files if name.startswith("records/")]) > 2
        assert files["index.html"].count(b"<li>") == 2


def _jobs(office: Office) -> Any:
    """The running server's jobs."""
    route, _ = office.server.app.routes.find("POST", b"/_roomkeeper/v1/records/exports")
    return getattr(route.endpoint, "__self__")._jobs  # noqa: B009 - mypy knows of no bound method
