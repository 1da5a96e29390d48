"""Archives: what is in them, what is known of that, and whether they mean harm to who unpacks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors import reading
from roomkeeper.capabilities.screening.detectors.files import FILES, MIB, analysed, printable
from roomkeeper.capabilities.screening.detectors.interface import (
    MAX_FINDINGS,
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Scores,
    Text,
)
from roomkeeper.capabilities.screening.detectors.known.detectors import LABELS as KNOWN
from roomkeeper.capabilities.screening.detectors.known.detectors import described
from roomkeeper.capabilities.screening.detectors.known.models import Hit
from roomkeeper.capabilities.screening.detectors.known.service import KnownMedia
from roomkeeper.capabilities.screening.detectors.unpacking import (
    CLOSED,
    OPENED,
    ZIP,
    Exhausted,
    Limits,
    Member,
    Unpacker,
)
from roomkeeper.core.analysis.analysers.images import FORMATS
from roomkeeper.core.analysis.analysers.types import HEAD, sniff
from roomkeeper.core.analysis.models import Analyser, Refused
from roomkeeper.core.analysis.senses import fingerprint
from roomkeeper.core.analysis.service import Analysis

MAX_TEXT: Final = 150_000
MAX_NAMES: Final = 40_000
"""Characters of the text of all members, and of their names."""
MAX_PICTURES: Final = 50
"""Pictures of an archive that are compared with known ones."""
PROGRAMS = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-mach-binary",
        "application/x-shellscript",
    }
)
PROGRAM_NAMES = (
    *(".exe", ".scr", ".com", ".pif", ".msi", ".msp", ".dll", ".cpl", ".jar", ".apk", ".app", ".deb", ".rpm", ".hta"),
    *(".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".bat", ".cmd", ".ps1", ".lnk", ".reg", ".chm", ".iso", ".img"),
)
"""Names of what is run when it is opened."""

Noted = Literal["bomb", "too_deep", "too_many", "encrypted", "unread", "damaged", "hostile_name"]


class ArchiveParameters(msgspec.Struct, frozen=True):
    """Bytes that all may have, unpacked; members; archives in one another."""

    size: Annotated[int, Meta(ge=1)] = 512 * MIB
    members: Annotated[int, Meta(ge=1)] = 5000
    depth: Annotated[int, Meta(ge=1, le=20)] = 5


class Picture(msgspec.Struct, frozen=True):
    """A picture in an archive, and its PDQ hashes."""

    path: str
    hashes: list[str]


class Contents(msgspec.Struct, frozen=True):
    """What is in an archive. `notes`: (label, what), each once; `text`: that of documents in it."""

    members: list[Member]
    notes: list[tuple[str, str]]
    text: str
    pictures: list[Picture]


class ArchiveAnalyser(Analyser[ArchiveParameters, Contents]):
    """Unpacks in memory, within limits."""

    name = "archive"
    version = "1"
    kind = FILES
    seconds = 60.0
    parameters = ArchiveParameters
    result = Contents

    def load(self) -> None:
        """What reads documents and pictures."""
        reading.load()
        fingerprint.load()

    def run(self, path: Path, parameters: ArchiveParameters) -> Contents:
        """See `Analyser.run`."""
        with path.open("rb") as file:
            content_type = sniff(file.read(HEAD))
            file.seek(0)
            reader = _Reader()
            unpacker = Unpacker(Limits(parameters.size, parameters.members, parameters.depth), reader.read)
            if content_type in CLOSED:
                unpacker.note("unread", "An archive of a kind that is not opened here.")
            elif content_type not in OPENED:
                raise Refused("unreadable", "This is no archive of a kind that is known here.")
            else:
                try:
                    unpacker.walk(file, content_type)
                except Exhausted as error:
                    unpacker.note(error.label, str(error))
        return Contents(unpacker.members, list(unpacker.notes), reader.text, reader.pictures)


class _Reader:
    """Takes from each member what other detectors want to see."""

    def __init__(self) -> None:
        self.text = ""
        self.pictures: list[Picture] = []

    def read(self, member: Member, content: bytes) -> None:
        """See `unpacking.Reader`. What a member cannot be read as, it is not."""
        if not content:
            return
        try:
            if member.content_type in FORMATS.values() and len(self.pictures) < MAX_PICTURES:
                self._picture(member, content)
            elif len(self.text) < MAX_TEXT and member.content_type not in OPENED - {ZIP}:
                found = reading.read(content, member.path)
                self.text = f"{self.text}{found.text}\n"[:MAX_TEXT]
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S110 - most members are none of these, and need not be
            pass

    def _picture(self, member: Member, content: bytes) -> None:
        import io

        found = fingerprint.fingerprint_of(io.BytesIO(content))
        if found.all:
            self.pictures.append(Picture(member.path, found.all))


class ArchiveDetector(Detector):
    """Looks into archives, and for known files in them. Malware in them is for clamd, which unpacks them itself."""

    name = "archive"
    kinds = frozenset[MediaKind]({"archive"})
    timeout = 90.0
    required = True
    labels: ClassVar[Mapping[str, Label]] = {
        **KNOWN,
        "bomb": Label("It unpacks to far more than it seems, to exhaust who opens it.", review=0.5, block=0.9),
        "too_deep": Label("Archives in archives, more than anybody needs.", review=0.5, block=0.9),
        "too_many": Label("It has more members than are looked at.", review=0.5),
        "encrypted": Label("Members are encrypted: nobody can see what they are.", review=0.5),
        "unread": Label("It is, or has in it, an archive that cannot be opened here.", review=0.5),
        "damaged": Label("Parts of it cannot be unpacked.", review=0.9),
        "hostile_name": Label("A name that leads out of its folder, or looks like another.", review=0.5),
        "program": Label("It has programs or scripts in it.", review=0.5),
    }

    def __init__(self, analysis: Analysis, known: KnownMedia) -> None:
        self._analysis = analysis
        self._known = known
        self._analyser = ArchiveAnalyser()
        analysis.register(self._analyser)

    @property
    def version(self) -> str:
        """Of the unpacking, and of the lists of known files."""
        return f"{self._analyser.version}.{fingerprint.FingerprintAnalyser.version}.{self._known.generation}"

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        contents = await analysed(self._analysis, self._analyser, file, ArchiveParameters())
        findings = [*await self._hits(contents), *_noted(contents.notes), *_programs(contents.members)]
        findings.sort(key=lambda finding: -finding.score)
        labels = dict.fromkeys(self.labels, 0.0)
        for finding in findings:
            labels[finding.label] = max(labels[finding.label], finding.score)
        return Scores(labels=labels, findings=tuple(findings[:MAX_FINDINGS]), texts=_texts(contents))

    async def _hits(self, contents: Contents) -> list[Finding]:
        exact = await self._known.exact(list({member.sha256 for member in contents.members if member.sha256}))
        found = [
            (member.path, Hit(exact[member.sha256], "it is the very same file", 1.0))
            for member in contents.members
            if member.sha256 in exact
        ]
        for picture in contents.pictures:
            found += [(picture.path, hit) for hit in (await self._known.similar(picture.hashes))[:3]]
        return [
            Finding(hit.item.label, hit.score, f"{printable(path)}: {described(hit.item, hit.how)}")
            for path, hit in found[:MAX_FINDINGS]
        ]


_SCORES = {"damaged": 0.6}
"""Of what is not as it should be, but may be a mishap."""


def _noted(notes: Sequence[tuple[str, str]]) -> list[Finding]:
    return [Finding(label, _SCORES.get(label, 1.0), printable(text, 500)) for label, text in notes[:MAX_FINDINGS]]


def _programs(members: Sequence[Member]) -> list[Finding]:
    found = [
        member.path
        for member in members
        if member.content_type in PROGRAMS or member.path.lower().rstrip(". ").endswith(PROGRAM_NAMES)
    ]
    return [Finding("program", 1.0, f"{printable(path)} is a program.") for path in found[:20]]


def _texts(contents: Contents) -> tuple[Text, ...]:
    names = "\n".join(member.path for member in contents.members)[:MAX_NAMES]
    found = ((names, "names in the archive"), (contents.text, "documents in the archive"))
    return tuple(Text(text, source) for text, source in found if text.strip())
