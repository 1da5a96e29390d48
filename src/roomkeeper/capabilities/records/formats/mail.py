"""EML: an e-mail for each volume, with the files attached, for archives that take in mail. RFC 5322"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from roomkeeper.capabilities.records.formats.volumes import Volume, put, time_of, told, who

MOST_ATTACHED: Final = 20 * 1024 * 1024
"""Bytes of files in one e-mail; archives refuse larger ones."""
UNKNOWN: Final = ("application", "octet-stream")


class Mail:
    """An e-mail for each volume."""

    entries = 200
    with_redacted = False
    shows = True

    def __init__(self, server_name: str) -> None:
        self._domain = server_name.partition(":")[0]

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:  # noqa: ARG002
        """See `Writer.write`."""
        message, left_out = self._message(volume)
        put(folder, f"records/{volume.name}.eml", message.as_bytes(policy=SMTP))
        return {"files too large for an e-mail": left_out} if left_out else {}

    def _message(self, volume: Volume) -> tuple[EmailMessage, int]:
        message = EmailMessage(policy=SMTP)
        message["From"] = f"Roomkeeper records <records@{self._domain}>"
        message["To"] = f"Archive <archive@{self._domain}>"
        message["Subject"] = _line(f"{volume.title} [{volume.number}]")
        message["Date"] = _date(volume.shown[0].ts)
        message["Message-ID"] = f"<{volume.name}@{self._domain}>"
        message["X-Roomkeeper-Record"] = volume.record.record
        message["X-Roomkeeper-Entries"] = f"{volume.shown[0].seq}-{volume.shown[-1].seq}"
        message["X-Roomkeeper-Participants"] = _line(", ".join(volume.record.people))[:900]
        message.set_content("\n".join(_entry(volume, at) for at in range(len(volume.shown))) + "\n")
        return message, self._attach(message, volume)

    def _attach(self, message: EmailMessage, volume: Volume) -> int:
        """Attach the files; how many were too large."""
        total = left_out = 0
        for file in volume.files.values():
            total += file.size
            if total > MOST_ATTACHED:
                total -= file.size
                left_out += 1
                continue
            kind, _, subtype = file.content_type.partition(";")[0].partition("/")
            maintype, subtype = (
                (kind, subtype) if kind and subtype and kind not in ("message", "multipart") else UNKNOWN
            )
            message.add_attachment(
                file.path.read_bytes(), maintype=maintype, subtype=subtype, filename=_line(file.name) or "file"
            )
        return left_out


def _entry(volume: Volume, at: int) -> str:
    shown = volume.shown[at]
    names = "".join(
        f"\n    [{file.name or file.url}{f', {file.path}' if file.path else ''}]" for file in shown.attachments
    )
    text = told(shown).replace("\r", "").replace("\n", "\n    ")
    return f"{shown.seq}  {time_of(shown.ts)}  {who(shown)}\n    {text}{names}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _date(ts: int) -> datetime:
    try:
        return datetime.fromtimestamp(ts / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
