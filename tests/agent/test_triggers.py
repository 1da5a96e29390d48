"""Which session a picture of the screen shows: by the window's title, its program, and what was just said."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from roomkeeper_agent import hotkey
from roomkeeper_agent.config import ScreenshotConfig, is_screenshot, screenshot_folders
from roomkeeper_agent.sources.base import Conversation, Participant
from roomkeeper_agent.triggers.association import Session, associate
from roomkeeper_agent.triggers.keys import ALT, CONTROL, SHIFT, SUPER, NoHotkey, parsed, presses
from roomkeeper_agent.triggers.screenshots import new_pictures
from roomkeeper_agent.triggers.windows import Window, window_of
from tests.agent.desktop import desktop

NOW = 1_700_000_000_000
GREEN = Session(
    no=1,
    conversation=Conversation(
        program="pidgin",
        account="desk@example.org",
        conversation="green@example.org",
        title="Green",
        participants=(Participant("green@example.org", "Ms Green"), Participant("desk@example.org", "Desk")),
    ),
    last_ts=NOW - 3_600_000,
)
BLUE = Session(
    no=2, conversation=Conversation(program="hexchat", conversation="#蓝色", title="蓝色"), last_ts=NOW - 5_000
)


@pytest.mark.parametrize(
    ("window", "no", "confidence"),
    [
        (Window("Green", ("pidgin",)), 1, 0.95),
        (Window("Chat with Ms Green", ("pidgin", "im")), 1, 0.95),
        (Window("green@example.org – Web chat", ("firefox",)), 1, 0.8),
        (Window("与蓝色的对话", ("hexchat",)), 2, 0.95),
        (Window("Evergreen tales", ("reader",)), 2, 0.43),
        (Window("HexChat", ("hexchat",)), 2, 0.75),
        (Window("Buddy List", ("pidgin",)), 2, 0.43),
        (None, 2, 0.43),
    ],
)
def test_the_session_that_is_shown(window: Window | None, no: int, confidence: float) -> None:
    found = associate(window, [GREEN, BLUE], NOW, 15)
    assert found is not None
    assert (found.session.no, found.confidence) == (no, confidence)
    assert found.reason


def test_nothing_says_so() -> None:
    assert associate(Window("Accounts 2026", ("calc",)), [GREEN], NOW, 15) is None
    assert associate(None, [], NOW, 15) is None
    # A name of two letters stands in many titles.
    short = Session(no=3, conversation=Conversation(program="x", conversation="y", title="Ed"), last_ts=0)
    assert associate(Window("Ed", ("x",)), [short], NOW, 15) is None


def test_what_xprop_says() -> None:
    said = (
        'WM_CLASS(STRING) = "Pidgin", "im"\n_NET_WM_NAME(UTF8_STRING) = "She said \\"你好\\""\n'
        f'WM_NAME(STRING) = "old"\n_NET_WM_PID(CARDINAL) = {os.getpid()}\n'
    )
    window = window_of("0x1", said)
    assert window.title == 'She said "你好"'
    assert window.names[:2] == ("pidgin", "im")
    assert len(window.names) == 3
    assert window_of("0x1", "junk") == Window("", (), "0x1")


def test_folders_of_the_desktop(tmp_path: Path) -> None:
    assert tmp_path / "Pictures" / "Screenshots" in screenshot_folders(ScreenshotConfig(), tmp_path)
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "user-dirs.dirs").write_text('# x\nXDG_PICTURES_DIR="$HOME/图片"\n', encoding="utf-8")
    assert tmp_path / "图片" / "Screenshots" in screenshot_folders(ScreenshotConfig(), tmp_path)
    (tmp_path / "图片" / "截图").mkdir(parents=True)
    assert tmp_path / "图片" / "截图" in screenshot_folders(ScreenshotConfig(), tmp_path)
    assert screenshot_folders(ScreenshotConfig(folders=["/shots"]), tmp_path) == [Path("/shots")]


def test_photographs_are_no_pictures_of_the_screen() -> None:
    """In the folder of pictures, the name tells; where one has set a folder, everything in it is meant."""
    pictures = Path("/home/desk/Pictures")
    for name in (
        "Screenshot from 2026-11-23.png",
        "Bildschirmfoto vom 23.png",
        "截图 2026.png",
        "2026-11-23_10-15.png",
    ):
        assert is_screenshot(ScreenshotConfig(), pictures / name), name
    for name in ("IMG_2026.jpg", "family.png", "20261123_101500.jpg"):
        assert not is_screenshot(ScreenshotConfig(), pictures / name), name
        assert is_screenshot(ScreenshotConfig(), pictures / "Screenshots" / name)
        assert is_screenshot(ScreenshotConfig(folders=[str(pictures)]), pictures / name)


async def test_new_pictures_when_they_are_whole(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    (folder / "before.png").write_bytes(b"x")
    pictures = new_pictures([folder])
    waiting = asyncio.create_task(anext(pictures))
    await asyncio.sleep(0.1)
    (folder / "notes.txt").write_bytes(b"x")
    (folder / ".hidden.png").write_bytes(b"x")
    with (folder / "shot.png").open("wb", buffering=0) as file:
        file.write(b"a")
        await asyncio.sleep(0.1)
        file.write(b"b")
    assert await asyncio.wait_for(waiting, 30) == folder / "shot.png"
    # One that is renamed into place, as most programs do.
    waiting = asyncio.create_task(anext(pictures))
    (folder / "x.part").write_bytes(b"x")
    (folder / "x.part").rename(folder / "second.jpg")
    assert await asyncio.wait_for(waiting, 30) == folder / "second.jpg"
    await pictures.aclose()


def test_names_of_keys() -> None:
    assert parsed("Super+Alt+R") == (SUPER | ALT, "R")
    assert parsed("ctrl + SHIFT + F12") == (CONTROL | SHIFT, "F12")
    for wrong in ("", "R", "Super+", "+R", "Hyper+R", "Super+Alt+R+"):
        with pytest.raises(NoHotkey, match=r"as Super\+Alt\+R"):
            parsed(wrong)


async def test_a_key_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(NoHotkey, match="no X11 display"):
        await anext(presses("Super+Alt+R"))
    monkeypatch.setenv("DISPLAY", "nonsense")
    with pytest.raises(NoHotkey, match="does not answer"):
        await anext(presses("Super+Alt+R"))
    async with desktop() as display:
        monkeypatch.setenv("DISPLAY", display)
        first = presses("Super+Alt+R")
        assert await anext(first) is False
        with pytest.raises(NoHotkey, match="Another program has Super"):
            await anext(presses("Super+Alt+R"))
        with pytest.raises(NoHotkey, match="no key “Nowhere”"):
            await anext(presses("Ctrl+Nowhere"))
        await first.aclose()
        second = presses("Super+Alt+r")
        assert await anext(second) is False
        await second.aclose()


async def test_where_the_desktop_alone_has_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said only where there is something to do about it."""

    async def pressed() -> str:
        return ""

    key = hotkey.Hotkey(pressed)
    monkeypatch.delenv("DISPLAY", raising=False)
    await key.use("Super+Alt+R")
    assert (key.keys, key.error) == ("", "")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    await key.use("Super+Alt+R")
    assert "roomkeeper-agent record" in key.error
    await key.use("")
    assert (key.keys, key.error) == ("", "")
