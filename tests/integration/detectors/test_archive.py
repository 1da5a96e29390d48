"""Archives: what is in them, and what they do to who unpacks them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile

import pytest

from roomkeeper.capabilities.screening.detectors import Refused
from tests import samples
from tests.integration.detectors import documents, pictures
from tests.integration.detectors.documents import nested, tarred, zipped
from tests.integration.detectors.test_known import add, add_file
from tests.integration.detectors.world import Asker, detector, media_file

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEMBERS = {"a/letter.txt": b"a few words", "b.bin": bytes(70_000)}


def every_kind(members: dict[str, bytes]) -> dict[str, bytes]:
    tar = tarred(members)
    return {
        "zip": zipped(members),
        "tar": tar,
        "tar.gz": gzip.compress(tar),
        "tar.bz2": bz2.compress(tar),
        "tar.xz": lzma.compress(tar),
        "two gzip in a row": gzip.compress(tar[:5000]) + gzip.compress(tar[5000:]),
        "zip in tar.gz": gzip.compress(tarred({"inner.zip": zipped(members)})),
    }


async def test_names_and_words(shared: Asker) -> None:
    for kind, data in every_kind(MEMBERS).items():
        scores = await shared.look("archive", data)
        assert not any(scores.labels.values()), kind
        texts = {text.source: text.text for text in scores.texts}
        assert "a/letter.txt" in texts["names in the archive"], kind
        assert "a few words" in texts["documents in the archive"], kind
    alone = await shared.look("archive", gzip.compress(b"only these words"))
    assert any("only these words" in text.text for text in alone.texts)


async def test_documents_in_archives_are_read(shared: Asker) -> None:
    members = {"a.docx": documents.docx("word text"), "b.pdf": documents.pdf("pdf text"), "c.eml": documents.MAIL}
    texts = (await shared.look("archive", zipped(members))).texts
    words = "\n".join(text.text for text in texts)
    for wanted in ("word text", "pdf text", "hello mail", "attached words"):
        assert wanted in words


async def test_known_files_in_archives(shared: Asker) -> None:
    await add(shared.server, sha256=hashlib.sha256(MEMBERS["b.bin"]).hexdigest(), label="unwanted")
    await add_file(shared.server, samples.encoded(pictures.scene(1), "PNG"))
    for kind, data in every_kind(MEMBERS).items():
        scores = await shared.look("archive", data)
        assert scores.labels["unwanted"] == 1, kind
        assert "b.bin: Known file 1" in scores.findings[0].text
    similar = pictures.SIMILAR["strong compression"](pictures.scene(1))
    scores = await shared.look("archive", nested(2, zipped({"holiday.jpg": similar})))
    assert scores.labels["prohibited"] >= 0.75
    assert "holiday.jpg" in scores.findings[0].text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gzip bomb", "bomb"),
        ("zip bomb", "bomb"),
        ("overlapping zip", "bomb"),
        ("many archives", "too_deep"),
        ("many members", "too_many"),
        ("zip with a huge directory", "too_many"),
        ("encrypted zip", "encrypted"),
        ("7z", "unread"),
        ("rar", "unread"),
        ("names", "hostile_name"),
        ("names", "program"),
        ("xz with an endless dictionary", "damaged"),
        ("tar with a huge member", "damaged"),
    ],
)
async def test_hostile_ones(shared: Asker, name: str, label: str) -> None:
    scores = await shared.look("archive", documents.hostile()[name])
    assert scores.labels[label] > 0, scores.findings
    assert any(finding.label == label for finding in scores.findings)


async def test_links_that_lead_out(shared: Asker) -> None:
    assert await shared.seen("archive", tarred({"a": b"b"}, link="../../etc/passwd")) == {"hostile_name"}
    assert await shared.seen("archive", tarred({"a": b"b"}, link="a")) == set()


async def test_programs_by_content_and_by_name(shared: Asker) -> None:
    assert await shared.seen("archive", zipped({"picture": b"MZ" + bytes(100)})) == {"program"}
    assert await shared.seen("archive", zipped({"invoice.pdf.js": b"alert(1)"})) == {"program"}
    assert await shared.seen("archive", zipped({"run.bat ": b"echo"})) == {"program"}
    assert await shared.seen("archive", zipped({"exe.txt": b"echo"})) == set()


async def test_a_damaged_one_shows_what_it_has(shared: Asker) -> None:
    data = bytearray(zipped({"first.txt": b"the first words " * 50, "second.txt": b"the second words " * 50}))
    place = data.find(b"second.txt") + 12
    data[place : place + 8] = bytes(8)
    scores = await shared.look("archive", bytes(data))
    assert scores.labels["damaged"] > 0
    assert any("the first words" in text.text for text in scores.texts)


async def test_stored_members(shared: Asker) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("letter.txt", b"stored words")
        archive.mkdir("folder")
    scores = await shared.look("archive", data.getvalue())
    assert not any(scores.labels.values())
    assert any("stored words" in text.text for text in scores.texts)


async def test_what_is_none(shared: Asker) -> None:
    archive = detector(shared.server, "archive")
    assert not archive.concerns(media_file(shared.folder, samples.png()))
    claimed = media_file(shared.folder, b"no archive", claimed="application/zip")
    assert archive.concerns(claimed)
    with pytest.raises(Refused):
        await archive.look(claimed)
