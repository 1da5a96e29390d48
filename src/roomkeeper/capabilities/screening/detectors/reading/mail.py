"""Messages of e-mail: header, text, and what is attached. RFC 5322, RFC 2045"""

from __future__ import annotations

import re
from collections.abc import Callable

from roomkeeper.capabilities.screening.detectors.reading.models import Document, TextPieces

MAX_PARTS = 200
MAX_BYTES = 32 * 1024 * 1024
_SHOWN = ("Subject", "From", "To", "Cc", "Reply-To")
_HEAD = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[ \t][^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){3}")
_TELLING = re.compile(
    rb"^(?:From|Received|Message-ID|MIME-Version|Return-Path|Subject|Date):", re.MULTILINE | re.IGNORECASE
)


def looks_like_mail(head: bytes) -> bool:
    """Whether a file begins as messages do."""
    return bool(_HEAD.match(head)) and len(set(map(bytes.lower, _TELLING.findall(head)))) >= 3


def read(data: bytes, read_part: Callable[[bytes, str], Document]) -> Document:
    """Read one; `read_part` reads what is attached."""
    from email import message_from_bytes, policy

    document, pieces = Document("mail"), TextPieces()
    message = message_from_bytes(data[:MAX_BYTES], policy=policy.compat32)
    from email.header import decode_header, make_header

    for name in _SHOWN:
        for value in message.get_all(name, [])[:20]:
            try:
                pieces.add(f"{make_header(decode_header(str(value)[:2000]))}\n")
            except Exception:  # noqa: BLE001 - broken encodings are common, and not worth more than this
                pieces.add(f"{str(value)[:2000]}\n")
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            document.note("damaged", "It has more parts than are read")
            break
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        name = str(part.get_filename() or "")
        if name:
            pieces.add(f"{name}\n")
            document.note("embedded", f"It has a file attached: {name}")
        _add_part(document, pieces, read_part, content, name)
    document.text, document.cut = pieces.text, pieces.is_full
    return document


def _add_part(
    document: Document, pieces: TextPieces, read_part: Callable[[bytes, str], Document], content: bytes, name: str
) -> None:
    try:
        found = read_part(content, name)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - an attachment that is no document
        return
    pieces.add(f"{found.text}\n")
    for label, text in found.notes:
        document.note(label, text)
