"""What is known to be bad, and how a file was found to be that."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

KnownLabel = Literal["prohibited", "unwanted"]
"""What becomes of a file that is known: nobody may have it, or a moderator looks at it first."""
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="SHA-256, hexadecimal.")]
Pdq = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="PDQ hash, hexadecimal.")]
Line = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class KnownItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that is known by one hash or several. `added_ts` is in milliseconds.

    `features` and `sound`: whether it is known by those as well, so that parts of it are found.
    """

    id: int
    label: KnownLabel
    sha256: str | None = None
    pdq: str | None = None
    source: str = ""
    note: str = ""
    added_ts: int = 0
    added_by: str = ""
    features: bool = False
    sound: bool = False


class NewItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item to be added; one of the hashes at least."""

    label: KnownLabel
    sha256: str | None = None
    pdq: str | None = None
    source: str = ""
    note: str = ""
    features: bytes = b""
    sound: bytes = b""

    @property
    def key(self) -> str:
        """What makes it the same item when it comes again."""
        return self.sha256 or f"pdq {self.pdq}"


class Hit(msgspec.Struct, frozen=True):
    """An item, how it was found, and how sure that is (0 to 1)."""

    item: KnownItem
    how: str
    score: float
