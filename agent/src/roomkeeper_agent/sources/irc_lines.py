"""What the logs of IRC programs have in common: who said or did what, in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from roomkeeper_agent.sources.base import Kind

MODES: Final = "~&@%+"
"""What stands before names of people with rights."""
_BOTH_WAYS: Final[tuple[tuple[Kind, str], ...]] = (
    ("join", r"(?P<who>\S+) [(\[][^\s)\]]*[)\]] (?:has joined|is back on server)\b.*"),
    ("leave", r"(?P<who>\S+) [(\[][^\s)\]]*[)\]] has (?:left|quit)\b.*"),
    ("leave", r"(?P<who>\S+) has quit \(.*\)"),
    ("leave", r".*\bhas kicked (?P<who>\S+)(?: from \S+)?(?: \(.*\))?"),
    ("leave", r"(?P<who>\S+) was kicked from \S+ by .*"),
    ("other", r"(?P<who>\S+) is now known as \S+"),
    ("other", r"(?P<who>\S+) (?:has )?changed (?:the )?topic\b.*"),
    ("other", r"(?P<who>\S+) (?:sets mode|gives|removes)\b.*"),
)
EVENTS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern)) for kind, pattern in _BOTH_WAYS
)


class Event(NamedTuple):
    """What a program says of people: who came, left, is called otherwise."""

    kind: Kind
    who: str


class Events:
    """Knows what programs say in English, and what one says in the desktop's language (`more`)."""

    def __init__(self, more: list[tuple[Kind, str]] | None = None) -> None:
        self._known = [*EVENTS, *((kind, re.compile(pattern)) for kind, pattern in more or [])]

    def read(self, text: str) -> Event | None:
        """What a line says; `None`: nothing that is known."""
        for kind, pattern in self._known:
            if found := pattern.fullmatch(text):
                return Event(kind, found["who"])
        return None


def bare(nick: str) -> str:
    """A name without what shows rights, and without brackets."""
    nick = nick.strip()
    if nick.startswith("<") and nick.endswith(">"):
        nick = nick[1:-1].strip()
    return nick.lstrip(MODES) or nick


def hexchat_events(translate: Callable[[str], str]) -> list[tuple[Kind, str]]:
    """What HexChat says of people in the desktop's language, as patterns."""
    templates: list[tuple[Kind, str, int]] = [
        ("join", "%C23*$t$1 ($3%C23) has joined", 1),
        ("leave", "%C24*$t$1 ($2%C24) has left", 1),
        ("leave", "%C24*$t$1 ($2%C24) has left ($4)", 1),
        ("leave", "%C24*$t$1 has quit ($2)", 1),
        ("leave", "%C22*%O$t%C26$1%C has kicked %C18$2%C from %C22$3%C (%C24$4%O)", 2),
        ("other", "%C24*%O$t%C28$1%O is now known as %C18$2%O", 1),
        ("other", "%C22*%O$t%C26$1%C has changed the topic to: $2%O", 1),
    ]
    return [(kind, _pattern(translate(template), who)) for kind, template, who in templates]


def _pattern(template: str, who: int) -> str:
    plain = re.sub(r"%C\d*|%[OBUHI]", "", template).partition("$t")[2]
    parts = re.split(r"\$(\d)", plain)
    found, is_named = "", False
    for index, part in enumerate(parts):
        if index % 2 == 0:
            found += re.escape(part)
        elif int(part) == who and not is_named:
            found, is_named = found + r"(?P<who>\S+)", True
        else:
            found += ".*?"
    return found if is_named else r"(?!)(?P<who>)"
