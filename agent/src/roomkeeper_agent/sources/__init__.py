"""Sources: one for each program that can be watched. They are imported when they are needed, and not before."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Final

import msgspec

from roomkeeper_agent.sources.base import Source

BUILT_IN: Final[dict[str, str]] = {
    "gajim": "roomkeeper_agent.sources.gajim:Gajim",
    "hexchat": "roomkeeper_agent.sources.hexchat:HexChat",
    "irc": "roomkeeper_agent.sources.irc:Irc",
    "irssi": "roomkeeper_agent.sources.irssi:Irssi",
    "lines": "roomkeeper_agent.sources.lines:Lines",
    "matrix": "roomkeeper_agent.sources.matrix:Matrix",
    "notifications": "roomkeeper_agent.sources.notifications:Notifications",
    "pidgin": "roomkeeper_agent.sources.pidgin:Pidgin",
    "telegram": "roomkeeper_agent.sources.telegram:Telegram",
    "weechat": "roomkeeper_agent.sources.weechat:WeeChat",
    "whatsapp": "roomkeeper_agent.sources.whatsapp:WhatsApp",
    "xmpp": "roomkeeper_agent.sources.xmpp:Xmpp",
}
"""Name → module and class. Others may add theirs as entry points of the group "roomkeeper_agent.sources"."""


class NoSuchSource(Exception):
    """There is no source of that name."""


class WrongSettings(Exception):
    """A source cannot be made with these settings; the message says what is wrong."""


def names() -> list[str]:
    """All sources that there are."""
    return sorted({*BUILT_IN, *(each.name for each in entry_points(group="roomkeeper_agent.sources"))})


def source_class(name: str) -> type[Source]:
    """The source of that name. Raises `NoSuchSource`."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: type[Source] = getattr(importlib.import_module(module), attribute)
        return found
    for each in entry_points(group="roomkeeper_agent.sources", name=name):
        loaded: type[Source] = each.load()
        return loaded
    raise NoSuchSource(f"There is no source “{name}”. There are: {', '.join(names())}.")


def all_sources() -> Iterator[type[Source]]:
    """All of them, imported."""
    for name in names():
        yield source_class(name)


def make(name: str, settings: dict[str, Any]) -> Source:
    """A source with these settings. Raises `NoSuchSource`, `WrongSettings`."""
    found = source_class(name)
    known = set(found.Settings.__struct_encode_fields__)
    if unknown := sorted(set(settings) - known):
        raise WrongSettings(f"{name} has no setting {', '.join(unknown)}; it has: {', '.join(sorted(known))}.")
    try:
        return found(msgspec.convert(settings, found.Settings))
    except (msgspec.ValidationError, ValueError) as error:
        raise WrongSettings(f"Settings of {name}: {str(error).rstrip('.')}.") from None
