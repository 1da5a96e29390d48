"""Looking anew at what was sent: when a detector, a policy or a list of words has changed, in the background, as a job.

1. Every file that events or profiles show, and that is not too old, is looked at by what detectors there are now: those
   that have seen the same bytes before in the same version are not asked again.
2. What would be blocked now is withheld, its message redacted, or it is only reported, as the policy says; what would
   be held is reported. There is a case for it, with which somebody can take that back.
3. How far that is stands in the database: what was looked at by what. A restart in between begins where it was.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.capabilities.screening.cases import DAY_MS, Cases
from roomkeeper.capabilities.screening.judging import Busy, Judge
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.models import Asked, Case, Verdict
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.senders import Senders, department_of
from roomkeeper.capabilities.screening.service import Screened, Screening
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.store import cases as cases_store
from roomkeeper.capabilities.screening.store import lists as lists_store
from roomkeeper.capabilities.screening.store import looks as looks_store
from roomkeeper.capabilities.screening.store import rest as rest_store
from roomkeeper.capabilities.screening.withheld import WithheldMedia
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Media, Medium
from roomkeeper.core.rooms import Draft, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation

log = get_logger(area="screening")

RESCREEN = "screening.rescreen"
FINGERPRINT = "fingerprint"
GATHER_S = 3.0
"""Seconds for which changes gather before all is looked at anew."""
AT_ONCE = 5
REFERENCES = 100
PATIENCE_S = 300.0
AGAIN_S = 0.5
LATER = 1_000
"""Files that a policy let pass unseen which are waited for at the same time."""


class Rescreen(msgspec.Struct, frozen=True):
    """What the files are looked at by, and how old they may be (milliseconds since 1970)."""

    fingerprint: str
    since_ts: int


class Cursor(msgspec.Struct, kw_only=True):
    """How far it is."""

    after: str = ""
    done: int = 0
    found: int = 0


class Rescreening:
    """Looks anew."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        settings: ScreeningSettings,
        rooms: Rooms,
        media: Media,
        looking: Looking,
        policies: Policies,
        judge: Judge,
        screening: Screening,
        senders: Senders,
        cases: Cases,
        withheld: WithheldMedia,
    ) -> None:
        self._app = app
        self._jobs = jobs
        self._settings = settings
        self._rooms = rooms
        self._media = media
        self._looking = looking
        self._policies = policies
        self._judge = judge
        self._screening = screening
        self._senders = senders
        self._cases = cases
        self._withheld = withheld
        self._changed = asyncio.Event()
        self._later: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ when

    def note(self, _what: object = None) -> None:
        """Something has changed by which files are judged."""
        self._changed.set()

    async def run(self) -> None:
        """Begin when something has changed, also while the server was not there; for ever."""
        self._changed.set()
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_S)
            self._changed.clear()
            await self._begin_if_changed()

    async def fingerprint(self) -> str:
        """What files are judged by now."""
        detectors = sorted(
            f"{each.name}={each.version}" for each in self._looking.detectors.all() if each.absence() is None
        )
        changed_ts, lists = await lists_store.newest_change(self._app.driver)
        return f"{' '.join(detectors)} policies={self._policies.current.version} lists={lists}.{changed_ts}"

    async def _begin_if_changed(self) -> None:
        now = await self.fingerprint()
        before = await rest_store.progress(self._app.driver, FINGERPRINT)
        if before == now:
            return
        write = Write()
        rest_store.note_progress(write, FINGERPRINT, now)
        if not self._policies.is_on or not await self._media.shown_after("", 1):
            await self._app.committer.submit(write)
        else:
            await self.start("server", write)

    async def start(self, actor: str, write: Write | None = None) -> JobRecord:
        """Look anew at all that is not too old, with what there is now."""
        for record in await self._jobs.unfinished(RESCREEN):
            await self._jobs.change(record.job_id, "cancel")
        days = self._settings.rescreen_days
        since = self._app.clock.now_ms() - days * DAY_MS if days else 0
        parameters = Rescreen(await self.fingerprint(), since)
        return await self._jobs.start(RESCREEN, parameters, started_by=actor, write=write)

    # ------------------------------------------------------------ the job

    async def step(self, work: Rescreen, cursor: Any) -> Chunk:
        """See `Job.step`."""
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        page = await self._media.shown_after(at.after, AT_ONCE)
        for medium in page:
            if (medium.uploaded_ts or 0) >= work.since_ts:
                at.found += await self.look_anew(medium)
        at.done += len(page)
        at.after = page[-1].media_id if page else ""
        is_last = len(page) < AT_ONCE
        return Chunk(
            cursor=None if is_last else msgspec.to_builtins(at),
            done=at.done,
            total=at.done if is_last else None,
            message=f"{at.found} found",
        )

    def later(self, screened: Screened) -> None:
        """A policy let this pass unseen at the deadline: when it has been looked at, it is judged as what was sent."""
        for medium in screened.media:
            if len(self._later) < LATER:
                task = asyncio.create_task(self._look_later(medium.media_id), name="screening later")
                self._later.add(task)
                task.add_done_callback(self._later.discard)

    async def _look_later(self, media_id: str) -> None:
        try:
            medium = await self._media.look_up(media_id)
            if medium is not None:
                await self.look_anew(await self._media.awaited(medium, int(PATIENCE_S * 1000)))
        except Exception as error:
            log.warning("what was let pass could not be looked at", media_id=media_id, exc_info=error)

    async def stop(self) -> None:
        """End what is waited for: the next look at all finds it."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def look_anew(self, medium: Medium) -> int:
        """Judge a file as it was sent, everywhere; in how many places it would not be let pass any more."""
        found, after = 0, ("", "")
        while references := await self._media.references(medium.media_id, after, REFERENCES):
            for each in references:
                found += await self._judge_sent(medium, each.room_id, each.sender, each.event_id)
            after = references[-1].room_id, references[-1].event_id
        if after == ("", ""):
            found += await self._judge_sent(medium, "", medium.uploader, "")
        self._forget_old(medium)
        return found

    def _forget_old(self, medium: Medium) -> None:
        assert medium.sha256 is not None
        current = [(each.name, each.version) for each in self._looking.detectors.all() if each.absence() is None]
        write = Write()
        looks_store.forget_versions(write, medium.sha256, current)
        self._app.committer.submit(write)

    async def _judge_sent(self, medium: Medium, room_id: str, sender: str, event_id: str) -> bool:
        asked = await self._asked(room_id, sender)
        verdict = await self._verdict(medium, asked)
        if verdict.action == "allow" or await self._is_known(medium, room_id, verdict):
            return False
        policy = self._judge.policy(medium, asked)
        act = policy.on_seen_later if verdict.action == "block" else "report"
        write = Write()
        case = await self._cases.sent(room_id, sender, event_id, verdict, medium, write)
        if act != "report":
            self._withheld.add(write, medium.media_id, case.case_id)
        await self._app.committer.submit(write)
        if act == "redact" and event_id:
            await self._redact(case)
        return True

    async def _verdict(self, medium: Medium, asked: Asked) -> Verdict:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                return await self._screening.file(medium, asked, PATIENCE_S, Priority.BACKGROUND)
            except Busy:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(AGAIN_S)

    async def _asked(self, room_id: str, sender: str) -> Asked:
        department = ""
        if room_id:
            try:
                department = department_of(await self._rooms.cache.get(room_id))
            except NotFound:
                room_id = ""
        if not self._policies.asks_who:
            return Asked(room_id=room_id, sender=sender)
        return msgspec.structs.replace(await self._senders.of(sender, department), room_id=room_id)

    async def _is_known(self, medium: Medium, room_id: str, verdict: Verdict) -> bool:
        """Whether there is a case about it there, or somebody has let it pass who saw the same."""
        assert medium.sha256 is not None
        seen = set(verdict.labels)
        for case in await cases_store.of_file(self._app.driver, medium.sha256, 100):
            if case.room_id != room_id:
                continue
            if (
                case.kind == "sent"
                and medium.media_id in {each.media_id for each in case.media}
                and case.state != "approved"
            ):
                return True
            if case.state == "approved" and seen <= set(case.labels):
                return True
        return False

    async def _redact(self, case: Case) -> None:
        """In the name of its sender, who may always do so while they are in the room."""
        content = {"reason": case.refused_text}
        draft = Draft(type="m.room.redaction", sender=case.sender, content=content, redacts=case.event_id)
        try:
            await self._rooms.send(case.room_id, draft)
        except (MatrixError, ProtocolViolation) as error:
            log.info("a message could not be redacted", event_id=case.event_id, reason=str(error))
