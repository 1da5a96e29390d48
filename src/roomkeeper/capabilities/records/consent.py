"""Consent: what a room says of its being recorded, who is told, who is asked, and what the answer does.

1.  A session's room says from its first write on whether it is recorded (`furnish`); others as soon as they are.
2.  Where the policy says so, the customer is told or asked by a message, once.
3.  They answer with a word, or their client asks the endpoint. The answer is state of the room, and so an entry of the
    record; what it does is the policy's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from roomkeeper.capabilities.records import rules, texts
from roomkeeper.capabilities.records.facts import ConsentWritten, RecordingBegan
from roomkeeper.capabilities.records.models import RECORDING, RECORDING_KEY, Policy
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import records as store
from roomkeeper.core.organisation.sessions import Notices, Session, SessionOpened, Sessions
from roomkeeper.core.rooms import Rooms, SendAttempt
from roomkeeper.core.rooms.models import CREATE
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.hooks import Deny, Verdict


class Recorded:
    """What rooms say of their being recorded."""

    def __init__(
        self, app: Application, rooms: Rooms, sessions: Sessions, policies: Policies, settings: RecordsSettings
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._sessions = sessions
        self._policies = policies
        self._settings = settings

    async def furnish(self, session: Session) -> Notices:
        """See `sessions.Furnish`."""
        policy = await self._policy(session)
        return [(RECORDING, "", rules.first_state(policy))] if policy.record else []

    async def _policy(self, session: Session) -> Policy:
        departments = await self._policies.departments_of(session.staff_id, session.department_id)
        return await self._policies.of("session", departments)

    def refuse(self, attempt: SendAttempt) -> Verdict:
        """A gate: the server alone says what is recorded."""
        draft = attempt.draft
        if draft.type != RECORDING:
            return None
        is_server = draft.requester is None and (
            draft.sender in self._sessions.service_accounts or draft.sender == attempt.room.state[CREATE].sender
        )
        return None if is_server else Deny(Forbidden(f"{RECORDING} is what the server alone says of a room."))

    # ------------------------------------------------------------ telling

    async def opened(self, fact: SessionOpened) -> None:
        """Somebody has a session: tell or ask them, where that is to be."""
        with suppress(NotFound):
            await self._tell(await self._sessions.get(fact.room_id))

    async def begin(self, fact: RecordingBegan) -> None:
        """A session is recorded that was there before: its room says so from now on."""
        with suppress(NotFound):
            async with self._sessions.held(fact.room_id) as session:
                if not await self.state(fact.room_id):
                    said = rules.first_state(await self._policy(session))
                    await self._say(session, [(RECORDING, "", said)])
                await self._tell(session)

    async def _tell(self, session: Session) -> None:
        consent = (await self.state(session.room_id)).get("consent")
        what = {"shown": "tell", "asked": "ask"}.get(str(consent))
        if what is None or await store.was_told(self._app.driver, session.room_id, what):
            return

        def note(write: Write, _session: Session) -> None:
            store.insert_told(write, session.room_id, what)

        with suppress(DatabaseError):  # another has just told them
            notice = texts.notice(what, session.language or self._settings.language)
            await self._sessions.rooms.say(session, [("m.room.message", None, notice)], note)

    async def state(self, room_id: str) -> dict[str, Any]:
        """What a room says; empty where it says nothing. Raises `NotFound`."""
        event = (await self._rooms.cache.get(room_id)).state.get(RECORDING_KEY)
        return {} if event is None else dict(event.content)

    async def _say(self, session: Session, notices: Notices) -> None:
        await self._sessions.rooms.say(session, notices, lambda _write, _session: None)

    # ------------------------------------------------------------ answers

    async def written(self, fact: ConsentWritten) -> None:
        """A customer has answered with a message."""
        with suppress(NotFound, InvalidParameter, Forbidden):
            await self.answer(fact.room_id, fact.customer_id, agrees=fact.agrees)

    async def answer(self, room_id: str, customer_id: str, *, agrees: bool) -> dict[str, Any]:
        """Let a customer's answer take effect. Raises `NotFound`, `Forbidden`, `InvalidParameter`."""
        async with self._sessions.held(room_id) as session:
            if session.customer_id != customer_id:
                raise Forbidden("It is for the customer of this session to say whether it may be recorded.")
            before = await self.state(room_id)
            if before.get("consent") not in ("asked", "given", "refused"):
                raise InvalidParameter("In this session nobody is asked whether it may be recorded.")
            policy = await self._policy(session)
            said = rules.answered(policy, agrees=agrees)
            if said == before:
                return said
            what = "given" if agrees else policy.on_refusal
            notice = texts.notice(what, session.language or self._settings.language)
            await self._say(session, [(RECORDING, "", said), ("m.room.message", None, notice)])
        if not agrees and policy.on_refusal == "close" and session.is_under_way:
            await self._sessions.close(room_id, "server", "recording was refused")
        return said

    async def switch(self, room_id: str, *, recorded: bool) -> dict[str, Any]:
        """Begin or stop recording a session. Raises `NotFound`."""
        async with self._sessions.held(room_id) as session:
            before = await self.state(room_id)
            said = {"recorded": recorded, "consent": before.get("consent", "none")}
            if said != before:
                await self._say(session, [(RECORDING, "", said)])
            return said

    def is_service(self, user_id: str) -> bool:
        """Whether it is the account by which the organisation itself speaks in sessions."""
        return user_id in self._sessions.service_accounts

    async def policy_of(self, room_id: str) -> Policy:
        """What holds for a room."""
        with suppress(NotFound):
            return await self._policy(await self._sessions.get(room_id))
        return await self._policies.of("room", [])

    async def is_customer(self, user_id: str, room_id: str) -> bool:
        """Whether somebody is the customer of a session, for whom it is to agree or refuse."""
        with suppress(NotFound):
            return (await self._sessions.get(room_id)).customer_id == user_id
        return False

    async def check_in(self, user_id: str, room_id: str) -> None:
        """Raises `NotFound`, `Forbidden` where somebody is not in a room."""
        await self._rooms.check_joined(user_id, room_id)
