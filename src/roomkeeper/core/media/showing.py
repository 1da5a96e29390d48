"""Media that the server itself keeps and shows to everybody who is signed in, such as the images of previews.

They stand among the media that profiles show, under no user: so clean-up leaves them, and everybody may see them, for
as long as somebody holds them.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from roomkeeper.core.media import rules, store
from roomkeeper.core.media.models import Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.blobs import IncomingBlob
from roomkeeper.platform.database import Write

if TYPE_CHECKING:
    from roomkeeper.core.media.service import Media

NOBODY = ""
"""The user under whom they stand."""


class Show:
    """Keeps what the server shows."""

    def __init__(self, app: Application, media: Media) -> None:
        self._app = app
        self._media = media

    def new_id(self) -> str:
        """An id that no medium has."""
        return secrets.token_urlsafe(24)

    async def keep(self, holder: str, media_id: str, blob: IncomingBlob, content_type: str, write: Write) -> Medium:
        """Keep a file, held by `holder`, which is any text. `write` takes it in, and is submitted here.

        What the server keeps is bounded like the files of a user. Raises `QuotaExceeded`, `ServerFull`.
        """
        now = self._app.clock.now_ms()
        medium = Medium(
            media_id=media_id,
            uploader=NOBODY,
            created_ts=now,
            expires_ts=None,
            uploaded_ts=now,
            sha256=blob.sha256,
            size=blob.size,
            claimed_type=content_type,
            sniffed_type=rules.served_type(content_type, blob.head)[1],
            content_type=content_type,
            file_name=None,
        )
        store.insert_medium(write, medium)
        store.insert_shown(write, media_id, NOBODY, holder)
        quota = self._media.quota
        async with quota.reservation(NOBODY, blob.size), self._media.blob_turn(blob.sha256):
            await blob.store()
            await asyncio.shield(self._app.committer.submit(write))
            quota.stored(blob.size)
        return medium

    def let_go(self, write: Write, holder: str) -> None:
        """Make it part of `write` that `holder` needs its file no longer: clean-up removes it in its time."""
        store.replace_profile_media(write, NOBODY, holder, ())
