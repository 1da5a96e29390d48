"""Notifications of the desktop: what chat programs show, of which there is no other source.

The session's bus is listened to (`BecomeMonitor`), and nothing is kept but what the chosen programs say. A notification
says little: its title becomes the conversation, its body the text; a long message may be cut by the program that
shows it. What is replaced by another notification is edited.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Found, Problem, SourceFailed
from roomkeeper_agent.sources.normalise import name_of, text_of, text_of_html

if TYPE_CHECKING:
    from dbus_fast import Message

FREEDESKTOP: Final = "org.freedesktop.Notifications"
GTK: Final = "org.gtk.Notifications"
PORTAL: Final = "org.freedesktop.impl.portal.Notification"
RULES: Final = (
    f"type='method_call',interface='{FREEDESKTOP}',member='Notify'",
    f"type='method_return',sender='{FREEDESKTOP}'",
    f"type='method_call',interface='{GTK}',member='AddNotification'",
    f"type='method_call',interface='{PORTAL}',member='AddNotification'",
)
MOST_WAITING: Final = 5_000
MOST_SHOWN: Final = 200
"""Notifications that may be replaced."""
MOST_TEXT: Final = 200_000
KNOWN: Final = {
    "org.telegram.desktop": "Telegram Desktop",
    "org.signal.Signal": "Signal",
    "signal-desktop": "Signal",
    "com.slack.Slack": "Slack",
    "slack": "Slack",
    "im.riot.Riot": "Element",
    "element-desktop": "Element",
    "com.discordapp.Discord": "discord",
    "discord": "discord",
    "us.zoom.Zoom": "zoom",
    "com.github.IsmaelMartinez.teams_for_linux": "teams-for-linux",
    "teams-for-linux": "teams-for-linux",
    "org.gnome.Fractal": "Fractal",
    "org.kde.neochat": "NeoChat",
    "im.dino.Dino": "Dino",
    "im.pidgin.Pidgin": "Pidgin",
    "io.github.mimbrero.WhatsAppDesktop": "WhatsApp",
    "com.rtosta.zapzap": "ZapZap",
}
"""Chat programs by the names of their desktop files: what they call themselves in notifications."""


class NotificationsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`programs`: whose notifications are kept, by the name that they give or by their desktop file's; all others are
    passed over. `bus`: the address of the bus, where it is not that of the session."""

    programs: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(min_length=1)]
    bus: str = ""


class Notifications:
    """Follows the notifications of some programs."""

    name: ClassVar[str] = "notifications"
    title: ClassVar[str] = "Desktop notifications"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = NotificationsSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """Chat programs that are installed here."""
        folders = [
            home / ".local/share/applications",
            home / ".local/share/flatpak/exports/share/applications",
            *(Path(folder) / "applications" for folder in os.environ.get("XDG_DATA_DIRS", "/usr/share").split(":")),
        ]
        names = {
            shown: desktop
            for desktop, shown in KNOWN.items()
            if any((folder / f"{desktop}.desktop").is_file() for folder in folders if folder.is_absolute())
        }
        return [
            Found(title=f"Notifications of {shown}", settings={"programs": [shown, desktop]})
            for shown, desktop in sorted(names.items())
        ]

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`. What was shown while nobody listened is not known to anybody."""
        from dbus_fast import BusType, DBusError, InvalidAddressError
        from dbus_fast.aio import MessageBus
        from dbus_fast.errors import AuthError

        watch = Watch(self._settings.programs, position)
        address = self._settings.bus or None
        try:
            bus = await MessageBus(bus_address=address, bus_type=BusType.SESSION).connect()
        except (OSError, InvalidAddressError, AuthError, EOFError) as error:
            raise SourceFailed(f"The session's bus cannot be reached: {error}. Is this a desktop session?") from error
        try:
            await self._monitor(bus, watch)
            ended = asyncio.create_task(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
            while not ended.done():
                changed = asyncio.create_task(watch.changed.wait())
                await asyncio.wait({ended, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if (batch := watch.taken()) is not None:
                    yield batch
            with contextlib.suppress(Exception):
                ended.result()
            raise SourceFailed("The session's bus has ended the connection.")
        except (DBusError, OSError, EOFError) as error:
            raise SourceFailed(f"The session's bus: {error}.") from error
        finally:
            bus.disconnect()

    async def _monitor(self, bus: Any, watch: Watch) -> None:
        from dbus_fast import MessageType

        answer = await bus.call(_call("org.freedesktop.DBus", "GetId"))
        watch.bus = str(answer.body[0]) if answer is not None and answer.body else ""
        bus.add_message_handler(watch.take)
        answer = await bus.call(_call("org.freedesktop.DBus.Monitoring", "BecomeMonitor", "asu", [list(RULES), 0]))
        if answer is not None and answer.message_type == MessageType.ERROR:
            raise SourceFailed(f"The session's bus does not let the agent listen: {answer.body}.")


def _call(interface: str, member: str, signature: str = "", body: list[Any] | None = None) -> Message:
    """A call to the bus itself."""
    from dbus_fast import Message

    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface=interface,
        member=member,
        signature=signature,
        body=body or [],
    )


class Watch:
    """Turns what goes over the bus into entries."""

    def __init__(self, programs: tuple[str, ...], position: Any | None) -> None:
        self.bus = ""
        self.changed = asyncio.Event()
        self._programs = {program.casefold() for program in programs}
        self._found: list[tuple[Conversation, Entry]] = []
        self._lost = 0
        shown = position.get("shown", {}) if position else {}
        self._shown: OrderedDict[str, str] = OrderedDict(shown)
        self._awaited: OrderedDict[tuple[str, int], tuple[str, str]] = OrderedDict()

    def taken(self) -> Batch | None:
        """What has come since the last time."""
        self.changed.clear()
        if not self._found and not self._lost:
            return None
        found, self._found = self._found, []
        problems = []
        if self._lost:
            why = f"{self._lost} notifications came faster than they could be stored."
            problems.append(Problem(where="notifications", why=why))
            self._lost = 0
        return Batch(found=found, position={"shown": dict(self._shown)}, problems=problems)

    def take(self, message: Message) -> bool:
        """A message of the bus. Calls are answered by nobody here, whatever they have in them; answers may be to us."""
        from dbus_fast import MessageType

        try:
            self._take(message)
        except (TypeError, ValueError, IndexError, AttributeError, KeyError):
            self._lost += 1
            self.changed.set()
        return message.message_type == MessageType.METHOD_CALL

    def _take(self, message: Message) -> None:
        from dbus_fast import MessageType

        body = message.body
        if message.message_type == MessageType.METHOD_RETURN:
            self._answered((message.destination or "", message.reply_serial or 0), body)
        elif message.interface == FREEDESKTOP and message.member == "Notify":
            program, replaces, _, summary, text, _, hints = body[:7]
            desktop = _value(hints.get("desktop-entry"))
            key = f"{replaces}" if replaces else ""
            self._notified(message, (program, desktop), summary, text, key)
        elif message.interface in (GTK, PORTAL):
            program, given, told = body[:3]
            self._notified(
                message, (program,), _value(told.get("title")), _value(told.get("body")), f"{program}/{given}"
            )

    def _notified(self, message: Message, names: tuple[str, ...], summary: str, body: str, key: str) -> None:
        program = next((name for name in names if name.casefold() in self._programs), "")
        if not program:
            return
        if len(self._found) >= MOST_WAITING:
            self._lost += 1
            return
        conversation = name_of(text_of_html(summary[:1000])) or program
        text = text_of_html(body[:MOST_TEXT]).strip()
        made = hashlib.sha256(f"{self.bus}\0{message.sender}\0{message.serial}\0{time.time_ns()}".encode()).hexdigest()[
            :40
        ]
        target = self._shown.get(key) if key else None
        entry = Entry(
            id=made,
            kind="edit" if target else "message",
            ts=time.time_ns() // 1_000_000,
            sender=conversation,
            text=text_of(text),
            target=target,
        )
        where = Conversation(program=name_of(program), conversation=conversation, title=conversation)
        self._found.append((where, entry))
        if message.interface == FREEDESKTOP:
            self._awaited[message.sender or "", message.serial] = (key, target or made)
            if len(self._awaited) > MOST_SHOWN:
                self._awaited.popitem(last=False)
        else:
            self._remember(key, target or made)
        self.changed.set()

    def _answered(self, call: tuple[str, int], body: list[Any]) -> None:
        """The number under which a notification is shown: by it, it can be replaced."""
        known = self._awaited.pop(call, None)
        if known is not None and body and isinstance(body[0], int):
            self._remember(str(body[0]), known[1])

    def _remember(self, key: str, entry: str) -> None:
        self._shown.pop(key, None)
        self._shown[key] = entry
        if len(self._shown) > MOST_SHOWN:
            self._shown.popitem(last=False)


def _value(variant: Any) -> str:
    """The text of a variant."""
    value = getattr(variant, "value", variant)
    return value if isinstance(value, str) else ""
