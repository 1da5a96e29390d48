"""What keeps events from entering rooms: a slow gate for files, a fast one for words, and the same for profiles.

What the server itself says is not screened; what was held is, when it is released, unless somebody has approved it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from roomkeeper.capabilities.screening import texts
from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.errors import Blocked, TooMuchToCheck
from roomkeeper.capabilities.screening.judging import Busy, Judge
from roomkeeper.capabilities.screening.models import Asked, Verdict
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.rules import ENCRYPTED
from roomkeeper.capabilities.screening.senders import Senders
from roomkeeper.capabilities.screening.service import MEMBER, Screened, Screening
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.statistics import Statistics
from roomkeeper.core.media import Media
from roomkeeper.core.rooms import Draft, Room, SendAttempt
from roomkeeper.platform.hooks import Deny, Hold
from roomkeeper.platform.hooks import Verdict as GateVerdict

REDACTION = "m.room.redaction"
AGAIN_MS = 2_000
NOT_HELD = frozenset({MEMBER, REDACTION})
"""Events that are refused rather than held: who joins or takes something back cannot do so half."""


class Gates:
    """Asks, and says what the answer means for an event."""

    def __init__(
        self,
        settings: ScreeningSettings,
        policies: Policies,
        judge: Judge,
        screening: Screening,
        senders: Senders,
        cases: Cases,
        media: Media,
        statistics: Statistics,
    ) -> None:
        self._settings = settings
        self._policies = policies
        self._judge = judge
        self._screening = screening
        self._senders = senders
        self._cases = cases
        self._media = media
        self._statistics = statistics
        self.on_unseen: Callable[[Screened], None] = lambda _screened: None
        """Called with what a policy lets pass at the deadline, though it has not been looked at."""

    def _screens(self, draft: Draft) -> bool:
        if not self._policies.is_on or draft.type == ENCRYPTED:
            return False
        return draft.requester is not None or draft.held_as is not None

    # ------------------------------------------------------------ files

    def concerns(self, attempt: SendAttempt) -> bool:
        """See `GatePoint.add_slow`."""
        draft = attempt.draft
        if not self._screens(draft):
            return False
        if self._policies.asks_who and self._senders.known(attempt.room, draft.sender) is None:
            return True
        return self._screening.shows_media(draft)

    async def ask(self, attempt: SendAttempt) -> GateVerdict:
        """See `SlowGate`."""
        room, draft = attempt.room, attempt.draft
        asked = await self.asked(room, draft.sender)
        if self._policies.asks_who and not self._screening.shows_media(draft):
            return None  # it was only to be found out who sends it
        started = asyncio.get_running_loop().time()
        try:
            screened = await self._screening.event(draft, asked)
        except Busy:
            return Deny(TooMuchToCheck(AGAIN_MS))
        if draft.held_as in self._cases.approving:
            return None
        if draft.held_as is None:
            self._statistics.media(screened.verdict, asyncio.get_running_loop().time() - started)
        if screened.verdict.action == "allow":
            if screened.verdict.waiting:
                self.on_unseen(screened)
            return None
        return await self._answer(room, draft, screened)

    async def _answer(self, room: Room, draft: Draft, screened: Screened) -> GateVerdict:
        verdict = screened.verdict
        if draft.held_as is not None:
            language = self._settings.language
            why = texts.why(verdict.labels, language)
            return Deny(Blocked(texts.text("blocked", language, why=why), verdict.labels))
        if verdict.action == "block":
            departments = await self._cases.departments_of(room, draft.sender)
            return Deny(
                self._cases.block(
                    room.room_id, draft.sender, draft.type, verdict, screened.media, screened.words, departments
                )
            )
        if draft.type in NOT_HELD:
            return self._not_held(verdict)
        return await self._cases.prepare(room, draft.sender, draft.type, verdict, screened.media, screened.words)

    def _not_held(self, verdict: Verdict) -> Deny:
        name: texts.Name = "late" if verdict.waiting else "member"
        return Deny(Blocked(texts.text(name, self._settings.language), verdict.labels))

    async def asked(self, room: Room, sender: str) -> Asked:
        """Who sends where, as far as policies ask for it."""
        who = await self._senders.load(room, sender) if self._policies.asks_who else Asked(sender=sender)
        return msgspec.structs.replace(who, room_id=room.room_id)

    # ------------------------------------------------------------ words

    def ask_words(self, attempt: SendAttempt) -> GateVerdict:
        """See `GatePoint.add_fast`."""
        room, draft = attempt.room, attempt.draft
        if not self._judge.reads or not self._screens(draft) or draft.held_as in self._cases.approving:
            return None
        words = self._screening.words(draft)
        if not words:
            return None
        who = self._senders.known(room, draft.sender) if self._policies.asks_who else None
        asked = Asked(room_id=room.room_id, sender=draft.sender)
        if who is not None:
            asked = msgspec.structs.replace(who, room_id=room.room_id)
        verdict = self._judge.words(words, asked)
        if verdict.action == "allow":
            return None
        self._statistics.words(verdict)
        if verdict.action == "block":
            return Deny(self._cases.block(room.room_id, draft.sender, draft.type, verdict, (), words))
        if draft.type in NOT_HELD:
            return self._not_held(verdict)
        if draft.held_as is not None:
            return Hold("")
        return self._cases.prepare_words(room, draft.sender, draft.type, verdict, words)

    # ------------------------------------------------------------ profiles

    async def profile(self, user_id: str, field: str, value: Any) -> None:
        """See `profiles.Asked`: a name or a picture that everybody sees. There is nothing that could be held."""
        if not self._policies.is_on or not isinstance(value, str) or field not in ("displayname", "avatar_url"):
            return
        asked = Asked(sender=user_id)
        if self._policies.asks_who:
            asked = await self._senders.of(user_id, "")
        if field == "displayname":
            verdict = self._judge.words([value], asked) if self._judge.reads else Verdict()
        else:
            draft = Draft(type="m.room.avatar", sender=user_id, content={"url": value})
            try:
                verdict = (await self._screening.event(draft, asked)).verdict
            except Busy:
                raise TooMuchToCheck(AGAIN_MS) from None
        if verdict.action == "block":
            raise self._cases.block("", user_id, field, verdict, (), [value])
        if verdict.action == "review":
            raise self._not_held(verdict).error
