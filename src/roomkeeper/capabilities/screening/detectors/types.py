"""Disguise: a file that is something else than its name or its uploader says, and that who opens it would run.

By the first bytes alone, and so always there. What is merely called by another name (a PNG named .jpg) is no disguise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from roomkeeper.capabilities.screening.detectors.interface import (
    MEDIA_KINDS,
    Detector,
    Finding,
    Label,
    MediaFile,
    Scores,
)
from roomkeeper.core.analysis.analysers.types import ACTIVE

PROGRAMS = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-mach-binary",
        "application/x-shellscript",
    }
)
PROGRAM_NAMES = frozenset(
    {
        "exe", "com", "scr", "pif", "bat", "cmd", "msi", "msp", "dll", "cpl", "jar", "vbs", "vbe", "js", "jse", "wsf",
        "wsh", "ps1", "hta", "lnk", "reg", "app", "dmg", "apk", "sh", "run", "deb", "rpm",
    }
)  # fmt: skip
"""Endings of names at which systems run a file, or install it."""
SHOWN_NAMES = frozenset(
    {
        "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "avif", "tif", "tiff", "mp4", "mov", "avi", "mkv", "webm",
        "mp3", "wav", "ogg", "m4a", "flac", "pdf", "txt", "csv", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt",
        "ods", "rtf",
    }
)  # fmt: skip
"""Endings at which people expect something to look at or listen to."""
_HARMLESS = ("image/", "video/", "audio/", "text/plain", "text/csv", "application/pdf")
VERSION = "1"


class TypeDetector(Detector):
    """Looks at type and name."""

    name = "type"
    kinds = MEDIA_KINDS
    required = True
    timeout = 5.0
    labels: ClassVar[Mapping[str, Label]] = {
        "disguise": Label("A program or a page that says it is a picture, a sound, a video or a document.", block=0.9),
        "double_name": Label("A name with two endings, of which the last one makes it a program.", review=0.9),
        "program": Label("A program, an installer or a script, under its own name."),
    }

    @property
    def version(self) -> str:
        """See `Detector.version`."""
        return VERSION

    def variant(self, file: MediaFile) -> str:
        """What is claimed is part of what is judged."""
        return f"{file.claimed_type.partition(';')[0].strip()[:100]} {'.'.join(_endings(file.file_name))}"

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        return judge(file)


def judge(file: MediaFile) -> Scores:
    """What type and name say."""
    endings, sniffed = _endings(file.file_name), file.sniffed_type or ""
    claims = file.claimed_type.partition(";")[0].strip()
    runs = sniffed in PROGRAMS or sniffed in ACTIVE
    labels = dict.fromkeys(TypeDetector.labels, 0.0)
    findings = []
    claims_harmless = claims.startswith(_HARMLESS) and claims != "image/svg+xml"
    named_harmless = bool(endings) and endings[-1] in SHOWN_NAMES
    if runs and (claims_harmless or named_harmless):
        labels["disguise"] = 1.0
        said = f"its name ends in .{endings[-1]}" if named_harmless else f"it says that it is {claims}"
        findings.append(Finding("disguise", 1.0, f"It is {sniffed}, and {said}."))
    if len(endings) > 1 and endings[-1] in PROGRAM_NAMES and endings[-2] in SHOWN_NAMES:
        labels["double_name"] = 1.0
        findings.append(Finding("double_name", 1.0, f"Its name ends in .{endings[-2]}.{endings[-1]}."))
    if sniffed in PROGRAMS or (endings and endings[-1] in PROGRAM_NAMES):
        labels["program"] = 1.0
        findings.append(Finding("program", 1.0, f"It is {sniffed or 'called a program'}."))
    return Scores(labels=labels, findings=tuple(findings))


def _endings(name: str | None) -> list[str]:
    """The last two endings of a name, in lower case; blanks and dots at its end do not count."""
    parts = (name or "").rstrip(" .").lower().split(".")
    return [part.strip()[:20] for part in parts[1:]][-2:]
