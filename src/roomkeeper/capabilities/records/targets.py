"""Where checkpoints go: a folder, an address (HTTP PUT), a bucket (S3), a timestamping service (RFC 3161).

Each takes a checkpoint as often as it is given, and has it once. Whoever compares the records with what is there finds
any change since, also one by who has the server's key: so these places should be in other hands.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

from roomkeeper.platform.outgoing import Outgoing, OutgoingError

SECONDS: Final = 30.0
FINE: Final = (200, 201, 202, 204)
SHA256_OID: Final = bytes.fromhex("300d06096086480165030402010500")
"""DER of the algorithm identifier."""


class NotDelivered(Exception):
    """A place did not take a checkpoint; the message says why."""


class Target(Protocol):
    """A place for checkpoints."""

    name: str

    async def put(self, number: int, document: bytes, digest: bytes) -> bytes | None:
        """Give it a checkpoint: its number, the document with everything, and its hash. Raises `NotDelivered`.

        What comes back is what the place says to it and is to be kept, if that is anything.
        """


class Folder:
    """A folder, such as one that another machine shares. A file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.name = f"folder {folder}"
        self._folder = folder

    async def put(self, number: int, document: bytes, digest: bytes) -> None:  # noqa: ARG002
        """See `Target.put`."""
        try:
            await asyncio.to_thread(self._write, number, document)
        except OSError as error:
            raise NotDelivered(f"{error.strerror or error}") from error

    def _write(self, number: int, document: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / name_of(number)
        if target.exists():
            if target.read_bytes() == document:
                return
            raise OSError(f"{target} is there already, and is another one")
        temporary = target.with_suffix(".part")
        with temporary.open("wb") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)


class Address:
    """An address to which files are put."""

    def __init__(self, outgoing: Outgoing, url: str, token: str) -> None:
        self.name = f"url {url}"
        self._outgoing = outgoing
        self._url = url.rstrip("/")
        self._token = token

    async def put(self, number: int, document: bytes, digest: bytes) -> None:  # noqa: ARG002
        """See `Target.put`."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        await _put(self._outgoing, f"{self._url}/{name_of(number)}", document, headers)


class Bucket:
    """A bucket of S3, or of what speaks like it."""

    def __init__(self, outgoing: Outgoing, url: str, region: str, access_key: str, secret_key: str) -> None:
        self.name = f"s3 {url}"
        self._outgoing = outgoing
        self._url = url.rstrip("/")
        self._region = region
        self._keys = access_key, secret_key

    async def put(self, number: int, document: bytes, digest: bytes) -> None:  # noqa: ARG002
        """See `Target.put`."""
        url = f"{self._url}/{name_of(number)}"
        now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        content = hashlib.sha256(document).hexdigest()
        signed = {"host": urlsplit(url).netloc, "x-amz-content-sha256": content, "x-amz-date": now}
        authorization = s3_authorization("PUT", url, signed, content, self._region, *self._keys)
        headers = {**signed, "Authorization": authorization, "Content-Type": "application/json"}
        del headers["host"]
        await _put(self._outgoing, url, document, headers)


class Timestamps:
    """A timestamping service. It is given the hash alone."""

    def __init__(self, outgoing: Outgoing, url: str) -> None:
        self.name = f"timestamps {url}"
        self._outgoing = outgoing
        self._url = url

    async def put(self, number: int, document: bytes, digest: bytes) -> bytes:  # noqa: ARG002
        """See `Target.put`: the answer, as it came. The verifier looks into it."""
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            answer = await self._outgoing.request(
                "POST", self._url, body=timestamp_query(digest), headers=headers, seconds=SECONDS
            )
        except OutgoingError as error:
            raise NotDelivered(str(error)) from error
        if answer.status != 200 or not is_granted(answer.body) or b"\x04\x20" + digest not in answer.body:
            raise NotDelivered(f"it answered {answer.status}, and attested nothing")
        return answer.body


async def _put(outgoing: Outgoing, url: str, document: bytes, headers: Mapping[str, str]) -> None:
    try:
        answer = await outgoing.request("PUT", url, body=document, headers=headers, seconds=SECONDS)
    except OutgoingError as error:
        raise NotDelivered(str(error)) from error
    if answer.status not in FINE:
        raise NotDelivered(f"it answered {answer.status}")


def name_of(number: int) -> str:
    """The name of a checkpoint's file."""
    return f"{number:010d}.json"


# ---------------------------------------------------------------- RFC 3161


def timestamp_query(digest: bytes) -> bytes:
    """A TimeStampReq in DER: version 1, the SHA-256, a nonce, and that certificates be sent along. RFC 3161 §2.4.1"""
    imprint = _der(0x30, SHA256_OID + _der(0x04, digest))
    # DER wants the shortest form: a first byte that is neither 0 nor a sign.
    nonce = _der(0x02, b"\x01" + secrets.token_bytes(8))
    return _der(0x30, _der(0x02, b"\x01") + imprint + nonce + _der(0x01, b"\xff"))


def _der(tag: int, content: bytes) -> bytes:
    """A value of less than 64 KiB."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    if length < 0x100:
        return bytes((tag, 0x81, length)) + content
    return bytes((tag, 0x82, length >> 8, length & 0xFF)) + content


def is_granted(answer: bytes) -> bool:
    """Whether a TimeStampResp begins with a status of "granted", with changes or without. RFC 3161 §2.4.2"""
    if len(answer) < 12 or answer[0] != 0x30:
        return False
    at = 2 + (answer[1] & 0x7F if answer[1] & 0x80 else 0)
    return answer[at] == 0x30 and answer[at + 2 : at + 4] == b"\x02\x01" and answer[at + 4] in (0, 1)


# ---------------------------------------------------------------- S3


def s3_authorization(
    method: str, url: str, signed: Mapping[str, str], content: str, region: str, access_key: str, secret_key: str
) -> str:
    """The Authorization header of a request without a query. `signed` are the headers that are signed, in lower case;
    `content` is the SHA-256 of the body.

    spec: AWS Signature Version 4, "Authenticating Requests (Using the Authorization Header)"
    """
    now = signed["x-amz-date"]
    names = ";".join(sorted(signed))
    path = quote(urlsplit(url).path or "/", safe="/-_.~%")
    headers = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    request = "\n".join((method, path, "", headers, names, content))
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{secret_key}".encode()
    for part in (now[:8], region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
