"""What a timestamping service has said: whether it is about that hash, and when that was. RFC 3161

Whether it is the service's signature is for who knows the service: `openssl ts -verify` does it with its certificate.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
"""DER of the object identifier id-ct-TSTInfo."""


class NotATimestamp(Exception):
    """These bytes are no answer of a timestamping service."""


class Attested(NamedTuple):
    """The hash that is attested, and the time (as ASN.1 writes it: 20270131180000Z)."""

    digest: bytes
    time: str


class Value(NamedTuple):
    """A DER value: its tag, its content, and where the next one begins."""

    tag: int
    content: bytes
    end: int


def value_at(data: bytes, at: int = 0) -> Value:
    """The value that begins there. Raises `NotATimestamp`."""
    try:
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if start + length > len(data):
            raise NotATimestamp("it ends too early")
        return Value(tag, data[start : start + length], start + length)
    except IndexError:
        raise NotATimestamp("it ends too early") from None


def values_in(data: bytes) -> list[Value]:
    """All values that stand one after the other."""
    found: list[Value] = []
    at = 0
    while at < len(data):
        found.append(value_at(data, at))
        at = found[-1].end
    return found


def read(answer: bytes) -> Attested:
    """What an answer attests. Raises `NotATimestamp`."""
    parts = values_in(value_at(answer).content)
    status = values_in(parts[0].content) if parts else []
    if len(parts) < 2 or not status or status[0].content not in (b"\x00", b"\x01"):
        raise NotATimestamp("it was not granted")
    token = parts[1].content
    at = token.find(TST_INFO)
    if at < 0:
        raise NotATimestamp("it has no timestamp in it")
    info = value_at(value_at(value_at(token, at + len(TST_INFO)).content).content).content
    fields = values_in(info)
    if len(fields) < 5:
        raise NotATimestamp("its timestamp is not whole")
    imprint = values_in(fields[2].content)
    return Attested(imprint[-1].content, fields[4].content.decode("ascii", "replace"))


def verify(answer: bytes, digest: bytes, authorities: Path) -> str:
    """Why openssl does not believe it; empty: it does. `authorities` is the service's root certificate (PEM)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return "openssl is not installed"
    with tempfile.NamedTemporaryFile(suffix=".tsr") as file:
        file.write(answer)
        file.flush()
        done = subprocess.run(  # noqa: S603 - see above
            [openssl, "ts", "-verify", "-digest", digest.hex(), "-in", file.name, "-CAfile", str(authorities)],
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it is not valid"])[-1]
