"""What the areas are installed into: the services of the platform, and the slots that areas contribute to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.platform import schema
from roomkeeper.platform.audit import AuditLog
from roomkeeper.platform.blobs import LocalBlobs
from roomkeeper.platform.bus import Bus
from roomkeeper.platform.changes import COMMITTED
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Committer, DatabaseError, Positions, Reader, Write, driver_for
from roomkeeper.platform.facts import Facts
from roomkeeper.platform.figures import Figure, HealthCheck, Measure
from roomkeeper.platform.giving_way import GivingWay
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import HttpServer, RateLimits, Request, Response, Route, Routes
from roomkeeper.platform.instance import Instance
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import Outgoing
from roomkeeper.platform.remedies import AnyDrill, AnyRemedy
from roomkeeper.platform.settings import Settings, SettingsSource
from roomkeeper.platform.tracking import Tracking

log = get_logger(area="application")

ENV_REQUIRED = "The name after the colon in user ids, e.g. example.org. It can never be changed later."
LONGEST_ERROR = 300
"""Characters of an error that are kept for the health."""


class ServerSettings(Settings, frozen=True):
    """The settings of the server as a whole."""

    server_name: Annotated[str, Meta(min_length=1, max_length=230, description=ENV_REQUIRED)]
    listen: Annotated[str, Meta(pattern=r"^.*:[0-9]+$", description="Address to listen on, host:port.")] = (
        "127.0.0.1:8008"
    )
    data_dir: Annotated[str, Meta(description="Folder for everything that the server keeps.")] = "data"
    database_url: Annotated[
        str,
        Meta(
            description="Where the database is; empty: SQLite in the data directory. sqlite:////path/to/file.db or "
            "postgresql://user:password@host:port/database, a database in UTF-8 that nothing else uses."
        ),
    ] = ""
    public_base_url: Annotated[
        str,
        Meta(description="The URL at which clients reach the server; empty: http:// and the listen address."),
    ] = ""
    rate_limits: Annotated[Literal["on", "off"], Meta(description="Rate limits per user, address and endpoint.")] = "on"
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Addresses of reverse proxies whose X-Forwarded-For is believed."),
    ] = ()
    metrics_token: Annotated[
        str,
        Meta(description="Bearer token for /metrics; empty: /metrics answers direct requests from this machine only."),
    ] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least severity that is logged.")
    ] = "info"
    log_format: Annotated[Literal["json", "text"], Meta(description="One JSON object a line, or text for people.")] = (
        "json"
    )

    @property
    def effective_database_url(self) -> str:
        """The database URL with its default filled in."""
        return self.database_url or f"sqlite:///{Path(self.data_dir).resolve() / 'roomkeeper.db'}"

    @property
    def effective_base_url(self) -> str:
        """The public base URL with its default filled in, without a slash at the end."""
        return (self.public_base_url or f"http://{self.listen}").rstrip("/")


class DoctorFinding(msgspec.Struct, frozen=True):
    """What a check found: `ok`, and what to do where it is not."""

    ok: bool
    text: str


class ConsolePage(msgspec.Struct, frozen=True):
    """A page of the console: who has one of these permissions, somewhere, may see it."""

    permissions: tuple[str, ...]


class BrokenTask(msgspec.Struct, frozen=True):
    """A background task that broke: when last, in seconds of the monotonic clock, and of what."""

    at: float
    error: str


DoctorCheck = Callable[[], Awaitable[DoctorFinding]]
BlobReferences = Callable[[Reader, str, int], Awaitable[list[str]]]
"""The hashes of blobs that an area's tables refer to, in order, after that one, at most so many."""


class Application:
    """The services of the platform, ready to be used by the areas that `app.py` installs."""

    is_online: Callable[[str], bool] = staticmethod(lambda _user_id: True)
    """Whether changes are gathered for a user id: who is away finds what there is when they sync again."""

    def __init__(self, source: SettingsSource, clock: Clock | None = None) -> None:  # noqa: PLR0915 (a table of contents)
        self.source = source
        self.settings = source.section(ServerSettings)
        self.clock = clock or Clock()
        self.data_dir = Path(self.settings.data_dir)
        self.instance = Instance(self.data_dir, self.settings.listen)
        self.driver = driver_for(self.settings.effective_database_url)
        self.positions = Positions()
        self.committer = Committer(self.driver, self.positions)
        self.giving_way = GivingWay()
        self.tracking = Tracking(self.clock.now_ms)
        self.bus = Bus()
        self.facts = Facts(self.driver, self.committer, self.clock)
        self.audit = AuditLog(self.driver, self.clock)
        self.blobs = LocalBlobs(self.data_dir / "blobs")
        self.outgoing = Outgoing()
        self.limits = RateLimits(self.clock, enabled=self.settings.rate_limits == "on")
        self.routes = Routes()
        self.http = HttpServer(self.routes, self.limits, trusted_proxies=frozenset(self.settings.trusted_proxies))
        self.http.is_operator = self.instance.is_operator
        self.http.note_look = self._note_look
        self.doctor: Slot[DoctorCheck] = Slot("doctor")
        self.remedies: Slot[AnyRemedy] = Slot("remedies")
        """What can be put right, offered to who repairs."""
        self.drills: Slot[AnyDrill] = Slot("drills")
        """Faults that can be made on purpose, where a setting allows that."""
        self.console_pages: Slot[ConsolePage] = Slot("console pages")
        """The pages at /console by their ids, which `web/src/console/pages.ts` has too."""
        self.page_images: Slot[str] = Slot("origins of pictures")
        """From where else the web pages may show pictures, as sources of a Content-Security-Policy."""
        self.background: Slot[Callable[[], Awaitable[None]]] = Slot("background")
        self.starting: Slot[Callable[[], Awaitable[None]]] = Slot("starting")
        self.stopping: Slot[Callable[[], None]] = Slot("stopping")
        self.ending: Slot[Callable[[], Awaitable[None]]] = Slot("ending")
        """Called when the background tasks have ended, before the last writes are waited for."""
        self.blob_references: Slot[BlobReferences] = Slot("blob references")
        """Asked by `roomkeeper backup` which blobs belong to a database."""
        self.front_page: Callable[[Request], Awaitable[Response]] | None = None
        """What is shown at ``/`` instead of the page that says that a server is there: the demo has its own."""
        self.figures: Slot[Figure] = Slot("figures")
        self.measures: Slot[Measure] = Slot("measures")
        self.checks: Slot[HealthCheck] = Slot("checks")
        self.broken_tasks: dict[str, BrokenTask] = {}
        self.packages: list[str] = ["roomkeeper.platform"]
        self.ready = False
        self._tasks: list[asyncio.Task[None]] = []
        self.background.add("facts", self.facts.run)
        self.committer.on_commit(self._publish)

    async def _note_look(self, route: Route, request: Request) -> None:
        """An entry of the audit log for a look at what concerns people. See `Route.audited`."""
        write = Write()
        target = " ".join(request.parameters.values()) or "*"
        self.audit.record(write, permission=route.permission or "", target=target)
        await self.committer.submit(write)

    def _publish(self, writes: object) -> None:
        assert isinstance(writes, list)
        changes = [change for write in writes for change in write.changes]
        if changes:
            self.bus.publish(COMMITTED, changes)

    async def start(self) -> None:
        """Take the data directory, bring the schema up to date, open the database, start what runs by itself."""
        self.instance.acquire()
        try:
            await self._open_database()
            for start in self.starting.values():
                await start()
        except BaseException:
            self.instance.release()
            raise
        self._tasks = [
            asyncio.create_task(self._supervise(name, run), name=name) for name, run in self.background.items()
        ]
        self.ready = True

    async def _open_database(self) -> None:
        url = self.settings.effective_database_url
        try:
            if not await asyncio.to_thread(schema.is_current, url, self.packages):
                await asyncio.to_thread(schema.upgrade, url, self.packages)
        except OSError as error:
            raise DatabaseError(f"cannot write the database {schema.sqlite_path(url)}: {error.strerror}") from error
        await self.driver.open()
        await self.positions.load(self.driver)
        reservation = self.positions.reservation()
        if reservation is not None:
            await self.committer.submit(reservation)

    def begin_stop(self) -> None:
        """Take nothing new: `/readyz` says no, and whoever waits for something is sent home."""
        self.ready = False
        for stop in self.stopping.values():
            stop()

    async def stop(self) -> None:
        """Finish what is accepted, then close."""
        self.begin_stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in self.ending.values():
            await end()
        await self.outgoing.close()
        await self.committer.drain()
        await self.driver.close()
        self.instance.release()

    async def _supervise(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Keep a background task going: whatever breaks in it is logged, and it starts anew."""
        while True:
            try:
                await run()
                return
            except Exception as error:
                log.error("a background task broke and is started anew", task=name, exc_info=error)
                self.broken_tasks.pop(name, None)  # the newest is the last
                what = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
                self.broken_tasks[name] = BrokenTask(self.clock.monotonic(), what)
                await asyncio.sleep(1)
