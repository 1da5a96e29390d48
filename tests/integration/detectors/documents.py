"""Documents, archives and sounds for tests: good ones, and hostile ones, all made here."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import wave as waves
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache

import numpy as np

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A ZIP file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def tarred(members: Mapping[str, bytes], **links: str) -> bytes:
    """A tar file; `links`: symbolic links."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in links.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    return data.getvalue()


def encrypted_zip(name: str = "secret.txt") -> bytes:
    """A ZIP file whose member says that it is encrypted."""
    data = bytearray(zipped({name: b"secret" * 10}))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def overlapping_zip(count: int = 500) -> bytes:
    """Entries of a ZIP file that all point to the same compressed megabyte."""
    one = zipped({"a": bytes(1_000_000)})
    start = one.find(b"PK\x01\x02")
    end = one.find(b"PK\x05\x06")
    entry = one[start:end]
    tail = bytearray(one[end:])
    tail[8:16] = struct.pack("<HHI", count, count, len(entry) * count)
    return one[:start] + entry * count + bytes(tail)


def nested(depth: int, inside: bytes = b"deep") -> bytes:
    """ZIP files in ZIP files."""
    for level in range(depth):
        inside = zipped({f"{level}.zip" if level else "text.txt": inside})
    return inside


def docx(text: str, **parts: bytes | str) -> bytes:
    """A Word document of one paragraph; further parts have their slashes written as ``__``."""
    body = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>'
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES,
        "word/document.xml": f"{body}</w:body></w:document>",
    }
    return zipped({**members, **{name.replace("__", "/"): content for name, content in parts.items()}})


def relationship(kind: str, target: str) -> str:
    """A part that names something elsewhere."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'<Relationships xmlns="{RELATIONSHIPS}">'
        f'<Relationship Id="1" Type="{office}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )


def xlsx(text: str) -> bytes:
    """A workbook with one shared string and one in a cell."""
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}"><si><t>{text}</t></si></sst>',
            "xl/worksheets/sheet1.xml": f'<x xmlns="{SHEET}"><c t="inlineStr"><is><t>cell</t></is></c></x>',
        }
    )


def pptx(text: str) -> bytes:
    """A slide."""
    slide = f'<p xmlns:a="{DRAWING}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p>'
    return zipped({"[Content_Types].xml": TYPES, "ppt/slides/slide1.xml": slide})


def odt(text: str, **parts: bytes | str) -> bytes:
    """A document of LibreOffice."""
    content = f'<office xmlns:text="urn:t"><text:p>{text}</text:p></office>'
    members: dict[str, bytes | str] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content,
        "META-INF/manifest.xml": "<manifest/>",
    }
    return zipped({**members, **{name.replace("__", "/"): content for name, content in parts.items()}})


def pdf(text: str, extra: str = "", *, compress: bool = True) -> bytes:
    """A PDF file of one page; `extra` stands in its catalogue."""
    stream = f"BT /F1 24 Tf 50 700 Td ({text}) Tj ET".encode("latin-1")
    stream = zlib.compress(stream) if compress else stream
    flate = "/Filter /FlateDecode " if compress else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extra} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>> >>",
        f"<< {flate}/Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + trailer.encode()


MAIL = (
    b"From: Desk <desk@example.org>\r\nTo: customer@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8gbWFpbA==\r\n--B\r\n"
    b'Content-Type: text/html\r\nContent-Disposition: attachment; filename="page.html"\r\n\r\n'
    b"<html><body><p>attached words</p></body></html>\r\n--B--\r\n"
)
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Hello \b RTF\b0\par caf\'e9 \u8364? {\*\generator x}end}"
HTML = b"<!DOCTYPE html><html><body><p>Hello <b>page</b></p><img alt='a picture'><script>var x</script></body></html>"


def notes(seed: int, seconds: float, rate: int = 16_000) -> np.ndarray:
    """A melody of chords, different for each seed: samples from -1 to 1."""
    source = random.Random(seed)
    pieces = []
    for _ in range(int(seconds * 4)):
        time = np.arange(rate // 4) / rate
        pitches = [220 * 2 ** (source.randrange(30) / 12) for _ in range(3)]
        pieces.append(sum(np.sin(2 * np.pi * pitch * time) for pitch in pitches) / 3)
    return np.concatenate(pieces)


def as_wave(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """A WAVE file."""
    data = io.BytesIO()
    with waves.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())
    return data.getvalue()


def wave(seconds: float, seed: int = 1) -> bytes:
    """A WAVE file of a melody."""
    return as_wave(notes(seed, seconds))


@cache
def good() -> dict[str, bytes]:
    """What must be read, whatever becomes of its cuts."""
    inner = tarred({"a/b.txt": b"text in a tar file", "c.bin": bytes(3000)})
    return {
        "zip": zipped({"a.txt": b"some text", "b/c.txt": b"more text"}),
        "tar": inner,
        "tar.gz": gzip.compress(inner),
        "tar.bz2": bz2.compress(inner),
        "tar.xz": lzma.compress(inner),
        "gz": gzip.compress(b"only text " * 50),
        "docx": docx("hello"),
        "xlsx": xlsx("shared"),
        "pptx": pptx("slide"),
        "odt": odt("open"),
        "pdf": pdf("Hello PDF"),
        "mail": MAIL,
        "rtf": RTF,
        "html": HTML,
        "wave": wave(3),
    }


@cache
def hostile() -> dict[str, bytes]:
    """An attack on who unpacks or reads them."""
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">' + laughs + b"]><x>&l9;</x>"
    deep = b"<a>" * 200_000
    pax = tarfile.TarInfo("a")
    pax.pax_headers = {"comment": "x" * 3_000_000}
    tar = bytearray(tarred({"a": b"x" * 600}))
    tar[124:136] = b"77777777777\0"
    sparse = bytearray(tarred({"s": b""}))
    sparse[156:157] = b"S"
    return {
        "gzip bomb": gzip.compress(bytes(60_000_000)) * 10,
        "bzip2 bomb": bz2.compress(bytes(200_000_000)),
        "xz bomb": lzma.compress(bytes(200_000_000), preset=0),
        "xz with an endless dictionary": b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01(\x00\x00\x00" + bytes(100),
        "zip bomb": zipped({f"{n}": bytes(30_000_000) for n in range(30)}),
        "overlapping zip": overlapping_zip(),
        "many archives": nested(30),
        "many members": zipped({f"{n}.txt": b"" for n in range(6000)}),
        "zip with a huge directory": zipped({f"{n:060}": b"" for n in range(70_000)}),
        "encrypted zip": encrypted_zip(),
        "names": zipped({"../../etc/passwd": b"x", "C:\\a.exe": b"MZ", "photo\u202egpj.exe": b"MZ", "a\x01b": b"y"}),
        "tar with a huge member": bytes(tar),
        "tar with a sparse member": bytes(sparse),
        "tar with a huge header": pax.tobuf(format=tarfile.PAX_FORMAT),
        "docx of a billion laughs": docx("x", word__header1=b"", **{"word__footnotes.xml": bomb}),
        "docx of deep xml": docx("x", **{"word__comments.xml": deep}),
        "docx bomb": docx("x", **{"word__comments.xml": b"<a>" + bytes(1) * 150_000_000}),
        "docx that is a folder": zipped({"[Content_Types].xml": b"", "word/": b"", "word/document.xml": b"\xff\xfe<"}),
        "rtf of groups": b"{\\rtf1" + b"{" * 500_000,
        "rtf of backslashes": b"{\\rtf1" + b"\\" * 500_001,
        "rtf with lying unicode": rb"{\rtf1\uc9999999999\u-99999\u99999999999 \bin99999999999 x}",
        "html of tags": b"<html>" + b"<div " * 300_000,
        "mail of parts": b"From: a\r\nTo: b\r\nSubject: c\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
        + b"--B\r\n\r\nx\r\n" * 20_000,
        "mail in mail": _mail_in_mail(60),
        "mail of header": b"From: a\r\nTo: b\r\nSubject: " + b"=?utf-8?q?=41?= " * 20_000 + b"\r\n\r\n",
        "pdf with a loop": pdf("x").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        "pdf with a page bomb": pdf("x" * 10).replace(b"/Count 1", b"/Count 999999999"),
        "pdf stream bomb": _pdf_bomb(),
        "pdf of brackets": b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000,
        "utf-16 without a mark": "hello".encode("utf-16-le"),
        "latin text": "Grüße aus Köln".encode("latin-1"),
        "chinese text": ("这是一个中文文件。" * 20).encode("gb18030"),
        "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(50),
        "rar": b"Rar!\x1a\x07\x01\x00" + bytes(50),
        "wave of an impossible rate": wave(1)[:24] + b"\xff\xff\xff\xff" + wave(1)[28:],
        "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    }


def _mail_in_mail(depth: int) -> bytes:
    inner = b"From: a\r\nTo: b\r\nSubject: c\r\n\r\nend\r\n"
    for _ in range(depth):
        inner = b"From: a\r\nTo: b\r\nSubject: c\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    return inner


def _pdf_bomb() -> bytes:
    stream = zlib.compress(b"BT (x) Tj ET " * 8_000_000, 9)
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R]"
    head += b" /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>\nendobj\n4 0 obj\n"
    head += b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(stream)
    return head + stream + b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n"
