"""Checkpoints leave the machine: a folder, HTTP, a bucket, a timestamping service; and catch who rewrites records."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from roomkeeper.capabilities.records import chain, targets
from roomkeeper.platform.database import Write
from roomkeeper_verify import timestamps
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import Office
from tests.integration.records.exported import download, export, verified
from tests.integration.records.recorded import RECORDS, record_of, stored_chain
from tests.integration.records.test_reading import Firm

Answer = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A web server that answers everything so; its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def sign(office: Office) -> int:
    """Make a checkpoint and deliver it; its number."""
    return int((await office.owner.post(f"{RECORDS}/checkpoints"))["number"])


async def test_into_a_folder_where_they_catch_who_rewrites(make_office: MakeOffice, tmp_path: Path) -> None:
    """Somebody with the database and the key changes an entry and makes everything anew that attests it."""
    folder = tmp_path / "elsewhere"
    office = await make_office(ROOMKEEPER_RECORDS_CHECKPOINT_FOLDER=str(folder))
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "I do not agree")
    record_id = (await record_of(office, firm.at_sales))["record_id"]
    assert await sign(office) == 1
    assert await sign(office) == 1, "nothing was recorded since"
    await firm.first.send(firm.at_sales, "Goodbye")
    await record_of(office, firm.at_sales)
    assert await sign(office) == 2
    documents = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    first, second = (document["checkpoint"] for document in documents)
    assert second["prev"] == hashlib.sha256(chain.Checkpoint(**first).signed).hexdigest()
    assert first["records"] == 2
    assert second["records"] == 1
    file = await download(firm.officer, await export(firm.officer), tmp_path)
    status, said = verified(file, "--checkpoints", str(folder))
    assert (status, "4 checkpoints" in said) == (0, True), said
    seq = await rewritten(office, record_id)
    file = await download(firm.officer, await export(firm.officer), tmp_path)
    assert verified(file)[0] == 0, "by what the server itself says, everything is right"
    status, said = verified(file, "--checkpoints", str(folder))
    assert status == 1
    assert f"record {record_id}, entry 1" in said
    assert seq > 1
    assert "were rewritten" in said


async def rewritten(office: Office, record_id: str) -> int:
    """Change what was said, and everything that follows from it; the seq of the entry."""
    rows = stored_chain(office.server, record_id)
    at = next(row for row in rows if b"I do not agree" in bytes(row[3]))
    prev = bytes(rows[at[0] - 2][6])
    changes = []
    for row in rows[at[0] - 1 :]:
        content = bytes(row[3]).replace(b"I do not agree", b"I do agree")
        digest = chain.digest_of(bytes(row[4]), content)
        prev = chain.Link(record_id, row[0], prev, row[1], row[2], digest).hash
        changes.append((row[0], content, digest, prev))
    write = Write()
    for seq, content, digest, found in changes:
        write.add(
            "UPDATE record_entries SET content = $1, digest = $2, hash = $3 WHERE record_id = $4 AND seq = $5",
            content,
            digest,
            found,
            record_id,
            seq,
            rows=1,
        )
    write.add("UPDATE records SET head = $1 WHERE record_id = $2", prev, record_id, rows=1)
    write.add("DELETE FROM record_checkpoints")
    write.add("DELETE FROM record_checkpoint_heads")
    await office.server.app.committer.submit(write)
    return int(at[0])


async def test_by_http_also_what_was_refused_before(make_office: MakeOffice) -> None:
    taken: dict[str, bytes] = {}
    state = {"status": 503}

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        if state["status"] == 200:
            taken[request.path] = await request.read()
        return web.Response(status=state["status"])

    async with serving(answer) as url:
        office = await make_office(
            ROOMKEEPER_RECORDS_CHECKPOINT_URL=f"{url}/kept", ROOMKEEPER_RECORDS_CHECKPOINT_URL_TOKEN="secret"
        )
        firm = await Firm().open(office)
        for text in ("one", "two"):
            await firm.first.send(firm.at_sales, text)
            await record_of(office, firm.at_sales)
            await sign(office)
        assert not taken
        state["status"] = 200
        await sign(office)
    assert sorted(taken) == ["/kept/0000000001.json", "/kept/0000000002.json"]
    assert json.loads(taken["/kept/0000000001.json"])["checkpoint"]["number"] == 1


def test_the_signature_of_s3_is_that_of_its_documentation() -> None:
    """AWS Signature Version 4, "Example: PUT Object"."""
    content = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
    signed = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": content,
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    keys = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    url = "https://examplebucket.s3.amazonaws.com/test%24file.text"
    made = targets.s3_authorization("PUT", url, signed, content, "us-east-1", *keys)
    assert made.endswith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


async def test_into_a_bucket(make_office: MakeOffice) -> None:
    taken: dict[str, bytes] = {}

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        content = hashlib.sha256(body).hexdigest()
        signed = {"host": request.host, "x-amz-content-sha256": content, "x-amz-date": request.headers["x-amz-date"]}
        expected = targets.s3_authorization("PUT", str(request.url), signed, content, "eu", "id", "secret")
        assert request.headers["Authorization"] == expected
        taken[request.path] = body
        return web.Response()

    async with serving(answer) as url:
        office = await make_office(
            ROOMKEEPER_RECORDS_CHECKPOINT_S3_URL=f"{url}/bucket/records",
            ROOMKEEPER_RECORDS_CHECKPOINT_S3_REGION="eu",
            ROOMKEEPER_RECORDS_CHECKPOINT_S3_ACCESS_KEY="id",
            ROOMKEEPER_RECORDS_CHECKPOINT_S3_SECRET_KEY="secret",
        )
        firm = await Firm().open(office)
        await firm.first.send(firm.at_sales, "hello")
        await record_of(office, firm.at_sales)
        await sign(office)
    assert list(taken) == ["/bucket/records/0000000001.json"]


class Authority:
    """A timestamping service: openssl's, with a certificate of its own."""

    CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
"""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.root = folder / "root.pem"
        (folder / "openssl.cnf").write_text(self.CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem",
                  "-subj", "/CN=Root", "-days", "30")  # fmt: skip
        self._run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA")
        self._run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
                  "-out", "tsa.pem", "-days", "30", "-extfile", "openssl.cnf", "-extensions", "extensions")  # fmt: skip

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    async def answer(self, request: web.Request) -> web.Response:
        """Attest what is asked."""
        assert request.headers["Content-Type"] == "application/timestamp-query"
        (self.folder / "query").write_bytes(await request.read())
        arguments = ("ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query", "-out", "answer")
        await asyncio.to_thread(self._run, *arguments)
        answer = (self.folder / "answer").read_bytes()
        return web.Response(body=answer, content_type="application/timestamp-reply")


async def test_a_timestamping_service_attests_them(make_office: MakeOffice, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa")
    other = Authority(tmp_path / "other")
    async with serving(authority.answer) as url:
        office = await make_office(ROOMKEEPER_RECORDS_TIMESTAMP_URL=url)
        firm = await Firm().open(office)
        await firm.first.send(firm.at_sales, "hello")
        await record_of(office, firm.at_sales)
        await sign(office)
        file = await download(firm.officer, await export(firm.officer), tmp_path)
    status, said = verified(file)
    assert status == 0
    assert "1 with a timestamp" in said
    status, said = verified(file, "--tsa", str(authority.root))
    assert status == 0, said
    status, said = verified(file, "--tsa", str(other.root))
    assert (status, "not the service's" in said) == (1, True)


def test_what_is_no_timestamp() -> None:
    for answer in (b"", b"\x30", b"\x30\x03\x02\x01\x00", b"\x30\x82\xff\xff\x00", b"\x30\x05\x30\x03\x02\x01\x02"):
        with pytest.raises(timestamps.NotATimestamp):
            timestamps.read(answer)
        assert not targets.is_granted(answer)


async def test_a_folder_that_has_another_one_is_told_of(make_office: MakeOffice, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "0000000001.json").write_text("{}")
    office = await make_office(ROOMKEEPER_RECORDS_CHECKPOINT_FOLDER=str(folder))
    firm = await Firm().open(office)
    await firm.first.send(firm.at_sales, "hello")
    await record_of(office, firm.at_sales)
    await sign(office)
    assert (folder / "0000000001.json").read_text() == "{}"
    rows = await office.server.app.driver.query("SELECT delivered, error FROM record_targets")
    assert rows[0][0] == 0
    assert "is another one" in rows[0][1]
