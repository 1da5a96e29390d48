"""A window on an X11 display, in front as a window manager would say; Page Up changes its colour, twice.

`python -m tests.agent.window TITLE CLASS`; prints "ready". It needs nothing but libX11.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

COLOURS = (0x204080, 0x408020, 0x802040)
KEY_PRESS, MAP_NOTIFY = 2, 19
KEY_PRESS_MASK, STRUCTURE_MASK = 1, 1 << 17
XA_WINDOW = 33
REVERT_TO_PARENT = 2


class ClassHint(ctypes.Structure):
    """spec: Xlib §14.1.8"""

    _fields_ = (("name", ctypes.c_char_p), ("kind", ctypes.c_char_p))


def main() -> None:
    """Open it, and answer keys for ever."""
    title, kind = (each.encode() for each in sys.argv[1:3])
    x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    x11.XOpenDisplay.restype = x11.XDefaultRootWindow.restype = x11.XInternAtom.restype = ctypes.c_void_p
    x11.XCreateSimpleWindow.restype = ctypes.c_ulong
    opened = x11.XOpenDisplay(None)
    assert opened is not None, "there is no display"
    display = ctypes.c_void_p(opened)
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    made = x11.XCreateSimpleWindow(display, root, 10, 10, 400, 300, 0, 0, COLOURS[0])
    window = ctypes.c_ulong(made)
    x11.XStoreName(display, window, title)
    hint = ClassHint(kind.lower(), kind)
    x11.XSetClassHint(display, window, ctypes.byref(hint))
    x11.XSelectInput(display, window, ctypes.c_long(KEY_PRESS_MASK | STRUCTURE_MASK))
    x11.XMapWindow(display, window)
    event, pressed = (ctypes.c_long * 24)(), 0
    while True:
        x11.XNextEvent(display, ctypes.byref(event))
        number = ctypes.cast(event, ctypes.POINTER(ctypes.c_int))[0]
        if number == MAP_NOTIFY:
            x11.XSetInputFocus(display, window, REVERT_TO_PARENT, ctypes.c_ulong(0))
            atom = ctypes.c_ulong(x11.XInternAtom(display, b"_NET_ACTIVE_WINDOW", 0))
            value = (ctypes.c_ulong * 1)(made)
            x11.XChangeProperty(display, root, atom, ctypes.c_ulong(XA_WINDOW), 32, 0, value, 1)
            x11.XSync(display, 0)
            print("ready", flush=True)
        elif number == KEY_PRESS and pressed < len(COLOURS) - 1:
            pressed += 1
            x11.XSetWindowBackground(display, window, ctypes.c_ulong(COLOURS[pressed]))
            x11.XClearWindow(display, window)
            x11.XSync(display, 0)


if __name__ == "__main__":
    main()
