"""Having files looked at: at once when they are stored, once for the same bytes, and what was seen is kept.

1. What is kept stands under (SHA-256, detector, version, variant): in memory for what was used last, else in the
   database. A detector that is looking just now is waited for by all who want its answer.
2. What is not kept is asked for again: after a crash, a failure, or when a detector has come that was absent. So losing
   what was under way loses nothing.
3. So many files may be under way, a quarter of them for one uploader; more are not begun, and count as "busy".
4. What runs goes on when who waits for it gives up: it is kept for the next one who asks.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import prometheus_client

from roomkeeper.capabilities.screening.detectors.interface import (
    MAX_FINDINGS,
    MAX_TEXT,
    Absent,
    Busy,
    Detector,
    Failed,
    MediaFile,
    Refused,
    Scores,
    Text,
    on_turn,
)
from roomkeeper.capabilities.screening.detectors.registry import Detectors
from roomkeeper.capabilities.screening.rules import Look, Rule
from roomkeeper.capabilities.screening.store import looks as store
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.logs import get_logger

log = get_logger(area="screening")

KEPT_FILES = 5_000
"""Files of which what was seen is in memory."""
KEPT_TEXT = 20_000_000
"""Characters of text in files that are in memory, at most."""
SHARE = 4
"""An uploader may have one in so many of the places."""
MAX_MESSAGE = 500

asked_total = prometheus_client.Counter("roomkeeper_screening_looks", "Detectors asked", ["detector", "outcome"])
look_seconds = prometheus_client.Histogram(
    "roomkeeper_screening_look_seconds",
    "Seconds that a detector took",
    ["detector"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
under_way = prometheus_client.Gauge("roomkeeper_screening_files", "Files that are being looked at, or wait for it")


class Failures(msgspec.Struct, frozen=True):
    """How often a detector gave no answer since the start; when last (milliseconds), and why."""

    count: int
    last_ts: int
    message: str


class Running:
    """A detector that looks into a file just now, or waits for a worker that does: that is no part of its time."""

    task: asyncio.Task[Look]
    limit: asyncio.Timeout

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.started = asyncio.get_running_loop().time()
        self.turn: asyncio.Future[None] | None = None
        """Done when it has its turn; `None`: it has it."""

    def turned(self, has_turn: bool) -> None:
        """See `on_turn`."""
        loop = asyncio.get_running_loop()
        if not has_turn:
            self.turn = self.turn or loop.create_future()
            self.limit.reschedule(None)
        elif self.turn is not None:
            self.turn.set_result(None)
            self.turn = None
            self.started = loop.time()
            self.limit.reschedule(self.started + self.timeout)


class Looking:
    """Asks detectors, and keeps what they say. `timeout_of`: how many seconds a detector gets at most."""

    def __init__(
        self,
        app: Application,
        detectors: Detectors,
        queue_length: int,
        timeout_of: Callable[[Detector], float],
    ) -> None:
        self._app = app
        self.detectors = detectors
        self._queue_length = queue_length
        self._timeout_of = timeout_of
        self._memory: OrderedDict[str, dict[store.Key, Look]] = OrderedDict()
        self._running: dict[store.Key, Running] = {}
        self._text = 0
        self._files: Counter[str] = Counter()
        self._users: dict[str, set[str]] = {}
        self.failures: dict[str, Failures] = {}
        """By detector."""

    def file_of(self, medium: Medium, priority: Priority = Priority.INTERACTIVE) -> MediaFile:
        """A medium as detectors get it. It must have its file."""
        assert medium.sha256 is not None
        return MediaFile(
            sha256=medium.sha256,
            path=self._app.blobs.path(medium.sha256),
            size=medium.size,
            claimed_type=medium.claimed_type,
            sniffed_type=medium.sniffed_type,
            file_name=medium.file_name,
            uploader=medium.uploader,
            priority=priority,
        )

    @property
    def load(self) -> tuple[int, int]:
        """Files that are being looked at or wait for it, and how many may."""
        return len(self._files), self._queue_length

    def under_way(self, detector: str) -> int:
        """Files that a detector has not answered about."""
        return sum(1 for key in self._running if key[1] == detector)

    async def known(self, file: MediaFile) -> list[Look]:
        """What detectors have said of a file, as they are now; nobody is asked."""
        await self._kept(file.sha256)
        kept = self._memory.get(file.sha256, {})
        keys = [_key(each, file) for each in self.detectors.concerning(file)]
        return [kept[key] for key in keys if key in kept]

    # ------------------------------------------------------------ asking

    async def begin(self, file: MediaFile) -> None:
        """Ask all detectors that it concerns, without waiting for what they say."""
        await self._kept(file.sha256)
        for detector in self.detectors.concerning(file):
            self._ask(detector, file)

    async def looks(self, file: MediaFile, rules: Mapping[str, Rule], deadline: float) -> list[Look]:
        """What the detectors that count say, those that it concerns; waits until `deadline` (the loop's time)."""
        await self._kept(file.sha256)
        detectors = [each for each in self.detectors.concerning(file) if each.name in rules]
        found = [(detector, self._ask(detector, file)) for detector in detectors]
        answers = []
        for detector, answer in found:
            if isinstance(answer, Running):
                answer = await self._answer(detector, answer, rules[detector.name].timeout, deadline)
            answers.append(answer)
        return answers

    async def _answer(self, detector: Detector, running: Running, seconds: float, deadline: float) -> Look:
        """What it says within so many seconds from when it had its turn."""
        loop = asyncio.get_running_loop()
        while not running.task.done():
            until = running.started + seconds if running.turn is None else math.inf
            left = min(until, deadline) - loop.time()
            if left <= 0 and until <= deadline:
                return Look(detector=detector.name, outcome="failed", message=f"It took longer than {seconds:g} s.")
            if left <= 0:
                return Look(detector=detector.name, outcome="waiting")
            waiting: list[asyncio.Future[Any]] = (
                [running.task] if running.turn is None else [running.task, running.turn]
            )
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        return running.task.result()

    def _ask(self, detector: Detector, file: MediaFile) -> Look | Running:
        """What is kept, or who looks; whoever calls this has just loaded what is kept."""
        absence = detector.absence()
        if absence is not None:
            return Look(detector=detector.name, outcome="absent", message=absence[:MAX_MESSAGE])
        key = _key(detector, file)
        known = self._memory.get(file.sha256, {}).get(key)
        if known is not None:
            return known
        running = self._running.get(key)
        if running is None:
            if not self._take_place(file):
                return Look(detector=detector.name, outcome="busy", message="Too many files wait to be looked at.")
            running = self._running[key] = Running(self._timeout_of(detector))
            running.task = asyncio.create_task(
                self._look(detector, file, key, running), name=f"screening {detector.name}"
            )
            running.task.add_done_callback(lambda _: self._leave_place(file, key))
        return running

    def _take_place(self, file: MediaFile) -> bool:
        if file.sha256 not in self._files:
            own = self._users.get(file.uploader, ())
            if len(self._files) >= self._queue_length or len(own) >= max(1, self._queue_length // SHARE):
                return False
        self._files[file.sha256] += 1
        self._users.setdefault(file.uploader, set()).add(file.sha256)
        under_way.set(len(self._files))
        return True

    def _leave_place(self, file: MediaFile, key: store.Key) -> None:
        del self._running[key]
        self._files[file.sha256] -= 1
        if not self._files[file.sha256]:
            del self._files[file.sha256]
            for user, files in list(self._users.items()):
                files.discard(file.sha256)
                if not files:
                    del self._users[user]
        under_way.set(len(self._files))

    async def _look(self, detector: Detector, file: MediaFile, key: store.Key, running: Running) -> Look:
        loop = asyncio.get_running_loop()
        started = loop.time()
        look = await self._outcome(detector, file, running)
        asked_total.labels(detector.name, look.outcome).inc()
        look_seconds.labels(detector.name).observe(loop.time() - started)
        if look.outcome == "failed":
            before = self.failures.get(detector.name)
            count = 1 if before is None else before.count + 1
            self.failures[detector.name] = Failures(count, self._app.clock.now_ms(), look.message)
        if look.outcome in ("seen", "refused"):
            write = Write()
            store.put(write, key, look, self._app.clock.now_ms())
            self._app.committer.submit(write).add_done_callback(_logged)
            self._remember(file.sha256, {**self._memory.get(file.sha256, {}), key: look})
        return look

    async def _outcome(self, detector: Detector, file: MediaFile, running: Running) -> Look:
        on_turn.set(running.turned)
        try:
            async with asyncio.timeout(running.timeout) as running.limit:
                return Look(detector=detector.name, outcome="seen", scores=bounded(await detector.look(file)))
        except Absent as error:
            return Look(detector=detector.name, outcome="absent", message=str(error)[:MAX_MESSAGE])
        except Refused as error:
            return Look(detector=detector.name, outcome="refused", message=str(error)[:MAX_MESSAGE])
        except Busy as error:
            return Look(detector=detector.name, outcome="busy", message=str(error)[:MAX_MESSAGE])
        except Failed as error:
            log.warning("a detector failed", detector=detector.name, reason=str(error))
            return Look(detector=detector.name, outcome="failed", message=str(error)[:MAX_MESSAGE])
        except TimeoutError:
            return Look(detector=detector.name, outcome="failed", message=f"It took longer than {running.timeout:g} s.")
        except Exception as error:
            log.error("a detector broke", detector=detector.name, sha256=file.sha256, exc_info=error)
            return Look(detector=detector.name, outcome="failed", message="It broke; the log says why.")

    # ------------------------------------------------------------ looking anew

    async def stale(self, file: MediaFile) -> list[Look]:
        """What detectors see in a file now, of those that have seen something else in it before. Nothing is kept."""
        await self._kept(file.sha256)
        kept, found = self._memory.get(file.sha256, {}), []
        for detector in self.detectors.concerning(file):
            known = kept.get(_key(detector, file))
            if known is None or detector.absence() is not None:
                continue
            look = await self._outcome(detector, file, Running(self._timeout_of(detector)))
            if look.outcome in ("seen", "refused") and (look.outcome, look.scores.labels) != (
                known.outcome,
                known.scores.labels,
            ):
                found.append(look)
        return found

    async def replace(self, file: MediaFile, looks: list[Look]) -> None:
        """Let these count instead of what the same detectors have seen before."""
        by_name = {each.name: each for each in self.detectors.concerning(file)}
        write = Write()
        for look in looks:
            key = _key(by_name[look.detector], file)
            store.forget(write, key)
            store.put(write, key, look, self._app.clock.now_ms())
        await self._app.committer.submit(write)
        self.forget(file.sha256)

    # ------------------------------------------------------------ keeping

    async def _kept(self, sha256: str) -> None:
        """Have in memory what is kept of a file."""
        if sha256 in self._memory:
            self._memory.move_to_end(sha256)
            return
        found = await store.of_file(self._app.driver, sha256)
        self._remember(sha256, {**found, **self._memory.get(sha256, {})})

    def _remember(self, sha256: str, looks: dict[store.Key, Look]) -> None:
        self.forget(sha256)
        self._memory[sha256] = looks
        self._text += _characters(looks)
        while len(self._memory) > 1 and (len(self._memory) > KEPT_FILES or self._text > KEPT_TEXT):
            self.forget(next(iter(self._memory)))

    def forget(self, sha256: str) -> None:
        """Read anew what is kept of a file, when it is needed."""
        self._text -= _characters(self._memory.pop(sha256, {}))

    def is_idle(self, sha256: str) -> bool:
        """Whether nobody looks into that file."""
        return sha256 not in self._files

    async def stop(self) -> None:
        """End what is under way: it is asked for again when it is needed."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def bounded(scores: Scores) -> Scores:
    """What is kept of scores, whatever a detector says: numbers from 0 to 1, so many findings, so much text."""
    labels = {name: min(max(float(score), 0.0), 1.0) for name, score in scores.labels.items() if score == score}
    left, texts = MAX_TEXT, list[Text]()
    for each in scores.texts:
        if left <= 0:
            break
        texts.append(Text(each.text[:left].replace("\0", ""), each.source, each.box, each.span))
        left -= len(each.text)
    return Scores(labels=labels, findings=scores.findings[:MAX_FINDINGS], texts=tuple(texts), hashes=scores.hashes)


def _key(detector: Detector, file: MediaFile) -> store.Key:
    return (file.sha256, detector.name, detector.version, detector.variant(file))


def _characters(looks: Mapping[store.Key, Look]) -> int:
    return sum(len(text.text) for look in looks.values() for text in look.scores.texts)


def _logged(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.warning("what a detector saw could not be kept", exc_info=error)
