"""A medium, a thumbnail, and what can be wrong with an upload."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.errors import Forbidden, InvalidParameter, MatrixError, NotFound


class Medium(msgspec.Struct, frozen=True):
    """A file under its media id, or the id alone while the file has not come yet (`sha256` is `None`).

    Times are milliseconds since 1970, `size` bytes, `sha256` hexadecimal. `claimed_type` is what the uploader said,
    `sniffed_type` what the bytes say, `content_type` what it is served as.
    """

    media_id: str
    uploader: str
    created_ts: int
    expires_ts: int | None
    uploaded_ts: int | None
    sha256: str | None
    size: int
    claimed_type: str
    sniffed_type: str | None
    content_type: str
    file_name: str | None


class StoredThumbnail(msgspec.Struct, frozen=True):
    """A thumbnail that was made before, as a blob of its own (or the original's, where that is small enough)."""

    blob: str
    size: int
    content_type: str


class FileWithheld(NotFound):
    """This file is not shown now: it is being reviewed, or was found to be against the rules here."""

    def __init__(self) -> None:
        super().__init__(**{"org.roomkeeper.reason": "withheld"})


class CannotOverwriteMedia(MatrixError):
    """There is a file under this id already."""

    errcode, status = "M_CANNOT_OVERWRITE_MEDIA", 409


class NotYetUploaded(MatrixError):
    """This file has not been uploaded yet. Try again in a moment."""

    errcode, status = "M_NOT_YET_UPLOADED", 504


class DigestMismatch(InvalidParameter):
    """The bytes that arrived are not those that Content-Digest promised. Nothing was stored; upload them again."""


class QuotaExceeded(Forbidden):
    """Your files take up all the space that you may use."""


class ServerFull(Forbidden):
    """The server has no space left for files. Its administrator can make some."""


class CannotThumbnail(MatrixError):
    """There is no thumbnail of this file: it is no image that the server can read."""

    errcode, status = "M_UNKNOWN", 400
