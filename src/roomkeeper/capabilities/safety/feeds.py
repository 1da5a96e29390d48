"""Feeds that the server fetches by itself: when each is due, by its ETag, less often where it fails; their alerts.

Nothing is lost by a crash: what was taken is remembered once it is, and an alert that comes again does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from roomkeeper.capabilities.safety import cap, feed_index
from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.alerts import Alerts
from roomkeeper.capabilities.safety.cap import Alert
from roomkeeper.capabilities.safety.feed_index import Index, Link
from roomkeeper.capabilities.safety.markup import NotXml
from roomkeeper.capabilities.safety.models import Feed, FeedBody, FeedState
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import feeds as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import Outgoing, OutgoingError
from roomkeeper.platform.public_addresses import AddressPolicy, refusing_connector
from roomkeeper.platform.settings import SettingsError

log = get_logger(area="safety")

FEEDS: Final = "safety.feeds"
MOST_FEEDS: Final = 100
TOGETHER: Final = 4
"""Feeds that are fetched at a time; connections."""
SECONDS: Final = 20.0
"""That one document may take."""
POLL_S: Final = 60.0
"""That a feed may take with all its alerts; what is left comes the next time."""
MOST_FETCHED: Final = 100
"""Alerts of a feed that are fetched at a time."""
LONGEST_S: Final = 60.0
MOST_WAIT_MS: Final = 6 * 3_600_000
"""Between two tries of a feed that fails."""
UNKNOWN: Final = "Its alerts could not be taken: the server's log says why."
ACCEPT: Final = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.8, text/xml;q=0.8"


class NotFetched(Exception):
    """There is nothing to be had; the message says why, `retry_s` when to try again, where the other side says so."""

    def __init__(self, why: str, retry_s: int = 0) -> None:
        super().__init__(why)
        self.retry_s = retry_s


class Document(msgspec.Struct, frozen=True):
    """What was fetched. `body` is `None` where nothing has changed."""

    body: bytes | None
    etag: str
    modified: str


class Feeds:
    """Which feeds there are, and what comes of them."""

    def __init__(
        self, app: Application, account: SafetyAccount, people: SafetyPeople, alerts: Alerts, settings: SafetySettings
    ) -> None:
        """Raises `SettingsError` for addresses that are none."""
        self._app = app
        self._account = account
        self._turns = people.turns
        self._alerts = alerts
        try:
            policy = AddressPolicy(settings.feed_addresses)
        except ValueError as error:
            raise SettingsError(f"Addresses of feeds must be networks such as 10.0.0.0/8: {error}.") from None
        self.outgoing = Outgoing(lambda: refusing_connector(policy, connections=TOGETHER))
        self._wake = asyncio.Event()

    # ------------------------------------------------------------ which

    async def all(self) -> list[Feed]:
        """All of them, by name."""
        return await store.feeds(self._app.driver, MOST_FEEDS)

    async def find(self, feed_id: str) -> Feed:
        """One of them. Raises `NotFound`."""
        found = await store.find_feed(self._app.driver, feed_id)
        if found is None:
            raise NotFound("There is no such feed.")
        return found

    async def add(self, actor: str, body: FeedBody) -> Feed:
        """Fetch a feed from now on. Raises `InvalidParameter`, `Forbidden`."""
        now = self._app.clock.now_ms()
        async with self._turns("feeds"):
            await self._check(body)
            if len(await self.all()) >= MOST_FEEDS:
                raise Forbidden(f"There are {MOST_FEEDS} feeds, which is the most.")
            feed = Feed(
                feed_id=f"feed{now:011x}{secrets.token_hex(4)}",
                name=body.name,
                url=body.url,
                minutes=body.minutes,
                added_by=actor,
                added_ts=now,
                next_ts=now,
            )
            write = Write()
            store.put_feed(write, feed)
            await self._submit(write, body.url, f"added {body.name}")
        return feed

    async def change(self, feed_id: str, body: FeedBody) -> Feed:
        """Say anew what is fetched. Raises `NotFound`, `InvalidParameter`."""
        async with self._turns("feeds"), self._turns("feed to fetch", feed_id):
            feed = await self.find(feed_id)
            await self._check(body, feed_id)
            after = msgspec.structs.replace(
                feed, name=body.name, url=body.url, minutes=body.minutes, next_ts=self._app.clock.now_ms()
            )
            if body.url != feed.url:
                after = msgspec.structs.replace(after, state=FeedState())
            write = Write()
            store.put_feed(write, after)
            await self._submit(write, body.url, f"changed {body.name}")
        return after

    async def remove(self, feed_id: str) -> None:
        """Fetch it no more; what came of it stays. Raises `NotFound`."""
        async with self._turns("feeds"), self._turns("feed to fetch", feed_id):
            feed = await self.find(feed_id)
            write = Write()
            store.delete_feed(write, feed_id)
            await self._submit(write, feed.url, f"removed {feed.name}")

    async def _check(self, body: FeedBody, feed_id: str = "") -> None:
        if feed_index.usable(body.url) is None:
            raise InvalidParameter("The address of a feed begins with https:// or http://, without name and password.")
        if any(each.url == body.url and each.feed_id != feed_id for each in await self.all()):
            raise InvalidParameter("This feed is fetched already.")

    async def _submit(self, write: Write, target: str, reason: str) -> None:
        self._app.audit.record(write, permission=FEEDS, target=target[:255], reason=reason)
        await self._app.committer.submit(write)
        self._wake.set()

    # ------------------------------------------------------------ when

    async def run(self) -> None:
        """Fetch what is due, for ever."""
        while True:
            self._wake.clear()
            await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(await self._seconds()):
                    await self._wake.wait()

    async def _seconds(self) -> float:
        due = min((each.next_ts for each in await self.all()), default=None)
        return LONGEST_S if due is None else min(LONGEST_S, max(1.0, (due - self._app.clock.now_ms()) / 1000))

    async def _look(self) -> None:
        now, places = self._app.clock.now_ms(), asyncio.Semaphore(TOGETHER)

        async def one(feed_id: str) -> None:
            async with places:
                try:
                    await self.fetch(feed_id, only_due=True)
                except NotFound:
                    pass  # removed meanwhile
                except DatabaseError as error:
                    log.warning("what came of a feed could not be remembered", feed_id=feed_id, reason=str(error))

        await asyncio.gather(*(one(each.feed_id) for each in await self.all() if each.next_ts <= now))

    # ------------------------------------------------------------ fetching

    async def fetch(self, feed_id: str, *, only_due: bool = False) -> Feed:
        """Fetch a feed now, and take its alerts. Raises `NotFound`."""
        async with self._turns("feed to fetch", feed_id):
            feed = await self.find(feed_id)
            if only_due and feed.next_ts > self._app.clock.now_ms():
                return feed
            before, retry_s = feed.state, 0
            try:
                state = await self._poll(feed)
            except (NotFetched, NotXml) as error:
                retry_s = getattr(error, "retry_s", 0)
                state = msgspec.structs.replace(before, failures=before.failures + 1, error=str(error)[:500])
                log.info("a feed gave nothing", url=feed.url, reason=str(error))
            except Exception as error:
                # Whatever it is that others have sent: other feeds go on, and this one is tried less often.
                state = msgspec.structs.replace(before, failures=before.failures + 1, error=UNKNOWN)
                log.error("a feed could not be taken", url=feed.url, exc_info=error)
            now = self._app.clock.now_ms()
            wait = min(feed.minutes * 60_000 * 2 ** min(state.failures, 10), max(MOST_WAIT_MS, feed.minutes * 60_000))
            after = msgspec.structs.replace(
                feed,
                next_ts=now + max(wait, min(retry_s * 1000, MOST_WAIT_MS)),
                state=msgspec.structs.replace(state, fetched_ts=now),
            )
            write = Write()
            store.put_feed(write, after)
            await self._app.committer.submit(write)
        return after

    async def _poll(self, feed: Feed) -> FeedState:
        before = feed.state
        headers = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
        got = await self._get(feed.url, feed_index.MOST_BYTES, {name: each for name, each in headers.items() if each})
        if got.body is None:
            return msgspec.structs.replace(before, failures=0, error="")
        index: Index = await asyncio.to_thread(feed_index.read, got.body, feed.url)
        seen, new = set(before.seen), [each for each in index.links if each.key not in before.seen]
        alerts, problems = list(index.alerts), [f"{index.unusable} entries lead to no alert."] if index.unusable else []
        try:
            async with asyncio.timeout(POLL_S):
                # As feeds have them, the newest first: entries that lead nowhere must not hold these up.
                for link in new[:MOST_FETCHED]:
                    alerts += await self._linked(link, seen, problems)
        except TimeoutError:
            problems.append("Not all alerts came in time.")
        taken = await self._take(alerts)
        is_whole = all(each.key in seen for each in index.links)
        return FeedState(
            # As long as anything is left, the feed is to be answered anew.
            etag=got.etag if is_whole else "",
            modified=got.modified if is_whole else "",
            failures=0,
            error=" ".join(problems)[:500],
            taken=before.taken + taken,
            seen=tuple(each.key for each in index.links if each.key in seen),
        )

    async def _linked(self, link: Link, seen: set[str], problems: list[str]) -> Sequence[Alert]:
        try:
            got = await self._get(link.url, cap.MOST_BYTES, {})
            alert = await asyncio.to_thread(cap.parse, got.body or b"")
        except NotFetched as error:
            problems.append(f"{link.url}: {error}")
            return []
        except cap.NotCap as error:
            # It will be none the next time either.
            problems.append(f"{link.url}: {error}")
            seen.add(link.key)
            return []
        seen.add(link.key)
        return [alert]

    async def _take(self, alerts: Sequence[Alert]) -> int:
        if alerts:
            await self._account.ensure()
        count = 0
        # What refers to another comes after it.
        for alert in sorted(alerts, key=lambda each: each.sent_ts):
            await self._app.giving_way.turn()
            event = await self._alerts.take(self._account.user_id, alert)
            count += event is not None and event.source_key == alert.key
        return count

    async def _get(self, url: str, most: int, headers: Mapping[str, str]) -> Document:
        """A document. Redirects are not followed: where they lead is for who manages feeds to say."""
        try:
            async with self.outgoing.stream(url, headers={"Accept": ACCEPT, **headers}, seconds=SECONDS) as answer:
                etag, modified = (answer.header(name) or "" for name in ("ETag", "Last-Modified"))
                if answer.status == 304 and headers:
                    return Document(None, etag, modified)
                if answer.status in (301, 302, 303, 307, 308):
                    raise NotFetched(f"It is elsewhere: {(answer.header('Location') or 'it does not say where')[:300]}")
                if answer.status != 200:
                    raise NotFetched(f"It answers with status {answer.status}.", _seconds(answer.header("Retry-After")))
                body = b"".join([chunk async for chunk in answer.chunks(most)])
                return Document(body, etag[:500], modified[:100])
        except (OutgoingError, OSError, ValueError) as error:
            # What the client library says of connections has the reason in brackets at its end.
            why = str(error).rpartition(" [")[2].removesuffix("]")
            raise NotFetched(f"It cannot be fetched: {why[:300]}.") from None


def _seconds(text: str | None) -> int:
    """Of a Retry-After that is a number; a date is as good as nothing here."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 8 else 0
