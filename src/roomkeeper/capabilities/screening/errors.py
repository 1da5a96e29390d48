"""What a sender is told. Each has a `org.roomkeeper.reason` for programs, besides the words for people."""

from __future__ import annotations

from roomkeeper.platform.errors import Forbidden, InvalidParameter, LimitExceeded, MatrixError, NotFound

REASON = "org.roomkeeper.reason"
CASE = "org.roomkeeper.case_id"
LABELS = "org.roomkeeper.labels"
MEDIUM = "org.roomkeeper.mxc"
APPEAL = "org.roomkeeper.can_appeal"


class MediaChanged(Forbidden):
    """The file is another one than was uploaded: it was changed since. Nothing was sent; attach it anew."""

    def __init__(self, uri: str) -> None:
        super().__init__(**{REASON: "checksum_mismatch", MEDIUM: uri})


class MediaGone(NotFound):
    """The server does not have this file any more. Nothing was sent; upload it again and send the message with it."""

    def __init__(self, uri: str) -> None:
        super().__init__(**{REASON: "media_gone", MEDIUM: uri})


class BadChecksum(InvalidParameter):
    """The checksum cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, **{REASON: "bad_checksum"})


class Blocked(Forbidden):
    """This may not be sent here."""

    def __init__(self, message: str, labels: list[str], case_id: str | None = None) -> None:
        more: dict[str, object] = {REASON: "blocked", LABELS: labels, APPEAL: case_id is not None}
        if case_id is not None:
            more[CASE] = case_id
        super().__init__(message, **more)


class TooMuchToCheck(LimitExceeded):
    """Too much of yours waits to be checked."""


class CannotAppeal(MatrixError):
    """This cannot be appealed: it was not refused, or you have appealed already."""

    errcode, status = "M_FORBIDDEN", 403


class DecidedAlready(MatrixError):
    """Somebody has decided this meanwhile."""

    errcode, status = "M_UNKNOWN", 409
