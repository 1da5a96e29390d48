"""Chat programs that run as an employee runs them, signed in to an IRC server as "desk" and in #shop.

Finch and Irssi run in a terminal (tmux), HexChat on a display, WeeChat without one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from tests.agent.desktop import desktop
from tests.agent.following import program

End = Callable[[], Awaitable[None]]
"""Ends what was started."""

ACCOUNTS = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'><account><protocol>prpl-irc</protocol><name>{nick}@127.0.0.1</name>
<settings><setting name='port' type='int'>{port}</setting></settings>
<settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings></account></account>
"""
PREFERENCES = """<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'><pref name='purple'><pref name='logging'><pref name='log_ims' type='bool' value='1'/>
<pref name='log_chats' type='bool' value='1'/><pref name='format' type='string' value='{form}'/></pref></pref></pref>
"""
BUDDIES = """<?xml version='1.0' encoding='UTF-8' ?>
<purple version='1.0'><blist><group name='Chats'><chat proto='prpl-irc' account='{nick}@127.0.0.1'>
<component name='channel'>#shop</component><setting name='gnt-autojoin' type='bool'>1</setting></chat></group></blist>
<privacy></privacy></purple>
"""
IRSSI = """
servers = ( {{ address = "127.0.0.1"; chatnet = "test"; port = "{port}"; autoconnect = "yes"; }} );
chatnets = {{ test = {{ type = "IRC"; nick = "desk"; }}; }};
channels = ( {{ name = "#shop"; chatnet = "test"; autojoin = "yes"; }} );
settings = {{ core = {{ nick = "desk"; }};
  "fe-common/core" = {{ autolog = "yes"; autolog_path = "~/irclogs/$tag/$0.log"; }}; }};
"""
SERVERS = "v=2.16.1\n\nN=Test\nI=desk\nE=UTF-8\nF=26\nD=0\nS=127.0.0.1/{port}\nJ=#shop\n\n"


async def spawned(*command: str, home: Path, **environment: str) -> asyncio.subprocess.Process:
    """A program with a home of its own, in a group of processes of its own."""
    inherited = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(home), "TERM": "screen"}
    return await asyncio.create_subprocess_exec(
        *command,
        env={**inherited, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


def ending(*processes: asyncio.subprocess.Process) -> End:
    """What ends these processes and those that they started."""

    async def end() -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()

    return end


async def in_terminal(home: Path, *command: str) -> End:
    """A program in a terminal of tmux, whose server is its own."""
    tmux = await asyncio.to_thread(program, "tmux")
    socket = str(home / "tmux")
    process = await spawned(tmux, "-S", socket, "new-session", "-d", "-x", "120", "-y", "40", *command, home=home)
    assert await process.wait() == 0

    async def end() -> None:
        await (await spawned(tmux, "-S", socket, "kill-server", home=home)).wait()

    return end


async def finch(home: Path, port: int, form: str, nick: str = "desk") -> End:
    """Finch, which logs as Pidgin does: text or HTML."""
    command = await asyncio.to_thread(program, "finch")
    folder = home / ".purple"
    folder.mkdir()
    (folder / "accounts.xml").write_text(ACCOUNTS.format(port=port, nick=nick))
    (folder / "prefs.xml").write_text(PREFERENCES.format(form=form))
    (folder / "blist.xml").write_text(BUDDIES.format(nick=nick))
    return await in_terminal(home, command, "-c", str(folder))


async def irssi(home: Path, port: int) -> End:
    """Irssi."""
    command = await asyncio.to_thread(program, "irssi")
    (home / ".irssi").mkdir()
    (home / ".irssi" / "config").write_text(IRSSI.format(port=port))
    return await in_terminal(home, command)


async def weechat(home: Path, port: int) -> End:
    """WeeChat without a terminal."""
    command = await asyncio.to_thread(program, "weechat-headless", "weechat-headless", "weechat-plugins")
    run = (
        f"/set logger.file.flush_delay 0;/server add test 127.0.0.1/{port} -nicks=desk -autojoin=#shop;"
        "/set irc.server.test.ssl off;/connect test"
    )
    return ending(await spawned(command, "-d", str(home / "weechat"), "-r", run, home=home))


async def hexchat(home: Path, port: int) -> End:
    """HexChat on a display of its own."""
    display = contextlib.AsyncExitStack()
    end = await hexchat_on(await display.enter_async_context(desktop()), home, port)

    async def end_both() -> None:
        await end()
        await display.aclose()

    return end_both


async def hexchat_on(display: str, home: Path, port: int) -> End:
    """HexChat on a display, not as root, whom it asks whether that is wise."""
    names = (("dbus-run-session", "dbus-daemon"), ("hexchat", "hexchat"))
    session, command = [await asyncio.to_thread(program, name, package) for name, package in names]
    folder = home / ".config" / "hexchat"
    folder.mkdir(parents=True)
    (folder / "hexchat.conf").write_text(
        "version = 2.16.1\nirc_logging = 1\ngui_slist_skip = 1\nirc_nick1 = desk\nirc_user_name = desk\n"
    )
    (folder / "servlist.conf").write_text(SERVERS.format(port=port))
    as_user = await asyncio.to_thread(_for_nobody, home)
    url = f"irc://127.0.0.1:{port}/shop"
    return ending(await spawned(*as_user, session, "--", command, f"--url={url}", home=home, DISPLAY=display))


def _for_nobody(home: Path) -> tuple[str, ...]:
    """Give a home to somebody who is not root; what runs a program as them."""
    if os.geteuid() != 0:
        return ()
    for path in (home, *home.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    for parent in home.parents:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
