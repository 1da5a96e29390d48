"""Telling senders what became of what they sent.

1. Room account data (`org.roomkeeper.screening`), which all their clients are shown by sync: what waits, what was
   refused and why, whether they can appeal. It is made anew of the cases whenever one changes.
2. A server notice, for clients that know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from roomkeeper.capabilities.screening import texts
from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.facts import CaseChanged
from roomkeeper.capabilities.screening.models import STATE, Case, CaseQuery, mine_of
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.account_data import AccountData, Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.notices import Notices
from roomkeeper.core.notices.service import Notice
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation

log = get_logger(area="screening")

SHOWN = 50
"""The newest cases of a sender in a room that their clients are shown."""


class Telling:
    """Tells."""

    def __init__(
        self,
        app: Application,
        settings: ScreeningSettings,
        rooms: Rooms,
        accounts: Accounts,
        account_data: AccountData,
        notices: Notices,
        cases: Cases,
    ) -> None:
        self._app = app
        self._settings = settings
        self._rooms = rooms
        self._accounts = accounts
        self._account_data = account_data
        self._notices = notices
        self._cases = cases
        self._turns = Turns()
        self.on_told: Callable[[Case], None] = lambda _case: None
        """Called with each case when its sender has been told."""

    async def case_changed(self, fact: CaseChanged) -> None:
        """Handles the fact."""
        case = await store.find(self._app.driver, fact.case_id)
        if case is not None:
            case = await self._cases.complete(case)
        if not await self._accounts.exists(fact.sender):
            return
        await self._show(fact.sender, fact.room_id)
        if case is not None and case.told != case.state:
            await self._notify(case)
        if case is not None:
            self.on_told(case)

    async def _show(self, user_id: str, room_id: str) -> None:
        """Make the account data anew."""
        if not room_id:
            return
        async with self._turns(user_id, room_id):
            query = CaseQuery(sender=user_id, room_id=room_id)
            found = await store.page(self._app.driver, query, None, SHOWN, newest=True)
            content = content_of(found)
            if content == await self._account_data.get(user_id, room_id, STATE):
                return
            write = Write()
            self._account_data.put(write, user_id, room_id, STATE, content)
            await self._app.committer.submit(write)

    async def _notify(self, case: Case) -> None:
        name = _name(case)
        if name is None or self._settings.tell_senders == "off":
            return
        words = texts.text(name, self._settings.language, room=await self._room(case.room_id), why=case.refused_text)
        mine = _plain(case)
        content: dict[str, Any] = {"msgtype": "m.server_notice", "body": words, STATE: mine}
        content["server_notice_type"] = f"{STATE}.{case.state}"
        try:
            await self._notices.send(Notice(case.sender, content))
        except (MatrixError, ProtocolViolation) as error:
            log.info("a sender could not be told", user_id=case.sender, reason=str(error))
        await self._cases.note_told(case)

    async def _room(self, room_id: str) -> str:
        """What people call a room."""
        try:
            name = (await self._rooms.cache.get(room_id)).content("m.room.name").get("name")
        except NotFound:
            name = None
        return name if isinstance(name, str) and name else room_id


def content_of(cases: list[Case]) -> dict[str, Any]:
    """The account data: by event id what became of it; and what was refused at the door, the newest first."""
    events = {case.event_id: _plain(case) for case in cases if case.kind == "held"}
    blocked = [_plain(case) for case in cases if case.kind == "blocked"]
    sent = {case.event_id: _plain(case) for case in cases if case.kind == "sent"}
    return {"events": events, "blocked": blocked[:10], "sent": sent}


def _plain(case: Case) -> dict[str, Any]:
    """A case as its sender sees it, in JSON's own types."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(mine_of(case)))
    return plain


def _name(case: Case) -> texts.Name | None:
    """Which notice tells of the state of a case."""
    if case.kind == "held":
        return {"refused": "refused", "waiting": "review"}.get(case.state)  # type: ignore[return-value]
    if case.kind == "blocked":
        return "approved_block" if case.state == "approved" else "refused" if case.state == "refused" else None
    return "withheld" if case.state == "waiting" else None
