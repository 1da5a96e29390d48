"""What the human in charge makes of candidates: each is confirmed or rejected, with a reason, in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from roomkeeper.capabilities.safety.events import Events
from roomkeeper.capabilities.safety.features import Features
from roomkeeper.capabilities.safety.identification import rules
from roomkeeper.capabilities.safety.identification.models import Candidate, Evidence, Identification
from roomkeeper.capabilities.safety.models import Event
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.store import identification as store
from roomkeeper.capabilities.safety.store import people as people_store
from roomkeeper.capabilities.safety.telling import Telling
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.core.media import Media, Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import InvalidParameter, NotFound

SEEN: Final = "safety.candidates.read"
CONFIRMED: Final = "safety.candidates.confirm"
REJECTED: Final = "safety.candidates.reject"
"""Under what it stands in the audit log."""
Adding = Callable[[Write, Event], None]


class Deciding:
    """Shows candidates to whoever is in charge, and takes their decision."""

    def __init__(
        self,
        app: Application,
        media: Media,
        people: SafetyPeople,
        events: Events,
        features: Features,
        vault: Vault,
        telling: Telling,
    ) -> None:
        self._app = app
        self._media = media
        self._people = people
        self._events = events
        self._features = features
        self._vault = vault
        self._telling = telling

    # ------------------------------------------------------------ looking

    async def page(self, actor: str, event_id: str, before: str, limit: int) -> list[Identification]:
        """Submissions of an event, the newest first: all for who is in charge, one's own for others."""
        event, role = await self._events.visible(actor, event_id)
        if rules.is_in_charge(event, actor, role):
            return await store.page_of_event(self._app.driver, event_id, None, before, limit)
        found = await store.page_of_event(self._app.driver, event_id, actor, before, limit)
        return [rules.shown_to_submitter(each) for each in found]

    async def in_review(self, before: str, limit: int) -> list[Identification]:
        """Submissions of all events with candidates to decide about, the newest first."""
        return await store.page_in_state(self._app.driver, "review", before, limit)

    async def get(
        self, actor: str, event_id: str, identification_id: str
    ) -> tuple[Identification, list[Candidate] | None]:
        """One of them; its candidates for who is in charge alone, which is told in the audit log."""
        event, identification, is_in_charge = await self._find(actor, event_id, identification_id)
        if not is_in_charge:
            return rules.shown_to_submitter(identification), None
        stored = await store.candidates_of(self._app.driver, identification_id)
        if stored:
            await self._note(actor, SEEN, event, identification_id)
        return identification, [each for each in [await self._opened(one) for one in stored] if each is not None]

    async def _find(self, actor: str, event_id: str, identification_id: str) -> tuple[Event, Identification, bool]:
        """Raises `NotFound` where it is neither theirs nor are they in charge."""
        event, role = await self._events.visible(actor, event_id)
        identification = await store.find_identification(self._app.driver, identification_id)
        is_in_charge = rules.is_in_charge(event, actor, role)
        if (
            identification is None
            or identification.event_id != event_id
            or not (is_in_charge or identification.requested_by == actor)
        ):
            raise NotFound("There is no such submission.")
        return event, identification, is_in_charge

    async def _in_charge(self, actor: str, event_id: str, identification_id: str) -> tuple[Event, Identification]:
        event, identification, is_in_charge = await self._find(actor, event_id, identification_id)
        if not is_in_charge:
            raise NotFound("There is no such submission.")
        return event, identification

    async def _opened(self, stored: store.StoredCandidate) -> Candidate | None:
        wrapped = await people_store.key_of(self._app.driver, stored.user_id)
        if wrapped is None:
            return None
        data = self._vault.open_bytes(wrapped, stored.user_id, stored.identification_id, "evidence", stored.sealed)
        return Candidate(
            user_id=stored.user_id,
            display_name=await self._telling.name_of(stored.user_id),
            state=stored.state,
            score=stored.score,
            evidence=msgspec.msgpack.decode(data, type=tuple[Evidence, ...]),
            decided_by=stored.decided_by,
            decided_ts=stored.decided_ts,
            reason=stored.reason,
        )

    async def _note(self, actor: str, permission: str, event: Event, *what: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=" ".join([event.event_id, *what]), actor=actor)
        await self._app.committer.submit(write)

    async def file(self, actor: str, event_id: str, identification_id: str) -> Medium:
        """What was submitted, for who did and who is in charge. Raises `NotFound`."""
        _, identification, _ = await self._find(actor, event_id, identification_id)
        medium = await self._media.look_up(identification.media_id)
        if medium is None or medium.sha256 is None:
            raise NotFound("The file is gone.")
        return medium

    async def feature_file(
        self, actor: str, event_id: str, identification_id: str, user_id: str, feature_id: str
    ) -> tuple[str, bytes]:
        """The picture or recording of a candidate that is like what was submitted, to look at both side by side: its
        type, and the bytes. Told in the audit log. Raises `NotFound`."""
        event, _ = await self._in_charge(actor, event_id, identification_id)
        stored = await store.find_candidate(self._app.driver, identification_id, user_id)
        candidate = None if stored is None else await self._opened(stored)
        if candidate is None or all(each.feature_id != feature_id for each in candidate.evidence):
            raise NotFound("There is no such candidate.")
        found = await self._features.compared(user_id, feature_id)
        await self._note(actor, SEEN, event, identification_id, user_id, feature_id)
        return found

    # ------------------------------------------------------------ deciding

    async def decide(
        self, actor: str, event_id: str, identification_id: str, user_id: str, *, confirm: bool, reason: str
    ) -> tuple[Identification, list[Candidate]]:
        """Confirm or reject a candidate, once. Who is confirmed is asked in, with those who watch over them.

        Raises `NotFound`, `InvalidParameter`.
        """
        event, _ = await self._in_charge(actor, event_id, identification_id)
        async with self._people.turns("deciding", identification_id):
            stored = await self._undecided(identification_id, user_id)
            now = self._app.clock.now_ms()
            decided = msgspec.structs.replace(
                stored,
                state="confirmed" if confirm else "rejected",
                decided_by=actor,
                decided_ts=now,
                reason=reason,
            )

            def add(write: Write, _event: Event) -> None:
                store.decide_candidate(write, decided)
                store.settle(write, identification_id)
                permission = CONFIRMED if confirm else REJECTED
                target = f"{event_id} {identification_id} {user_id}"
                self._app.audit.record(write, permission=permission, target=target, reason=reason, actor=actor)

            try:
                await self._put(event, user_id, add, confirm=confirm)
            except DatabaseError:
                raise InvalidParameter("This candidate is gone, or somebody else has decided: look again.") from None
        identification = await store.find_identification(self._app.driver, identification_id)
        if identification is None:
            raise NotFound("The event was closed meanwhile.")
        opened = [await self._opened(one) for one in await store.candidates_of(self._app.driver, identification_id)]
        return identification, [each for each in opened if each is not None]

    async def _undecided(self, identification_id: str, user_id: str) -> store.StoredCandidate:
        stored = await store.find_candidate(self._app.driver, identification_id, user_id)
        if stored is None:
            raise NotFound("There is no such candidate.")
        if stored.state != "waiting":
            raise InvalidParameter(f"This candidate was {stored.state} already.")
        return stored

    async def _put(self, event: Event, user_id: str, add: Adding, *, confirm: bool) -> None:
        if confirm:
            await self._events.ask_in(event.event_id, user_id, add)
        else:
            write = Write()
            add(write, event)
            await self._app.committer.submit(write)
