"""Talking with the support account: who invites it into a direct chat and writes, reports; and answers there.

What is said is noted in the write of the message itself, so that no report is lost and none is made twice: a report
carries the id of the message that it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any, Final

from roomkeeper.capabilities.repair.reports import rules, store, texts
from roomkeeper.capabilities.repair.reports.account import SupportAccount
from roomkeeper.capabilities.repair.reports.book import ChangedMeanwhile
from roomkeeper.capabilities.repair.reports.facts import SupportAsked, SupportInvited
from roomkeeper.capabilities.repair.reports.models import ANSWERED, NewReport, Report
from roomkeeper.capabilities.repair.reports.receiving import Receiving
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Draft, Room, Rooms, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import LimitExceeded, MatrixError, NotFound
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation

log = get_logger(area="repair")

MEMBER: Final = "m.room.member"
MESSAGE: Final = "m.room.message"
ENCRYPTED: Final = "m.room.encrypted"
LONGEST: Final = 4000
MOST_MEMBERS: Final = 3
"""In a chat of more people the support account does not stay: what is said there is not said to it."""


class SupportChat:
    """What people say to the support account."""

    def __init__(
        self, app: Application, rooms: Rooms, profiles: Profiles, account: SupportAccount, receiving: Receiving
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._profiles = profiles
        self._account = account
        self._receiving = receiving

    def note(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn of each event. See `rooms.Accepted`."""
        event, support = entry.event, self._account.user_id
        if event.type == MEMBER:
            if event.state_key == support and event.membership == "invite":
                self._app.facts.record(write, SupportInvited(event.room_id, event.sender))
        elif support in room.joined and event.sender != support and event.type in (MESSAGE, ENCRYPTED):
            text = _text_of(event.type, event.content)
            if text is not None:
                self._app.facts.record(write, SupportAsked(event.room_id, event.event_id, event.sender, text))

    async def join(self, fact: SupportInvited) -> None:
        """Enter a direct chat, and say hello; decline all others. Again does nothing."""
        try:
            room = await self._rooms.cache.get(fact.room_id)
        except NotFound:
            return
        if room.membership(self._account.user_id) != "invite":
            return
        enters = len(room.joined) < MOST_MEMBERS
        profile = await self._profiles.member_content(self._account.user_id) if enters else {}
        content = {"membership": "join" if enters else "leave", **profile}
        support = self._account.user_id
        try:
            await self._rooms.send(fact.room_id, Draft(type=MEMBER, sender=support, state_key=support, content=content))
            if enters:
                language = await self._receiving.language_of(fact.by)
                await self._say(fact.room_id, texts.text(language, "hello"))
        except (MatrixError, ProtocolViolation) as error:
            log.info("the support account could not enter a chat", room_id=fact.room_id, reason=str(error))

    async def listen(self, fact: SupportAsked) -> None:
        """Somebody said something: an answer to what was asked, a word on the last report, or a new one."""
        last = await store.newest_in_room(self._app.driver, fact.room_id)
        if last is not None and last.properties.get(rules.SAID_IN) == fact.event_id:
            return
        language = rules.language_of(fact.text, await self._receiving.language_of(fact.by))
        if not fact.text:
            await self._say(fact.room_id, texts.text(language, "encrypted"))
            return
        own = last if last is not None and last.user_id == fact.by else None
        if own is not None and await self._is_about(own, fact, language):
            return
        if own is None and rules.says(fact.text) == "status":
            await self._say(fact.room_id, texts.text(language, "status.none"))
            return
        await self._report(fact, language)

    async def _is_about(self, last: Report, fact: SupportAsked, language: str) -> bool:
        """Whether a message was about the last report; then it is dealt with."""
        if last.state == "asking" and last.question == "kind":
            return await self._choose(last, fact, language)
        meaning = rules.says(fact.text)
        try:
            if meaning in ("works", "broken") and last.state in ANSWERED:
                await self._receiving.feedback(last, works=meaning == "works", text=fact.text)
                return True
        except ChangedMeanwhile:
            pass
        if meaning:
            said = {"when": texts.when_text(last.created_ts), "state": texts.state_text(language, last.state)}
            await self._say(fact.room_id, texts.text(language, "status", **said))
        return bool(meaning)

    async def _choose(self, last: Report, fact: SupportAsked, language: str) -> bool:
        titles = self._receiving.kinds()
        chosen = rules.chosen(fact.text, last.candidates, titles)
        if chosen is None:
            classified = rules.classify(fact.text, self._receiving.lexicon)
            chosen = classified.kind or None
        if chosen is None:
            await self._say(fact.room_id, texts.text(language, "not.understood"))
            return True
        try:
            await self._receiving.answer(last, chosen)
        except ChangedMeanwhile:
            return False
        return True

    async def _report(self, fact: SupportAsked, language: str) -> None:
        new = NewReport(
            user_id=fact.by,
            reported_by=fact.by,
            source="chat",
            text=fact.text[:LONGEST],
            language=language,
            properties={rules.SAID_IN: fact.event_id},
            room_id=fact.room_id,
        )
        try:
            await self._receiving.take(new)
        except LimitExceeded:
            await self._say(fact.room_id, texts.text(language, "limit"))

    async def _say(self, room_id: str, words: str) -> None:
        content = {"msgtype": "m.notice", "body": words}
        try:
            await self._rooms.send(room_id, Draft(type=MESSAGE, sender=self._account.user_id, content=content))
        except (MatrixError, ProtocolViolation) as error:
            log.info("the support account could not answer", room_id=room_id, reason=str(error))


def _text_of(kind: str, content: AnyMapping[str, Any]) -> str | None:
    """What was said; empty where it cannot be read, `None` where it is nothing to answer (an edit, a notice)."""
    if kind == ENCRYPTED:
        return ""
    body, relates = content.get("body"), content.get("m.relates_to")
    is_edit = isinstance(relates, dict) and relates.get("rel_type") == "m.replace"
    if content.get("msgtype") != "m.text" or not isinstance(body, str) or not body.strip() or is_edit:
        return None
    return body.replace("\0", "")[:LONGEST]
