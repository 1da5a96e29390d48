"""What screening can put right: a file is refused by what a detector once said of it, and would say otherwise now.

Offered to who repairs, by `app.remedies`: detectors look anew, and what they say now counts. Where they say the same as
before, nothing is wrong. The drill keeps a false score, as a broken detector did once.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening import texts
from roomkeeper.capabilities.screening.detectors.interface import Scores
from roomkeeper.capabilities.screening.judging import Judge
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.models import Asked
from roomkeeper.capabilities.screening.rules import Look
from roomkeeper.capabilities.screening.service import Screening
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Media, Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.remedies import Drill, Finding, Found, NoFault, Remedy

PATIENCE_S = 8.0
FALSE = {"disguise": 1.0}
FALSELY_SAID_BY = "type"

Id = Annotated[str, Meta(min_length=1, max_length=255)]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A user and a file that they have uploaded: its id, the last part of its ``mxc://`` URI."""

    user_id: Id
    media_id: Id


class ScreeningRemedies:
    """Has files looked at anew."""

    def __init__(
        self, app: Application, media: Media, looking: Looking, screening: Screening, judge: Judge, language: str
    ) -> None:
        self._app = app
        self._media = media
        self._looking = looking
        self._screening = screening
        self._judge = judge
        self._language = language

    def install(self) -> None:
        """Contribute them."""
        self._app.remedies.add(
            "screening.look_again",
            Remedy(
                version=1,
                summary="Have detectors look anew at a file that is refused, and let what they say now count.",
                parameters=Upload,
                look=self.look,
                apply=self.apply,
            ),
        )
        self._app.drills.add(
            "screening.false_score",
            Drill(
                kind="media_refused",
                summary="Keep a false score of a file, by which it is refused.",
                parameters=Upload,
                inject=self.keep_false_score,
            ),
        )

    async def look(self, upload: Upload) -> Finding:
        """See `Remedy.look`."""
        medium = await self._medium(upload)
        stale = await self._looking.stale(self._looking.file_of(medium))
        detectors = ", ".join(sorted(each.detector for each in stale))
        return Finding(bool(stale), {"media_id": medium.media_id, "detectors": detectors})

    async def apply(self, upload: Upload) -> Found:
        """See `Remedy.apply`."""
        medium = await self._medium(upload)
        stale = await self._looking.stale(self._looking.file_of(medium))
        if stale:
            await self._looking.replace(self._looking.file_of(medium), stale)
        verdict = await self._screening.file(medium, Asked(sender=upload.user_id), PATIENCE_S, Priority.INTERACTIVE)
        if verdict.action == "block":
            raise NoFault(texts.text("blocked", self._language, why=texts.why(list(verdict.labels), self._language)))
        return {"media_id": medium.media_id, "looked_at_anew": len(stale), "verdict": verdict.action}

    async def _medium(self, upload: Upload) -> Medium:
        medium = await self._media.look_up(upload.media_id)
        if medium is None or medium.uploader != upload.user_id or medium.sha256 is None:
            raise NotFound(f"{upload.user_id} has not uploaded such a file.")
        return medium

    async def keep_false_score(self, upload: Upload) -> Found:
        """See `Drill.inject`."""
        medium = await self._medium(upload)
        false = Look(detector=FALSELY_SAID_BY, outcome="seen", scores=Scores(labels=FALSE))
        await self._looking.replace(self._looking.file_of(medium), [false])
        self._judge.forget(medium.media_id)
        return {"media_id": medium.media_id, "detector": FALSELY_SAID_BY}
