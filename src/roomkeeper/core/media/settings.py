"""Settings of media."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class MediaSettings(Settings, frozen=True):
    """Files that users upload."""

    section: ClassVar[str] = "media"

    max_upload_size: Annotated[int, Meta(ge=1, le=2**40, description="Bytes that one file may have.")] = (
        100 * 1024 * 1024
    )
    user_quota: Annotated[
        int, Meta(ge=0, le=2**60, description="Bytes that the files of one user may have together; 0: no limit.")
    ] = 10 * 1024**3
    total_quota: Annotated[
        int, Meta(ge=0, le=2**60, description="Bytes that the files of all users may have together; 0: no limit.")
    ] = 0
    max_pending: Annotated[
        int, Meta(ge=1, le=10_000, description="Ids that a user may have made without having uploaded the file yet.")
    ] = 20
    pending_hours: Annotated[
        int, Meta(ge=1, le=24 * 365, description="Hours within which the file must be uploaded to an id that was made.")
    ] = 24
    unreferenced_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=24 * 3650,
            description="Hours after which a file is removed that no event and no profile refers to; 0: never. "
            "So long may an encrypted message that shows the file be sent (7 days where it is 0).",
        ),
    ] = 7 * 24
    cleanup_interval_hours: Annotated[
        int, Meta(ge=1, le=8760, description="Hours from one removal of files that nobody needs to the next.")
    ] = 24
    max_image_pixels: Annotated[
        int, Meta(ge=10_000, le=500_000_000, description="Pixels that an image may have to get a thumbnail.")
    ] = 50_000_000

    @property
    def encrypted_window_ms(self) -> int:
        """How long after a medium was made encrypted events of its uploader may mean it, in milliseconds."""
        return (self.unreferenced_hours or 7 * 24) * 3600 * 1000
