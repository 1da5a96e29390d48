"""A key that is heard whatever window is in front: on X11, one program may ask the server for a key of its own.

A Wayland session gives keys to no program but the desktop: there, the desktop's settings bind a key to
`roomkeeper-agent record`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # it is loaded where there is a display alone
    from Xlib.display import Display

# spec: X11 §KEYBUTMASK; which of Mod1 to Mod5 is what, as keyboards of the X.Org server have it
SHIFT, LOCK, CONTROL, ALT, NUM_LOCK, SUPER = 1, 2, 4, 8, 16, 64
MODIFIERS: Final = {"shift": SHIFT, "ctrl": CONTROL, "control": CONTROL, "alt": ALT, "super": SUPER, "meta": SUPER}
LOCKS: Final = (0, LOCK, NUM_LOCK, LOCK | NUM_LOCK)
"""The key counts whether these are on or not."""


class NoHotkey(Exception):
    """The key cannot be had; the message says why."""


def parsed(keys: str) -> tuple[int, str]:
    """Modifiers and the name of the key, of "Super+Alt+R". Raises `NoHotkey`."""
    *before, key = (part.strip() for part in keys.split("+"))
    unknown = [part for part in before if part.lower() not in MODIFIERS]
    if not key or not before or unknown:
        raise NoHotkey(f"“{keys}” is no key: give it as Super+Alt+R, with one of {', '.join(MODIFIERS)} at least.")
    modifiers = 0
    for part in before:
        modifiers |= MODIFIERS[part.lower()]
    return modifiers, key


async def presses(keys: str) -> AsyncGenerator[bool, None]:
    """`False` once the key is listened for, then `True` each time it is pressed, for ever. Raises `NoHotkey`.

    Presses while the one before is still worked on, as of a key that is held down, are left out.
    """
    modifiers, key = parsed(keys)
    display = await asyncio.to_thread(_opened)
    readable = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(display.fileno(), readable.set)
    try:
        _listen(display, modifiers, key, keys)
        yield False
        readable.set()  # what has come meanwhile is read already
        while True:
            await readable.wait()
            readable.clear()
            if _is_pressed(display, modifiers, key, keys):
                yield True
                _is_pressed(display, modifiers, key, keys)
    finally:
        loop.remove_reader(display.fileno())
        display.close()


def _opened() -> Display:
    if not os.environ.get("DISPLAY"):
        raise NoHotkey("There is no X11 display here.")
    from Xlib.display import Display
    from Xlib.error import DisplayError, XauthError

    try:
        return Display()
    except (DisplayError, XauthError, OSError) as error:
        raise NoHotkey(f"The display does not answer: {error}.") from None


def _listen(display: Display, modifiers: int, key: str, keys: str) -> None:
    """Ask for the key. Raises `NoHotkey` where it does not exist, or another program has it."""
    from Xlib import XK, X, error

    symbol = XK.string_to_keysym(key) or XK.string_to_keysym(key.lower()) or XK.string_to_keysym(key.capitalize())
    code = display.keysym_to_keycode(symbol)
    if not symbol or not code:
        raise NoHotkey(f"This keyboard has no key “{key}”.")
    root = display.screen().root
    taken = error.CatchError(error.BadAccess)
    for locks in LOCKS:
        root.grab_key(code, modifiers | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken)
    display.sync()
    if taken.get_error():
        raise NoHotkey(f"Another program has {keys} already: choose other keys in the settings.")


def _is_pressed(display: Display, modifiers: int, key: str, keys: str) -> bool:
    """Take what has come; whether the key was among it. Where the keyboard has changed, it is asked for anew."""
    from Xlib import X

    is_pressed = False
    while display.pending_events():
        event = display.next_event()
        if event.type == X.KeyPress:
            is_pressed = True
            display.ungrab_keyboard(X.CurrentTime)  # for keys that are pressed to scroll back, while this one is down
            display.flush()
        if event.type == X.MappingNotify:
            display.refresh_keyboard_mapping(event)
            display.screen().root.ungrab_key(X.AnyKey, X.AnyModifier)
            _listen(display, modifiers, key, keys)
    return is_pressed
