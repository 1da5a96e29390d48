"""Documents: their words, and what in them means harm."""

from __future__ import annotations

import pytest

from roomkeeper.capabilities.screening.detectors import Refused
from tests import samples
from tests.integration.detectors import documents
from tests.integration.detectors.documents import docx, odt, pdf, pptx, relationship, xlsx
from tests.integration.detectors.world import Asker, detector, media_file

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def words(shared: Asker, data: bytes, name: str = "file.docx") -> str:
    return "\n".join(text.text for text in (await shared.look("documents", data, name)).texts)


async def test_words(shared: Asker) -> None:
    assert await words(shared, docx("Hello Word")) == "Hello Word"
    assert await words(shared, xlsx("shared"), "a.xlsx") == "shared\ncell"
    assert await words(shared, pptx("on a slide"), "a.pptx") == "on a slide"
    assert await words(shared, odt("in LibreOffice"), "a.odt") == "in LibreOffice"
    assert await words(shared, pdf("in a PDF file")) == "in a PDF file"
    assert await words(shared, pdf("not compressed", compress=False)) == "not compressed"
    rtf = await words(shared, documents.RTF)
    assert "Hello RTF" in rtf
    assert "café €" in rtf
    assert "Arial" not in rtf
    assert "generator" not in rtf
    html = await words(shared, documents.HTML)
    assert "Hello page" in html
    assert "a picture" in html
    assert "var x" not in html


async def test_words_of_parts(shared: Asker) -> None:
    w = documents.WORD
    part = f'<w:x xmlns:w="{w}"><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:x>'
    data = docx(
        "main", word__header1=b"", **{"word__footnotes.xml": part % "a note", "word__comments.xml": part % "remark"}
    )
    assert (await words(shared, data)).splitlines() == ["main", "remark", "a note"]
    split = docx('sec</w:t></w:r><w:r><w:t xml:space="preserve">ret</w:t></w:r></w:p><w:p><w:r><w:t>next')
    assert await words(shared, split) == "secret\nnext"


async def test_mail(shared: Asker) -> None:
    scores = await shared.look("documents", documents.MAIL, "a.eml")
    text = scores.texts[0].text
    for wanted in ("Grüße", "hello mail", "attached words", "page.html", "desk@example.org"):
        assert wanted in text
    assert scores.labels["embedded"] == 1


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("plain words, nothing else", "ascii"),
        ("Grüße aus Köln, schöne Straße über alles", "utf-8"),
        ("with a mark ünd", "utf-16"),
        ("Grüße aus Köln, schöne Straße über alles, Öl und Ähren", "cp1252"),
        ("这是一个中文文件。" * 30, "gb18030"),
        ("これは日本語の文章です。" * 30, "shift_jis"),
    ],
)
async def test_character_sets(shared: Asker, text: str, charset: str) -> None:
    found = await words(shared, text.encode(charset), "a.txt")
    assert found == text


async def test_svg_is_a_picture_and_a_text(shared: Asker) -> None:
    data = b'<svg xmlns="http://www.w3.org/2000/svg"><text>drawn words</text><script>1</script></svg>'
    scores = await shared.look("documents", data)
    assert "drawn words" in scores.texts[0].text
    assert scores.labels["script"] > 0


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (docx("x", **{"word__vbaProject.bin": b"macro"}), "macro"),
        (odt("x", **{"Basic__Standard__Module1.xml": b"<x/>"}), "macro"),
        (docx("x", **{"word__embeddings__oleObject1.bin": b"x"}), "embedded"),
        (
            docx("x", **{"word___rels__settings.xml.rels": relationship("attachedTemplate", "http://x/a.dotm")}),
            "remote",
        ),
        (odt("x", **{"META-INF__manifest.xml": "<manifest><encryption-data/></manifest>"}), "encrypted"),
        (documents.hostile()["docx bomb"], "bomb"),
        (documents.hostile()["docx of a billion laughs"], "damaged"),
        (pdf("x", "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), "script"),
        (pdf("x", "/Names << /J#61vaScript 1 0 R >>"), "script"),
        (pdf("x", "/Names << /EmbeddedFiles << /Names [] >> >>"), "embedded"),
        (documents.RTF[:-1] + rb"{\object\objemb{\*\objdata 0105}}}", "embedded"),
        (documents.hostile()["ole"] + "_VBA_PROJECT".encode("utf-16-le"), "macro"),
        (documents.hostile()["ole"] + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"<html><iframe src='https://example.org/'></iframe>" + b"<p>x</p>" * 100_000, "cut"),
    ],
)
async def test_what_means_harm(shared: Asker, data: bytes, label: str) -> None:
    assert label in await shared.seen("documents", data, "file.docx" if data.startswith(b"PK") else None)


async def test_harmless_ones(shared: Asker) -> None:
    for name in ("docx", "xlsx", "pptx", "odt", "pdf", "rtf"):
        assert await shared.seen("documents", documents.good()[name], f"a.{name}") == set(), name


async def test_encrypted_pdf(shared: Asker) -> None:
    import io

    from pypdf import PdfReader, PdfWriter

    for password, expected in (("secret", {"encrypted"}), ("", set())):
        writer = PdfWriter(PdfReader(io.BytesIO(pdf("hidden words"))))
        writer.encrypt(user_password=password, owner_password="other", algorithm="RC4-128")
        data = io.BytesIO()
        writer.write(data)
        scores = await shared.look("documents", data.getvalue())
        assert {label for label, score in scores.labels.items() if score} == expected
        assert ("hidden words" in "".join(text.text for text in scores.texts)) is not bool(expected)


async def test_what_it_leaves_to_others(shared: Asker) -> None:
    detectors = detector(shared.server, "documents")
    for data in (samples.png(), documents.wave(1), documents.good()["zip"], documents.good()["tar.gz"]):
        assert not detectors.concerns(media_file(shared.folder, data, "file"))
    claimed = media_file(shared.folder, docx("x"), claimed=WORD)
    assert detectors.concerns(claimed)
    for name in ("ole", "pdf of brackets"):
        with pytest.raises(Refused):
            await shared.look("documents", documents.hostile()[name])
