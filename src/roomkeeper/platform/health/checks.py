"""The figures and checks of the platform itself; areas add theirs to the same slots."""

from __future__ import annotations

import ipaddress
import os
import shutil
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from roomkeeper.platform.figures import Figure, Finding, Measure
from roomkeeper.platform.health import rules, store

if TYPE_CHECKING:
    from roomkeeper.platform.application import Application

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
GIB = 1024**3
LEAST_DISK = GIB // 2
LOW_DISK = 2 * GIB
LOW_MEMORY = 0.05
"""The share of the machine's memory that is left when it becomes tight."""
SLOW_COMMIT_S = 0.5
LONG_QUEUE = 2_000
OLD_FACT_MS = 60_000
CLOCK_MS = 10 * 60_000
HOUR_S = 3600
"""What broke in the last hour is shown."""


def add_figures(app: Application) -> None:
    """What is charted."""
    durations: deque[float] = deque(maxlen=1)

    def median() -> float:
        taken = app.committer.take_durations()
        durations.append(rules.quantile(taken, 0.99))
        return rules.quantile(taken, 0.5)

    async def database_bytes() -> float:
        return float(await store.database_bytes(app.driver))

    figures = app.figures
    figures.add("cpu", Figure(unit="share", read=time.process_time, grows=True))
    figures.add("memory", Figure(unit="bytes", read=resident_bytes))
    figures.add("disk_free", Figure(unit="bytes", read=lambda: shutil.disk_usage(app.data_dir).free))
    figures.add("commit_queue", Figure(unit="count", read=lambda: app.committer.waiting, keeps="most"))
    figures.add("commit_p50", Figure(unit="seconds", read=median))
    # Read right after the other: both are of the same commits.
    figures.add("commit_p99", Figure(unit="seconds", read=lambda: durations[-1], keeps="most"))
    figures.add("incidents", Figure(unit="per_second", read=lambda: app.http.incidents, grows=True))
    app.measures.add("database", Measure(unit="bytes", read=database_bytes))


def resident_bytes() -> int:
    """The memory that this process has."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a few microseconds, every few seconds
        return int(statm.read().split()[1]) * PAGE_BYTES


def memory_of_machine() -> tuple[int, int]:
    """What is available, and what there is, in bytes."""
    found = {}
    with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123 - as above
        for line in lines:
            name, _, value = line.partition(":")
            found[name] = int(value.split()[0]) * 1024
    return found.get("MemAvailable", found["MemFree"]), found["MemTotal"]


def add_checks(app: Application) -> None:
    """What may be wrong."""
    checks = Checks(app)
    app.checks.add("database", checks.database)
    app.checks.add("disk", checks.disk)
    app.checks.add("memory", checks.memory)
    app.checks.add("commits", checks.commits)
    app.checks.add("facts", checks.facts)
    app.checks.add("background tasks", checks.background)
    app.checks.add("errors", checks.errors)
    app.checks.add("clock", checks.clock)
    app.checks.add("address", checks.address)


class Checks:
    """The checks of the platform."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def database(self) -> Finding:
        """Whether it answers, and keeps what it has confirmed."""
        if not await store.is_durable(self._app.driver):
            return Finding(
                state="failing",
                code="database.unsafe",
                text="PostgreSQL runs with fsync or full_page_writes off: a power cut can destroy all data.",
                advice="Switch both on in postgresql.conf and restart PostgreSQL.",
            )
        return Finding(state="well", code="database.well", text="The database answers.")

    async def disk(self) -> Finding:
        """Whether there is room for what comes."""
        usage = shutil.disk_usage(self._app.data_dir)
        values: dict[str, str | int | float] = {"free_bytes": usage.free, "total_bytes": usage.total}
        text = f"{usage.free / GIB:.1f} GiB are free for the data directory."
        if usage.free >= LOW_DISK:
            return Finding(state="well", code="disk.well", text=text, values=values)
        return Finding(
            state="failing" if usage.free < LEAST_DISK else "warning",
            code="disk.low",
            text=text,
            advice="Make room or move the data directory to a larger disk: when it is full, nothing can be sent.",
            values=values,
        )

    async def memory(self) -> Finding:
        """Whether the machine has memory left."""
        available, total = memory_of_machine()
        values: dict[str, str | int | float] = {"available_bytes": available, "total_bytes": total}
        text = f"{available / GIB:.1f} of {total / GIB:.1f} GiB of the machine's memory are available."
        if available >= total * LOW_MEMORY:
            return Finding(state="well", code="memory.well", text=text, values=values)
        return Finding(
            state="warning",
            code="memory.low",
            text=text,
            advice="End other programs on this machine, give it more memory, or lower the sizes of caches in the"
            " settings: else the system may end the server.",
            values=values,
        )

    async def commits(self) -> Finding:
        """Whether what is sent is made durable quickly."""
        waiting, slowest = self._app.committer.waiting, self._app.committer.slowest_lately
        values: dict[str, str | int | float] = {"waiting": waiting, "seconds": round(slowest, 3)}
        text = f"{waiting} writes wait; the slowest of the last commits took {slowest * 1000:.0f} ms."
        if waiting < LONG_QUEUE and slowest < SLOW_COMMIT_S:
            return Finding(state="well", code="commits.well", text=text, values=values)
        return Finding(
            state="warning",
            code="commits.slow",
            text=text,
            advice="Look at what else uses the disk of the database, or move it to a faster one.",
            values=values,
        )

    async def facts(self) -> Finding:
        """Whether what happened reaches those whom it concerns."""
        count, oldest_ts = await self._app.facts.backlog()
        values: dict[str, str | int | float] = {"count": count}
        if not count or oldest_ts > self._app.clock.now_ms() - OLD_FACT_MS:
            return Finding(state="well", code="facts.well", text="What happened was told to all areas.", values=values)
        return Finding(
            state="warning",
            code="facts.behind",
            text=f"{count} facts could not be handled yet, and are tried again.",
            advice="The server's log says why, in lines with “a fact could not be delivered”.",
            values=values,
        )

    async def background(self) -> Finding:
        """Whether what runs by itself does."""
        lately = self._app.clock.monotonic() - HOUR_S
        broken = {name: last for name, last in self._app.broken_tasks.items() if last.at >= lately}
        if not broken:
            text = "What runs in the background does so without errors."
            return Finding(state="well", code="background.well", text=text)
        names = ", ".join(sorted(broken))
        error = next(reversed(broken.values())).error
        return Finding(
            state="warning",
            code="background.broken",
            text=f"Broke in the last hour and were started anew: {names}. The last error: {error}",
            advice="The server's log has the whole of it, in lines with “a background task broke”.",
            values={"names": names, "error": error},
        )

    async def errors(self) -> Finding:
        """Whether requests have failed for reasons that nobody foresaw."""
        count = self._app.http.incidents_since(HOUR_S)
        values: dict[str, str | int | float] = {"count": count}
        if not count:
            text = "No request has failed unexpectedly in the last hour."
            return Finding(state="well", code="errors.well", text=text, values=values)
        return Finding(
            state="warning",
            code="errors.some",
            text=f"Requests that failed unexpectedly in the last hour: {count}.",
            advice="Find them in the server's log by the word “incident”, and report them.",
            values=values,
        )

    async def clock(self) -> Finding:
        """Whether the clock goes forward."""
        newest = await store.newest(self._app.driver)
        if newest <= self._app.clock.now_ms() + CLOCK_MS:
            return Finding(state="well", code="clock.well", text="The clock is not behind what is stored.")
        return Finding(
            state="failing",
            code="clock.behind",
            text="The clock is behind what is stored.",
            advice="Set the clock of this machine, and let it be kept right (NTP).",
        )

    async def address(self) -> Finding:
        """Whether clients elsewhere can reach the server safely."""
        url = self._app.settings.effective_base_url
        parts, values = urlsplit(url), {"url": url}
        if parts.scheme == "https":
            text = f"Clients are told to use {url}."
            return Finding(state="well", code="address.well", text=text, values={**values})
        if is_local(parts.hostname or ""):
            text = f"Clients are told to use {url}: only this machine can."
            return Finding(state="well", code="address.local", text=text, values={**values})
        return Finding(
            state="warning",
            code="address.open",
            text=f"Clients are told to use {url}, on which everybody in between can read what is sent.",
            advice="Put a reverse proxy with TLS in front, and set public_base_url to its https:// address.",
            values={**values},
        )


def is_local(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
