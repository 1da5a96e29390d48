"""Detectors that others run: a file is sent to a service over HTTP, which answers with scores. See docs/detectors.md.

A service is described by a file of its own (TOML); what is wrong with one of them stops the start. The request is
signed, so that the service knows that it comes from here, and that nobody sends it again.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors.files import MIB, printable
from roomkeeper.capabilities.screening.detectors.interface import (
    MAX_FINDINGS,
    MAX_TEXT,
    Box,
    Detector,
    Failed,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Refused,
    Score,
    Scores,
    Span,
    Text,
)
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.outgoing import Outgoing, OutgoingAnswer, OutgoingError
from roomkeeper.platform.settings import Settings, SettingsError

CONTRACT = "1"
MAX_ANSWER = 4 * MIB
TRIES = 3
PAUSE_SECONDS = 0.5
"""Before the second try; twice that before the third."""
FAILURES = 5
"""In a row: then it is not asked for a while."""
AWAY_MS = 30_000
LINK_MS = 10 * 60 * 1000
SIGNATURE, STAMP, NONCE = "X-Roomkeeper-Signature", "X-Roomkeeper-Timestamp", "X-Roomkeeper-Nonce"


class ExternalSettings(Settings, frozen=True):
    """Detectors of others, asked over HTTP."""

    section: ClassVar[str] = "external_detectors"

    files: Annotated[
        tuple[str, ...], Meta(description="Files (TOML), one for each detector: see docs/detectors.md.")
    ] = ()


Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,40}\Z")]


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service, as its file describes it. `send`: the bytes, or a link at which they are for ten minutes."""

    name: Name
    url: Annotated[str, Meta(pattern=r"\Ahttps?://[^\s#]+\Z", max_length=2000)]
    secret: Annotated[str, Meta(min_length=16, max_length=500)]
    labels: Annotated[dict[Name, Label], Meta(min_length=1, max_length=100)]
    kinds: Annotated[list[MediaKind], Meta(min_length=1)]
    version: Annotated[str, Meta(pattern=r"\A[!-~]{1,100}\Z")] = "1"
    send: Literal["bytes", "link"] = "bytes"
    seconds: Annotated[float, Meta(gt=0, le=300)] = 20.0
    max_mib: Annotated[int, Meta(ge=1, le=1000)] = 50
    connections: Annotated[int, Meta(ge=1, le=100)] = 4
    required: bool = False
    with_name: bool = False


class ServiceText(msgspec.Struct, frozen=True):
    """Words that the service found."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    source: Annotated[str, Meta(max_length=100)] = ""
    span: Span | None = None
    box: Box | None = None


class ServiceFinding(msgspec.Struct, frozen=True):
    """Why a label has its score."""

    label: str
    score: Score
    text: Annotated[str, Meta(max_length=1000)] = ""
    box: Box | None = None
    span: Span | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What a service answers."""

    labels: dict[str, Score]
    findings: Annotated[list[ServiceFinding], Meta(max_length=MAX_FINDINGS)] = []
    texts: Annotated[list[ServiceText], Meta(max_length=100)] = []


def load_service(path: str) -> Service:
    """A service's file. Raises `SettingsError`."""
    try:
        return msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), Service)
    except OSError as error:
        raise SettingsError(f"external_detectors.files: {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"external_detectors.files: {path}: {error}.") from None


def signature(secret: str, stamp: str, nonce: str, address: str, digest: str) -> str:
    """HMAC-SHA-256 (base64) over when, once, where and what: lines of which the last is the body's SHA-256 in hex."""
    message = "\n".join((CONTRACT, stamp, nonce, address, digest)).encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()


class Breaker:
    """Does not ask a service for a while that has failed some times in a row; then one may try."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0

    @property
    def is_open(self) -> bool:
        """Whether nobody should ask now."""
        return self._failures >= FAILURES and self._clock.now_ms() < self._until

    def failed(self) -> None:
        """It did not answer."""
        self._failures += 1
        self._until = self._clock.now_ms() + AWAY_MS

    def worked(self) -> None:
        """It did."""
        self._failures = 0


class ExternalDetector(Detector):
    """One service. What it answers is believed as far as it has the right form."""

    def __init__(
        self, service: Service, outgoing: Outgoing, clock: Clock, link: Callable[[MediaFile, int], str] | None = None
    ) -> None:
        """`link` makes a link to a file that is good for so many milliseconds."""
        self.name = service.name  # type: ignore[misc]
        self.kinds = frozenset(service.kinds)  # type: ignore[misc]
        self.labels = service.labels  # type: ignore[misc]
        self.timeout = service.seconds * TRIES + PAUSE_SECONDS * 2**TRIES  # type: ignore[misc]
        self.required = service.required  # type: ignore[misc]
        self._service = service
        self._outgoing = outgoing
        self._clock = clock
        self._link = link
        self._turns = asyncio.Semaphore(service.connections)
        self.breaker = Breaker(clock)

    @property
    def version(self) -> str:
        """As its file says."""
        return f"{CONTRACT}.{self._service.version}"

    def variant(self, file: MediaFile) -> str:
        """The name counts where the service gets it."""
        return (file.file_name or "") if self._service.with_name else ""

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        if file.size > self._service.max_mib * MIB:
            raise Refused(f"It is larger than the {self._service.max_mib} MiB that {self.name} takes.")
        if self.breaker.is_open:
            raise Failed(f"{self.name} has not answered for a while; it is asked again soon.")
        async with self._turns:
            body = await asyncio.to_thread(self._body, file)
            return self._scores(await self._answer(file, body))

    def _body(self, file: MediaFile) -> bytes:
        if self._service.send == "bytes":
            return file.path.read_bytes()
        assert self._link is not None, "checked when it was made"
        return msgspec.json.encode({"url": self._link(file, LINK_MS), "sha256": file.sha256, "size": file.size})

    async def _answer(self, file: MediaFile, body: bytes) -> bytes:
        """The body of its answer; it is asked again where it is away. Raises `Failed`, `Refused`."""
        problem = ""
        for number in range(TRIES):
            if number:
                await asyncio.sleep(PAUSE_SECONDS * 2 ** (number - 1))
            try:
                answer = await self._ask(file, body)
            except OutgoingError as error:
                problem = str(error)
                continue
            if answer.status == 200:
                self.breaker.worked()
                return answer.body
            problem = f"status {answer.status}"
            if answer.status in (413, 415, 422):
                self.breaker.worked()
                raise Refused(f"{self.name} does not take it: {_reason(answer)}")
            if answer.status not in (408, 429) and answer.status < 500:
                break  # asking again would change nothing
        self.breaker.failed()
        raise Failed(f"{self.name} gave no answer: {problem}")

    async def _ask(self, file: MediaFile, body: bytes) -> OutgoingAnswer:
        stamp, nonce = str(self._clock.now_ms()), secrets.token_urlsafe(16)
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            "Content-Type": "application/json" if self._service.send == "link" else "application/octet-stream",
            "Accept": "application/json",
            "X-Roomkeeper-Contract": CONTRACT,
            "X-Roomkeeper-Media-Sha256": file.sha256,
            "X-Roomkeeper-Media-Type": file.sniffed_type or "application/octet-stream",
            "X-Roomkeeper-Media-Kind": file.kind,
            STAMP: stamp,
            NONCE: nonce,
            SIGNATURE: signature(self._service.secret, stamp, nonce, self._service.url, digest),
        }
        if self._service.with_name and file.file_name:
            headers["X-Roomkeeper-Media-Name"] = base64.b64encode(file.file_name.encode("utf-8", "replace")).decode()
        return await self._outgoing.request(
            "POST",
            self._service.url,
            body=body,
            headers=headers,
            seconds=self._service.seconds,
            max_body=MAX_ANSWER,
        )

    def _scores(self, answer: bytes) -> Scores:
        try:
            verdict = msgspec.json.decode(answer, type=Verdict)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Failed(f"{self.name} answered what is no answer: {error}") from None
        labels: Mapping[str, Label] = self.labels
        unknown = sorted({*verdict.labels, *(finding.label for finding in verdict.findings)} - set(labels))
        if unknown:
            raise Failed(f"{self.name} answered with labels that its file does not name: {printable(unknown)}")
        return Scores(
            labels=verdict.labels,
            findings=tuple(_finding(finding) for finding in verdict.findings),
            texts=_texts(verdict.texts, self.name),
        )


def _finding(finding: ServiceFinding) -> Finding:
    return Finding(finding.label, finding.score, printable(finding.text, 1000), finding.box, finding.span)


def _texts(texts: Sequence[ServiceText], name: str) -> tuple[Text, ...]:
    found, room = [], MAX_TEXT
    for text in texts:
        words = text.text.encode("utf-8", "replace").decode()[:room]
        room -= len(words)
        if words.strip():
            found.append(Text(words, text.source or name, text.box, text.span))
    return tuple(found)


def _reason(answer: OutgoingAnswer) -> str:
    """The word ``error`` of its answer, if it has one."""
    try:
        content: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        content = None
    return printable(content["error"]) if isinstance(content, dict) and "error" in content else f"{answer.status}"
