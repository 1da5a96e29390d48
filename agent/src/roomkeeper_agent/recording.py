"""Records that somebody asks for, and those that a picture of the screen makes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from roomkeeper_agent.clock import now_ms
from roomkeeper_agent.config import ScreenshotConfig
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, LocalFile, Problem, made_id
from roomkeeper_agent.spool import NoSpace, Reason, Rule, Spool
from roomkeeper_agent.triggers import capture
from roomkeeper_agent.triggers.association import Association, Session, associate
from roomkeeper_agent.triggers.windows import Window, Windows

MINUTE_MS: Final = 60_000
MOST_SESSIONS: Final = 200
ASKED_WITHIN_S: Final = 600.0
"""Who asks for a record means a session in which something was said in the last ten minutes."""
SOURCE: Final = "screenshots"


class WhichSession(Exception):
    """It is not clear which session is meant; the message says what to do."""


class Recording:
    """Makes records."""

    def __init__(self, spool: Spool, windows: Windows, captures: Path, rule_of: Callable[[str], Rule]) -> None:
        self._spool = spool
        self._rule_of = rule_of
        self._windows = windows
        self._captures = captures

    async def ask(
        self,
        config: ScreenshotConfig,
        *,
        number: int | None = None,
        minutes_before: float | None = None,
        minutes_after: float | None = None,
        pages: int = 1,
    ) -> dict[str, Any]:
        """Record the session that one is in (or one by its number in the list), with pictures of the screen.

        What becomes of it. Raises `WhichSession`, `NoSpace`.
        """
        window = await asyncio.to_thread(self._windows.active)
        session, said, confidence = await self._meant(window, number)
        program = session.conversation.program
        if self._rule_of(program) == "never":
            raise WhichSession(f"Your organisation has nothing recorded of {program}.")
        before = config.minutes_before if minutes_before is None else minutes_before
        after = config.minutes_after if minutes_after is None else minutes_after
        now = now_ms()
        until = now + int(after * MINUTE_MS)
        released = await asyncio.to_thread(
            self._spool.outbox.release, session.no, "manual", now - int(before * MINUTE_MS), until
        )
        problem, taken = "", list[Path]()
        if pages:
            try:
                taken = await asyncio.to_thread(capture.capture, self._captures, pages)
            except (capture.NoScreen, OSError) as error:
                problem = str(error)
        for path in taken:
            await self._keep(session.conversation, path, "manual", said, confidence, window)
        return {
            "title": session.conversation.title or session.conversation.conversation,
            "program": session.conversation.program,
            "reason": said,
            "confidence": confidence,
            "entries": released,
            "pictures": [str(path) for path in taken],
            "problem": problem,
            "until_ts": until,
        }

    async def _meant(self, window: Window | None, number: int | None) -> tuple[Session, str, float]:
        sessions = await self.sessions()
        if number is not None:
            found = next((each for each in sessions if each.no == number), None)
            if found is None:
                raise WhichSession(f"There is no session {number}. See: roomkeeper-agent sessions")
            return found, "chosen by hand", 1.0
        tied = associate(window, sessions, now_ms(), ASKED_WITHIN_S)
        if tied is None:
            raise WhichSession(
                "Nothing says which session is meant: nothing was said in any for ten minutes, and the window in front"
                " names none. Choose one: roomkeeper-agent sessions, then roomkeeper-agent record --session NUMBER"
            )
        return tied.session, tied.reason, tied.confidence

    async def picture(self, path: Path, config: ScreenshotConfig) -> Association | None:
        """Somebody took a picture of the screen: a record of the session that it shows, if it shows one."""
        window = await asyncio.to_thread(self._windows.active)
        sessions = [each for each in await self.sessions() if self._rule_of(each.conversation.program) != "never"]
        tied = associate(window, sessions, now_ms(), config.within_s)
        if tied is None or tied.confidence < config.least_confidence:
            return None
        now = now_ms()
        await asyncio.to_thread(
            self._spool.outbox.release,
            tied.session.no,
            "screenshot",
            now - int(config.minutes_before * MINUTE_MS),
            now + int(config.minutes_after * MINUTE_MS),
        )
        await self._keep(tied.session.conversation, path, "screenshot", tied.reason, tied.confidence, window)
        return tied

    async def _keep(
        self,
        conversation: Conversation,
        path: Path,
        reason: Reason,
        said: str,
        confidence: float,
        window: Window | None,
    ) -> None:
        """Put a picture into the record of a conversation. Raises `NoSpace`, `Full`."""
        sha256 = await asyncio.to_thread(_sha256, path)
        title = window.title if window is not None else ""
        details = {"path": str(path), "sha256": sha256, "reason": said, "confidence": confidence, "window": title}
        how = "when it was asked for" if reason == "manual" else "by itself"
        text = f"Picture of the screen, recorded {how}. Tied to this session by: {said} (confidence {confidence:.2f})."
        entry = Entry(
            id=made_id(conversation.key, 0, str(path), sha256, kind="screenshot"),
            kind="screenshot",
            ts=now_ms(),
            text=text,
            files=(LocalFile(path=str(path), name=path.name),),
            raw=msgspec.json.encode(details).decode(),
        )
        batch = Batch(found=[(conversation, entry)])
        await asyncio.to_thread(self._spool.intake.store, SOURCE, batch, self._rule_of, now_ms(), reason=reason)

    async def sessions(self) -> list[Session]:
        """Those in which something was said last."""
        found = await asyncio.to_thread(self._spool.outbox.conversations, MOST_SESSIONS)
        return [
            Session(
                no=each["no"],
                conversation=msgspec.convert(each["conversation"], Conversation),
                last_ts=each["last_ts"],
            )
            for each in found
        ]

    async def could_not(self, path: Path, why: str) -> None:
        """Note that of a picture no record was made."""
        try:
            await asyncio.to_thread(self._spool.intake.note, SOURCE, [Problem(where=str(path), why=why)], now_ms())
        except NoSpace:
            return


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
