"""The agent as it runs: sources, spool, upload, policy and triggers, and what commands ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from roomkeeper_agent import __version__, account, config
from roomkeeper_agent.account import Account
from roomkeeper_agent.clock import now_ms
from roomkeeper_agent.control import CannotDo, Control
from roomkeeper_agent.guidance import Guidance
from roomkeeper_agent.hotkey import Hotkey
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.recording import Recording, WhichSession
from roomkeeper_agent.server import Server, SignedOut
from roomkeeper_agent.spool import Full, NoSpace, Rule, Spool
from roomkeeper_agent.tracking import Tracker
from roomkeeper_agent.tray import Said, Tray
from roomkeeper_agent.triggers.screenshots import new_pictures
from roomkeeper_agent.triggers.windows import Windows, windows_here
from roomkeeper_agent.uploading import Uploader
from roomkeeper_agent.watching import Watched, Watching

log = logging.getLogger(__name__)

CLEARS_UP_S: Final = 900.0
PROBLEMS_SHOWN: Final = 20
HOUR_MS: Final = 3_600_000
TRIED_AGAIN_S: Final = 10.0
RULES: Final[tuple[Rule, ...]] = ("all", "on_request", "never")


class AlreadyRuns(Exception):
    """Another agent of this user runs already."""


class Agent:
    """All of it, put together."""

    def __init__(self, paths: Paths, windows: Windows | None = None) -> None:
        paths.make()
        self.paths = paths
        self._lock = _locked(paths)
        self._config = config.load_bare(paths)
        self.spool = Spool(paths.spool)
        self.spool.clear_up()
        self.guidance = Guidance(paths, self.spool)
        self.tracker = Tracker(paths.tracking, enabled=self._config.tracking)
        self.uploader = Uploader(self.spool, finished=self._finished)
        self.uploader.track = self.tracker.track
        self.watching = Watching(
            self.spool,
            lambda: self.guidance.policy if self.guidance.issued_ts is not None else None,
            self._found,
            lambda source: config.settings_of(paths, source),
        )
        self.recording = Recording(
            self.spool, windows or windows_here(), paths.captures, lambda program: self.guidance.policy.rule_of(program)
        )
        self.hotkey = Hotkey(self._record_and_tell)
        self.tray = Tray(self._told_shortly, self._record_and_tell, self._pause_or_go_on)
        self.account: Account | None = None
        self._server: Server | None = None
        self._pictures: asyncio.Task[None] | None = None
        self.guidance.sources = lambda: [each.told() for each in self.watching.all.values()]
        self.guidance.changed = self._policy_changed
        self.guidance.signed_out = self._signed_out

    # ------------------------------------------------------------ running

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Until it is cancelled."""
        control = Control(self.paths.socket, self._commands())
        try:
            async with control, asyncio.TaskGroup() as tasks:
                await self.sign_in_again()
                for work in (
                    self.uploader.run(),
                    self.guidance.run(),
                    self._clear_up(),
                    self.tray.run(),
                    self.tracker.run(),
                ):
                    tasks.create_task(work)
                await self._use(self._config)
                self.tracker.track("agent_started", version=__version__)
                ready()
        finally:
            await self._close()

    async def _close(self) -> None:
        await self.hotkey.use("")
        await self._watch_pictures(None)
        await self.watching.close()
        await asyncio.to_thread(self.tracker.keep)
        if self._server is not None:
            await self._server.close()
        self.spool.close()
        self._lock.close()

    async def sign_in_again(self) -> None:
        """Take up the account that is there now."""
        before = self._server
        self.account, self._server = account.load(self.paths), None
        if self.account is not None:
            token = await asyncio.to_thread(account.token_of, self.paths, self.account)
            if token is not None:
                self._server = Server(self.account.url, token)
        self.guidance.use(self.account, self._server)
        self.uploader.use(self._server)
        self.tracker.use(self._server)
        if before is not None:
            await before.close()

    async def _use(self, new: config.Config) -> None:
        self._config = new
        self.tracker.enabled = new.tracking
        await self.watching.use(new.sources if self.account is not None else [])
        await self._watch_pictures(new.screenshots)
        await self.hotkey.use(new.hotkey.keys)

    def _signed_out(self, error: SignedOut) -> None:
        self.tracker.track("agent_signed_out")
        self.uploader.stop(error)

    def _found(self) -> None:
        self.uploader.wake()

    def _finished(self) -> None:
        self.watching.space()

    def _policy_changed(self) -> None:
        if not self.guidance.policy.may_pause and self.spool.intake.paused_since is not None:
            self.spool.intake.resume(now_ms())
        self.watching.space()

    async def _clear_up(self) -> None:
        """Let go of what was held for a record that nobody asked for."""
        while True:
            before = now_ms() - self.guidance.policy.keep_hours * HOUR_MS
            is_told = self.guidance.issued_ts is not None  # for how long, the policy says
            try:
                while is_told and await asyncio.to_thread(self.spool.outbox.let_go, before) > 0:
                    self.watching.space()
                await asyncio.to_thread(self.spool.outbox.forget_conversations, now_ms())
            except NoSpace as error:
                log.warning("%s", error)
            await asyncio.sleep(CLEARS_UP_S)

    # ------------------------------------------------------------ pictures of the screen

    async def _watch_pictures(self, new: config.ScreenshotConfig | None) -> None:
        if self._pictures is not None:
            self._pictures.cancel()
            await asyncio.gather(self._pictures, return_exceptions=True)
            self._pictures = None
        if new is not None and new.enabled:
            self._pictures = asyncio.create_task(self._follow_pictures(new), name="pictures of the screen")

    async def _follow_pictures(self, new: config.ScreenshotConfig) -> None:
        folders = config.screenshot_folders(new)
        while True:
            try:
                async with contextlib.aclosing(new_pictures(folders)) as pictures:
                    async for path in pictures:
                        await self._picture(path, new)
            except Exception:
                log.exception("pictures of the screen are not seen for a while")
                await asyncio.sleep(TRIED_AGAIN_S)

    async def _picture(self, path: Path, new: config.ScreenshotConfig) -> None:
        if not self.guidance.policy.screenshots or self.spool.intake.paused_since is not None:
            return
        if not config.is_screenshot(new, path):
            return
        while True:
            try:
                tied = await self.recording.picture(path, new)
            except (NoSpace, Full) as error:
                log.warning("a picture waits: %s", error)
                await asyncio.sleep(TRIED_AGAIN_S)
                continue
            except OSError as error:
                await self.recording.could_not(path, f"It cannot be read: {error}.")
                return
            if tied is not None:
                log.info("a record of %s: %s", tied.session.conversation.title, tied.reason)
                self.uploader.wake()
            return

    # ------------------------------------------------------------ what commands ask

    def _commands(self) -> dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, Any]]]:
        return {
            "status": self._status,
            "pause": self._pause,
            "resume": self._resume,
            "record": self._record,
            "retry": self._retry,
            "reload": self._reload,
            "last": self._last,
        }

    def _sources(self) -> list[dict[str, Any]]:
        return [{**each.told(), "rule": self._rule_of(each)} for each in self.watching.all.values()]

    def _rule_of(self, watched: Watched) -> Rule:
        """What is recorded of a source: where it has several programs, the most."""
        found = {self.guidance.policy.rule_of(program) for program in watched.programs}
        return "never" if watched.state == "off" else next(rule for rule in RULES if rule in found)

    async def status(self) -> dict[str, Any]:
        """How it is."""
        waiting = await asyncio.to_thread(self.spool.outbox.waiting)
        return {
            "version": __version__,
            "pid": os.getpid(),
            "user_id": self.account.user_id if self.account else None,
            "url": self.account.url if self.account else None,
            "upload": {
                "state": self.uploader.state,
                "error": self.uploader.error,
                "retry_ts": int(self.uploader.retry_ts * 1000) if self.uploader.retry_ts else None,
            },
            "spool": {**msgspec.to_builtins(waiting), "most_bytes": self.spool.intake.most_bytes},
            "sources": self._sources(),
            "paused_since": self.spool.intake.paused_since,
            "policy": {
                **msgspec.to_builtins(self.guidance.policy),
                "records": self.guidance.policy.records,
                "issued_ts": self.guidance.issued_ts,
                "error": self.guidance.error,
            },
            "clock_warning": self.guidance.clock_warning,
            "screenshots": [str(folder) for folder in config.screenshot_folders(self._config.screenshots)]
            if self._config.screenshots.enabled and self.guidance.policy.screenshots
            else [],
            "hotkey": {"keys": self.hotkey.keys, "error": self.hotkey.error},
        }

    async def _status(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return await self.status()

    async def _pause(self, _asked: dict[str, Any]) -> dict[str, Any]:
        if not self.guidance.policy.may_pause:
            raise CannotDo("Your organisation does not let agents be paused.")
        await asyncio.to_thread(self.spool.intake.pause, now_ms())
        self.guidance.soon()
        return {"paused_since": self.spool.intake.paused_since}

    async def _resume(self, _asked: dict[str, Any]) -> dict[str, Any]:
        await asyncio.to_thread(self.spool.intake.resume, now_ms())
        self.guidance.soon()
        return {}

    async def _record(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.spool.intake.paused_since is not None:
            raise CannotDo("The agent is paused. Go on first: roomkeeper-agent resume")
        try:
            wish = msgspec.convert(asked, Wish)
            made = await self.recording.ask(
                self._config.screenshots,
                number=wish.session,
                minutes_before=wish.minutes_before,
                minutes_after=wish.minutes_after,
                pages=wish.pages,
            )
        except (WhichSession, NoSpace, Full, msgspec.ValidationError) as error:
            raise CannotDo(str(error)) from None
        self.uploader.wake()
        return made

    async def _record_and_tell(self) -> str:
        """What a key or a click does."""
        try:
            made = await self._record({"pages": self._config.hotkey.pages})
        except CannotDo as error:
            return str(error)
        return f"A record of “{made['title']}” ({made['program']}). {made['problem']}".strip()

    async def _pause_or_go_on(self) -> str:
        try:
            if self.spool.intake.paused_since is None:
                await self._pause({})
            else:
                await self._resume({})
        except CannotDo as error:
            return str(error)
        return self._told_shortly()[1]

    def _told_shortly(self) -> Said:
        """How it is, for the tray."""
        if self.account is None:
            return "dialog-warning", "Nobody is signed in."
        if self.uploader.state in ("signed out", "not allowed"):
            return "dialog-warning", self.uploader.error
        if self.spool.intake.paused_since is not None:
            return "media-playback-pause", "Paused: nothing is recorded. Click with the middle button to go on."
        if self.guidance.issued_ts is None or not self.guidance.policy.records:
            return "media-playback-stop", "Nothing is recorded."
        watched = ", ".join(each.config.id for each in self.watching.all.values()) or "nothing"
        return "media-record", f"Watches {watched}. Click to record the session that you are in."

    async def _retry(self, _asked: dict[str, Any]) -> dict[str, Any]:
        refused = await self.uploader.retry()
        self.guidance.soon()
        return {"entries": refused}

    async def _reload(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Settings or the account have changed."""
        try:
            new = await asyncio.to_thread(config.load_bare, self.paths)
        except config.WrongConfig as error:
            raise CannotDo(str(error)) from None
        await self.sign_in_again()
        await self._use(new)
        return await self.status()

    async def _last(self, _asked: dict[str, Any]) -> dict[str, Any]:
        problems = await asyncio.to_thread(self.spool.outbox.problems, PROBLEMS_SHOWN)
        return {"entries": [msgspec.to_builtins(each) for each in self.watching.last], "problems": problems}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be recorded: which session (its number), from when, until when, and how many pictures."""

    session: int | None = None
    minutes_before: float | None = None
    minutes_after: float | None = None
    pages: int = 1


def _locked(paths: Paths) -> IO[bytes]:
    """Held while the agent runs. Raises `AlreadyRuns`."""
    file = (paths.state / "lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise AlreadyRuns("The agent runs already: roomkeeper-agent status") from None
    return file
