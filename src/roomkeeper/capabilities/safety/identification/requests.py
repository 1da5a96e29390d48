"""What is submitted: taken from those who may, compared in the background, shown to the human in charge."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from roomkeeper.capabilities.safety.events import Events
from roomkeeper.capabilities.safety.groups import Groups
from roomkeeper.capabilities.safety.identification import looking, rules
from roomkeeper.capabilities.safety.identification.looking import Looking, Sight, Unavailable
from roomkeeper.capabilities.safety.identification.models import Candidate, Details, Evidence, Identification
from roomkeeper.capabilities.safety.identification.register import Register
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import Asked, Event
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import events as events_store
from roomkeeper.capabilities.safety.store import identification as store
from roomkeeper.capabilities.safety.store import people as people_store
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.media import Media, Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, LimitExceeded, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

HOUR_MS: Final = 3_600_000
MOST_OF_EVENT: Final = 200
ATTEMPTS: Final = 3
AGAIN_S: Final = 5.0
LOOK_S: Final = 30.0
UPLOAD_MS: Final = 20_000
"""For how long a file is waited for that is on its way."""
REQUEST: Final = "safety.identify"
"""Under what a submission stands in the audit log."""


class TooManySubmitted(LimitExceeded):
    """You have submitted as many files as one person may within an hour: wait."""


class Identifications:
    """Takes submissions, and has them compared one after another; a crash loses none."""

    def __init__(
        self,
        app: Application,
        accounts: Accounts,
        media: Media,
        people: SafetyPeople,
        locations: Locations,
        groups: Groups,
        events: Events,
        vault: Vault,
        looking: Looking,
        register: Register,
        telling: Telling,
        settings: SafetySettings,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._media = media
        self._people = people
        self._locations = locations
        self._groups = groups
        self._events = events
        self._vault = vault
        self._looking = looking
        self._register = register
        self._telling = telling
        self._settings = settings
        self._wake = asyncio.Event()

    # ------------------------------------------------------------ submitting

    async def submit(
        self, requester: Requester, event_id: str, server: str, media_id: str, note: str
    ) -> Identification:
        """Take a file that was uploaded, or that stands in the group. Raises a `MatrixError`."""
        actor = requester.user_id
        await self._people.check_acting(actor)
        event = await self._requested(actor, event_id)
        medium = await self._media.find(requester, server, media_id, UPLOAD_MS)
        self._check_file(medium)
        async with self._people.turns("identifying", event_id):
            await self._check_room(actor, event_id)
            now = self._app.clock.now_ms()
            identification = Identification(
                identification_id=f"{now:011x}{secrets.token_hex(8)}",
                event_id=event_id,
                requested_by=actor,
                media_id=media_id,
                state="waiting",
                created_ts=now,
                details=Details(content_type=medium.content_type, size=medium.size, note=note),
            )
            write = Write()
            store.insert_identification(write, identification)
            target = f"{event_id} {identification.identification_id}"
            self._app.audit.record(write, permission=REQUEST, target=target, reason=note, actor=actor)
            await self._app.committer.submit(write)
        log.info("something was submitted for identification", event_id=event.event_id)
        self._wake.set()
        return identification

    async def _requested(self, actor: str, event_id: str) -> Event:
        """The event, where somebody may submit for it. Raises `NotFound`, `Forbidden`, `InvalidParameter`."""
        event, _ = await self._events.visible(actor, event_id)
        if not event.is_open:
            raise InvalidParameter("This is over: nothing is compared any more.")
        if not rules.may_request(event, actor, await self._inside(event, actor), self._locations.where(actor)):
            raise Forbidden(
                "Only who reported this, an organisation in its group, and members of the group who are there now (and"
                " share where they are) can have something compared."
            )
        return event

    async def _inside(self, event: Event, actor: str) -> Asked | None:
        """What somebody is to an event, who is in its group."""
        if event.room_id is None or await self._groups.membership(event.room_id, actor) != "join":
            return None
        return await events_store.find_asked(self._app.driver, event.event_id, actor)

    def _check_file(self, medium: Medium) -> None:
        if medium.content_type.partition("/")[0] not in ("image", "audio", "video"):
            raise InvalidParameter(f"Submit a picture, a video or a recording: this is {medium.content_type}.")
        most = self._settings.identification_mib
        if medium.size > most * 1024 * 1024:
            raise InvalidParameter(f"Submit a file of {most} MiB at most: cut it, or make it smaller.")

    async def _check_room(self, actor: str, event_id: str) -> None:
        now, most = self._app.clock.now_ms(), self._settings.identifications_an_hour
        if await store.count_requested(self._app.driver, actor, now - HOUR_MS) >= most:
            raise TooManySubmitted(retry_after_ms=HOUR_MS)
        if await store.count_of_event(self._app.driver, event_id) >= MOST_OF_EVENT:
            raise Forbidden(f"{MOST_OF_EVENT} files are compared for one event at most.")

    # ------------------------------------------------------------ comparing

    async def run(self) -> None:
        """Compare what waits, for ever; at first what waited when the server stopped."""
        while True:
            self._wake.clear()
            for each in await store.waiting(self._app.driver, 1):
                await self._compare(each)
                self._wake.set()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _compare(self, identification: Identification) -> None:
        try:
            await self._compare_or_fail(identification)
        except DatabaseError:
            log.info("an event was closed, or a file withdrawn, while it was compared")
        except Exception as error:
            log.error("a submission could not be compared", exc_info=error)
            await self._failed(identification, Unavailable("busy", is_final=False))

    async def _compare_or_fail(self, identification: Identification) -> None:
        medium = await self._media.look_up(identification.media_id)
        if medium is None or medium.sha256 is None:
            await self._failed(identification, Unavailable("gone"))
            return
        path = self._app.blobs.path(medium.sha256)
        try:
            sight = await self._looking.look(path, medium.content_type, identification.requested_by)
            found = await self._register.compare(sight)
            found += await self._belongings(sight, identification)
        except Unavailable as failure:
            await self._failed(identification, failure)
            return
        candidates = await self._active(rules.ranked(found, identification.requested_by))
        await self._finish(identification, sight, candidates)

    async def _belongings(self, sight: Sight, identification: Identification) -> list[tuple[str, Evidence]]:
        if sight.thing is None:
            return []
        pictures, left = await self._register.belongings()
        if left:
            log.warning("more pictures of belongings are registered than are compared", left_out=left)
        path, threshold = self._app.data_dir, self._settings.belonging_threshold
        inliers = await self._looking.compare(sight.thing, pictures, path, identification.requested_by)
        scores = [min(each / looking.ALIKE, 1.0) for each in inliers]
        return [
            (one.user_id, Evidence(feature_id=one.feature_id, kind="belonging", score=score, threshold=threshold))
            for one, score in zip(pictures, scores, strict=True)
            if score >= threshold
        ]

    async def _active(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those whose accounts can be asked."""
        found = []
        for candidate in candidates:
            try:
                user = await self._accounts.user(candidate.user_id)
            except NotFound:
                continue
            if user.state == "active":
                found.append(candidate)
        return found

    async def _finish(self, identification: Identification, sight: Sight, candidates: Sequence[Candidate]) -> None:
        write = Write()
        for candidate in candidates:
            wrapped = await people_store.key_of(self._app.driver, candidate.user_id)
            if wrapped is None:
                continue
            item, evidence = identification.identification_id, msgspec.msgpack.encode(candidate.evidence)
            stored = store.StoredCandidate(
                identification_id=item,
                event_id=identification.event_id,
                user_id=candidate.user_id,
                state="waiting",
                score=candidate.score,
                sealed=self._vault.seal_bytes(wrapped, candidate.user_id, item, "evidence", evidence),
            )
            store.insert_candidate(write, stored)
        details = msgspec.structs.replace(identification.details, looked_ts=self._app.clock.now_ms(), found=sight.found)
        state = "review" if candidates else "nothing"
        after = msgspec.structs.replace(identification, state=state, details=details)
        store.update_identification(write, "waiting", after)
        await self._app.committer.submit(write)
        if candidates:
            await self._tell(identification.event_id)

    async def _tell(self, event_id: str) -> None:
        """The accounts that have the event in hand learn that there is something to decide, and nobody else."""
        event = await self._events.find(event_id)
        for user_id in rules.responsible_for(event):
            await self._telling.tell(user_id, "identification.review", title=event.details.title)

    async def _failed(self, identification: Identification, failure: Unavailable) -> None:
        details = identification.details
        attempts = details.attempts + 1
        is_final = failure.is_final or attempts >= ATTEMPTS
        details = msgspec.structs.replace(
            details,
            attempts=attempts,
            failure=failure.failure if is_final else None,
            looked_ts=self._app.clock.now_ms() if is_final else None,
        )
        after = msgspec.structs.replace(identification, state="failed" if is_final else "waiting", details=details)
        write = Write()
        store.update_identification(write, "waiting", after)
        await self._app.committer.submit(write)
        if not is_final:
            await asyncio.sleep(AGAIN_S)

    # ------------------------------------------------------------ files

    async def kept(self, _user_id: str, media_ids: Sequence[str]) -> AbstractSet[str]:
        """A keeper of media: what was submitted stays as long as the event goes on."""
        return await store.media_kept(self._app.driver, media_ids)
