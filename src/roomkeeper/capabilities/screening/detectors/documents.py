"""Documents: their words, for the text rules, and what in them means harm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors import reading
from roomkeeper.capabilities.screening.detectors.files import FILES, MIB, analysed, printable
from roomkeeper.capabilities.screening.detectors.interface import (
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Refused,
    Scores,
    Text,
)
from roomkeeper.capabilities.screening.detectors.unpacking import ENTRY, ZIP_END
from roomkeeper.core.analysis.models import Analyser
from roomkeeper.core.analysis.models import Refused as Unfit
from roomkeeper.core.analysis.service import Analysis

OFFICE = ("application/vnd.openxmlformats", "application/vnd.oasis", "application/vnd.ms-", "application/msword")
OFFICE_NAMES = (
    *(".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".pptx", ".pptm", ".ppsx"),
    *(".odt", ".ods", ".odp", ".odg", ".ott", ".fodt"),
)
TEXT_NAMES = (".eml", ".txt", ".csv", ".md", ".log", ".json", ".xml", ".yaml", ".yml", ".ini", ".srt", ".vtt", ".ics")


class DocumentParameters(msgspec.Struct, frozen=True):
    """Bytes of the largest file that is read."""

    max_bytes: Annotated[int, Meta(ge=1)] = 128 * MIB


class DocumentResult(msgspec.Struct, frozen=True):
    """See `reading.Document`."""

    format: str
    text: str
    notes: list[tuple[str, str]]
    cut: bool


class DocumentAnalyser(Analyser[DocumentParameters, DocumentResult]):
    """Reads one."""

    name = "document"
    version = "1"
    kind = FILES
    seconds = 45.0
    parameters = DocumentParameters
    result = DocumentResult

    def load(self) -> None:
        """The libraries that read."""
        reading.load()

    def run(self, path: Path, parameters: DocumentParameters) -> DocumentResult:
        """See `Analyser.run`."""
        with path.open("rb") as file:
            data = file.read(parameters.max_bytes + 1)
        if len(data) > parameters.max_bytes:
            raise Unfit("too_large", f"It has more than {parameters.max_bytes // MIB} MiB.")
        _check_directory(data)
        try:
            found = reading.read(data)
        except reading.Unreadable as error:
            raise Unfit("unreadable", str(error)) from None
        except RecursionError:
            raise Unfit("unreadable", "Things in it are in one another too deeply.") from None
        return DocumentResult(found.format, found.text, found.notes, found.cut)


def _check_directory(data: bytes) -> None:
    """A ZIP file's directory is read at once: refuse one that is longer than documents need."""
    place = data.rfind(b"PK\x05\x06", max(0, len(data) - ZIP_END)) if data.startswith(b"PK") else -1
    if place >= 0 and int.from_bytes(data[place + 12 : place + 16], "little") > 20_000 * ENTRY:
        raise Unfit("too_large", "It has too many parts.")


class DocumentsDetector(Detector):
    """Reads PDF, Office, LibreOffice, RTF, HTML, e-mail and plain text."""

    name = "documents"
    kinds = frozenset[MediaKind]({"document"})
    timeout = 60.0
    required = True
    labels: ClassVar[Mapping[str, Label]] = {
        "macro": Label("It has macros: programs that run when it is opened.", review=0.5),
        "script": Label("It has scripts, or starts programs.", review=0.9),
        "embedded": Label("It has other files in it."),
        "remote": Label("It fetches something from elsewhere when it is opened.", review=0.9),
        "encrypted": Label("It is encrypted: nobody can see what it says.", review=0.5),
        "bomb": Label("It unpacks to far more than a document needs.", review=0.5, block=0.9),
        "damaged": Label("Parts of it cannot be read.", review=0.9),
        "cut": Label("It has more text than is looked at."),
    }

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._analyser = DocumentAnalyser()
        analysis.register(self._analyser)

    @property
    def version(self) -> str:
        """Of the reading."""
        return self._analyser.version

    def concerns(self, file: MediaFile) -> bool:
        """Office's documents are ZIP files, plain text looks like nothing, SVG is a picture and a text."""
        name = (file.file_name or "").lower()
        if file.sniffed_type == "application/zip":
            return file.claimed_type.lower().startswith(OFFICE) or name.endswith(OFFICE_NAMES)
        is_text = file.sniffed_type is None and name.endswith(TEXT_NAMES)
        is_text = is_text or file.sniffed_type in ("image/svg+xml", "application/x-shellscript")
        return file.kind in self.kinds or is_text

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        found = await analysed(self._analysis, self._analyser, file, DocumentParameters())
        if found.format == "ole" and not found.notes:
            raise Refused("The text of documents in this old format is not read here.")
        labels = dict.fromkeys(self.labels, 0.0)
        findings = []
        for label, text in found.notes:
            score = 0.6 if label in ("damaged", "script") else 1.0
            labels[label] = max(labels[label], score)
            findings.append(Finding(label, score, printable(text, 500)))
        if found.cut:
            labels["cut"] = 1.0
        texts = (Text(found.text, f"text of the document ({found.format})"),) if found.text else ()
        return Scores(labels=labels, findings=tuple(findings), texts=texts)
