"""Which session a picture of the screen shows, and how sure that is.

1.  The window in front is of the session's program, and its title names the session: 0.95.
2.  The title of the window names the session, whatever the program (a browser): 0.8.
3.  The window is of the program, and something was said in the session just now (`within_s`): 0.75.
4.  Something was said in the session just now, whatever is in front: 0.5, and less the longer ago it was, down to 0.3.

The surest counts; of two that are as sure, the one in which something was said last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from roomkeeper_agent.sources.base import Conversation
from roomkeeper_agent.triggers.windows import Window

SHORTEST: Final = 3
"""Characters of a name that says something when it stands in a title."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that may be shown: its number in the spool, and when something was said in it last (ms)."""

    no: int
    conversation: Conversation
    last_ts: int


class Association(msgspec.Struct, frozen=True, kw_only=True):
    """Which session it is, why, and how sure that is (0 to 1)."""

    session: Session
    reason: str
    confidence: float


def associate(window: Window | None, sessions: Iterable[Session], now: int, within_s: float) -> Association | None:
    """The session that is shown; `None` where nothing says so."""
    found = [each for session in sessions if (each := _of(window, session, now, within_s)) is not None]
    return max(found, key=lambda each: (each.confidence, each.session.last_ts), default=None)


def _of(window: Window | None, session: Session, now: int, within_s: float) -> Association | None:
    age_s = abs(now - session.last_ts) / 1000
    is_recent = age_s <= within_s
    is_program = window is not None and _is_program(window, session.conversation.program)
    if window is not None and _is_named(window.title, session.conversation):
        if is_program:
            return Association(session=session, reason="window and title", confidence=0.95)
        return Association(session=session, reason="title of the window", confidence=0.8)
    if is_recent and is_program:
        return Association(session=session, reason="window, and something was just said", confidence=0.75)
    if is_recent:
        confidence = 0.5 - 0.2 * (age_s / within_s if within_s else 0)
        return Association(session=session, reason="something was just said", confidence=round(confidence, 2))
    return None


def _is_program(window: Window, program: str) -> bool:
    wanted = program.lower()
    return any(wanted == name or wanted in re.split(r"[^\w]+", name) for name in window.names)


def _is_named(title: str, conversation: Conversation) -> bool:
    """Whether a title names a session: by its title, its id (before an @), or the one other person in it."""
    people = conversation.participants if len(conversation.participants) <= 2 else ()
    names = [conversation.title, conversation.conversation, conversation.conversation.partition("@")[0]]
    names += [name for each in people if each.id != conversation.account for name in (each.name, each.id)]
    return any(_stands_in(name, title) for name in names)


def _stands_in(name: str, title: str) -> bool:
    """Whether a name stands in a title as a word of its own; Chinese has no spaces between words."""
    if not name or (name.isascii() and len(name) < SHORTEST):
        return False
    if not name.isascii():
        return name.lower() in title.lower()
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE | re.ASCII) is not None
