"""Who a token belongs to: in memory for every request, in the database at the first; and when devices were last seen.

A session that ends is gone from memory before its end is written, and stays away while it is being written: what was
read from the database in between is not believed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import msgspec

from roomkeeper.core.accounts import standing, store
from roomkeeper.core.accounts.models import AccessToken, LastSeen
from roomkeeper.core.accounts.rules import token_hash
from roomkeeper.core.accounts.standing import Standing
from roomkeeper.platform.bus import Bus
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Committer, Driver, Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import UnknownToken, UserLocked
from roomkeeper.platform.http import Request, Requester
from roomkeeper.platform.tracking import Tracking

KEPT_SESSIONS = 50_000
"""Tokens in memory at most; the one that came first goes first."""
KEPT_ENDED = 100_000
ENDED_FOR_S = 3600
"""How long an ended device is remembered, in seconds: no request that was let in before its end takes longer."""
REFUSAL_EVERY_S = 60.0
"""How often it is tracked that a device's token is refused, in seconds."""
SEEN_EVERY_MS = 5 * 60 * 1000
FLUSH_SECONDS = 60
FLUSH_ROWS = 500
MAX_USER_AGENT = 200
RENEWED_PART = 20
"""Tokens that expire after disuse are renewed when this part of their time (one in so many) has passed."""
OPEN_TO_LOCKED = frozenset(
    b"/_matrix/client/" + path for path in (b"v3/logout", b"v3/logout/all", b"r0/logout", b"r0/logout/all")
)
"""spec: client-server §Account locking"""

SESSIONS_CHANGED = "sessions.changed"
"""Bus topic: the id of a user whose devices, or who themselves, may not be let in any more."""

DeviceKey = tuple[str, str]
"""User id, device id."""


class Session(msgspec.Struct, eq=False):
    """A token in memory. `check_ms` is when it expires, or when its device's last use is to be noted again.

    `standings` are those of users to whom not everything is open.
    """

    requester: Requester
    expires_ts: int | None
    check_ms: int
    standings: Sequence[Standing] = ()


class Sessions:
    """The tokens in use, and the devices whose sessions have ended."""

    def __init__(self, driver: Driver, committer: Committer, clock: Clock, bus: Bus, tracking: Tracking) -> None:
        self._driver = driver
        self._tracking = tracking
        self._refused: dict[DeviceKey, float] = {}
        self._committer = committer
        self._clock = clock
        self._bus = bus
        self._cache: dict[bytes, Session] = {}
        self._of_user: defaultdict[str, set[bytes]] = defaultdict(set)
        self._ended: dict[DeviceKey, float] = {}
        self._blocked: dict[str, bool] = {}
        """Users who were blocked since the server was started; whether that was a lock."""
        self.suspended: set[str] = set()
        self._revocations = 0
        self._seen: dict[DeviceKey, LastSeen] = {}
        self._renewed: dict[bytes, int] = {}
        self.disuse_ms: Callable[[str], int | None] = _never
        """Milliseconds of disuse after which a visitor's tokens expire; `None`: the user is no visitor."""

    async def authenticate(self, token: str, request: Request) -> Requester:
        """The requester. Raises `UnknownToken` (``soft_logout`` where it only expired) or `UserLocked`."""
        key = token_hash(token)
        session = self._cache.get(key)
        if session is None:
            session = await self._load(key, request)
        if self._clock.now_ms() >= session.check_ms:
            self._check(key, session, request)
        for limited in session.standings:
            standing.check(limited, request)
        return session.requester

    def recheck(self, requester: Requester) -> None:
        """Raises what `authenticate` would raise by now for a request that was let in."""
        locked = self._blocked.get(requester.user_id)
        if locked:
            raise UserLocked(soft_logout=True)
        if locked is not None or (requester.user_id, requester.device_id) in self._ended:
            raise UnknownToken

    def is_signed_in(self, requester: Requester) -> bool:
        """Whether the device has not been signed out, nor its user locked, since the request was let in."""
        return (requester.user_id, requester.device_id) not in self._ended and requester.user_id not in self._blocked

    def is_ended(self, user_id: str, device_id: str) -> bool:
        """Whether the device has been signed out lately, or is being."""
        return (user_id, device_id) in self._ended

    async def _load(self, key: bytes, request: Request) -> Session:
        while True:
            revocations = self._revocations
            token = await store.find_access_token(self._driver, key)
            if token is None:
                raise UnknownToken
            device = (token.user_id, token.device_id)
            if device in self._ended:
                self._note_refusal(device, "ended")
                raise UnknownToken
            if token.state == "locked" and request.raw_path not in OPEN_TO_LOCKED:
                self._note_refusal(device, "locked")
                raise UserLocked(soft_logout=True)
            expires_ts = self._renewed.get(key, token.expires_ts)
            self._check_expiry(device, expires_ts)
            if not token.confirmed:
                await self._confirm(key, token)
            if revocations == self._revocations:
                break
        requester = Requester(token.user_id, token.device_id, is_guest=token.is_guest)
        session = Session(requester, expires_ts, 0, self._standings(token))
        if token.state == "active":
            self._keep(key, session)
        return session

    def _standings(self, token: AccessToken) -> list[Standing]:
        found: list[Standing] = []
        if token.is_guest:
            found.append("guest")
        if self.disuse_ms(token.user_id) is not None:
            found.append("visitor")
        if token.is_suspended:
            found.append("suspended")
        return found

    async def _confirm(self, key: bytes, token: AccessToken) -> None:
        """The first use of a refreshed token revokes the tokens before it. spec: §Refreshing access tokens"""
        write = Write()
        store.confirm_access_token(write, key)
        store.delete_earlier_generations(write, token.user_id, token.device_id, token.generation)
        try:
            async with self.revoking(token.user_id, token.device_id):
                await self._committer.submit(write)
        except UnexpectedRowCount:
            raise UnknownToken from None

    def _keep(self, key: bytes, session: Session) -> None:
        self._cache[key] = session
        self._of_user[session.requester.user_id].add(key)
        if len(self._cache) > KEPT_SESSIONS:
            self._drop(next(iter(self._cache)))

    def _drop(self, key: bytes) -> None:
        session = self._cache.pop(key)
        keys = self._of_user[session.requester.user_id]
        keys.discard(key)
        if not keys:
            del self._of_user[session.requester.user_id]

    def _check(self, key: bytes, session: Session, request: Request) -> None:
        """Once in a while for each token: has it expired; and note that its device was seen."""
        device = (session.requester.user_id, session.requester.device_id)
        try:
            self._check_expiry(device, session.expires_ts)
        except UnknownToken:
            if key in self._cache:
                self._drop(key)
            raise
        now = self._clock.now_ms()
        agent = (request.header(b"user-agent") or "")[:MAX_USER_AGENT]
        self._seen[device] = LastSeen(now, request.client_address, agent)
        self._renew(key, session, now)
        session.check_ms = min(now + SEEN_EVERY_MS, session.expires_ts or now + SEEN_EVERY_MS)

    def _renew(self, key: bytes, session: Session, now: int) -> None:
        """A token that expires after disuse is in use."""
        disuse_ms = self.disuse_ms(session.requester.user_id)
        if disuse_ms is None or session.expires_ts is None:
            return
        if now + disuse_ms - session.expires_ts >= disuse_ms // RENEWED_PART:
            session.expires_ts = self._renewed[key] = now + disuse_ms

    def _note_refusal(self, device: DeviceKey, reason: str) -> None:
        """A tracking point: once in a while, since clients may repeat what was refused at once."""
        now = self._clock.monotonic()
        if now - self._refused.get(device, -REFUSAL_EVERY_S) < REFUSAL_EVERY_S:
            return
        self._refused.pop(device, None)
        self._refused[device] = now
        if len(self._refused) > KEPT_ENDED:
            del self._refused[next(iter(self._refused))]
        self._tracking.track("token_refused", device[0], device_id=device[1] or "-", reason=reason)

    def _check_expiry(self, device: DeviceKey, expires_ts: int | None) -> None:
        if expires_ts is not None and expires_ts <= self._clock.now_ms():
            self._note_refusal(device, "expired")
            raise UnknownToken("This access token has expired: refresh it, or sign in again.", soft_logout=True)

    @asynccontextmanager
    async def revoking(self, user_id: str, device_id: str | None) -> AsyncIterator[None]:
        """While a write revokes tokens of a device (of the user, where that is `None`): forget them, now and after."""
        self._forget(user_id, device_id)
        try:
            yield
        finally:
            self._forget(user_id, device_id)

    def _forget(self, user_id: str, device_id: str | None) -> None:
        self._revocations += 1
        for key in list(self._of_user.get(user_id, ())):
            if device_id is None or self._cache[key].requester.device_id == device_id:
                self._drop(key)

    @asynccontextmanager
    async def ending(self, user_id: str, device_ids: Iterable[str]) -> AsyncIterator[None]:
        """While a write deletes devices: they are signed out from now on, unless it fails."""
        keys = [(user_id, device_id) for device_id in device_ids]
        for key in keys:
            self._ended.pop(key, None)
            self._ended[key] = self._clock.monotonic()
            self._forget(*key)
        self._prune_ended()
        try:
            yield
        except BaseException:
            for key in keys:
                self._ended.pop(key, None)
            raise
        for key in keys:
            self._seen.pop(key, None)
            self._forget(*key)
        if keys:
            self._bus.publish(SESSIONS_CHANGED, user_id)

    def _prune_ended(self) -> None:
        oldest = self._clock.monotonic() - ENDED_FOR_S
        while self._ended:
            key = next(iter(self._ended))
            if self._ended[key] > oldest and len(self._ended) <= KEPT_ENDED:
                break
            del self._ended[key]

    def begin(self, user_id: str, device_id: str) -> None:
        """A device has signed in (anew)."""
        self._ended.pop((user_id, device_id), None)

    def block(self, user_id: str, *, locked: bool) -> None:
        """The user is locked, or deactivated, from now on."""
        self._blocked[user_id] = locked
        self._forget(user_id, None)
        self._bus.publish(SESSIONS_CHANGED, user_id)

    def unblock(self, user_id: str) -> None:
        """The user is active again."""
        self._blocked.pop(user_id, None)
        self._forget(user_id, None)

    def set_suspended(self, user_id: str, *, suspended: bool) -> None:
        """The user is suspended from now on, or is not any more."""
        (self.suspended.add if suspended else self.suspended.discard)(user_id)
        self._forget(user_id, None)

    def forget(self, user_id: str) -> None:
        """Read the user's tokens from the database again: what they say has changed."""
        self._forget(user_id, None)

    def refuses(self, user_id: str) -> bool:
        """Whether memory says that somebody is locked or gone."""
        return user_id in self._blocked

    def refused_devices(self, user_id: str, device_ids: Iterable[str]) -> list[str]:
        """Which of somebody's devices memory takes for signed out."""
        return [device_id for device_id in device_ids if (user_id, device_id) in self._ended]

    def last_seen(self, user_id: str, device_id: str) -> LastSeen | None:
        """When a device was last seen, where that is not in the database yet."""
        return self._seen.get((user_id, device_id))

    async def flush_for_ever(self) -> None:
        """Write down when devices were last seen, a little at a time."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                while self._seen or self._renewed:
                    await self._flush()
        finally:
            while self._seen or self._renewed:
                self._flush()

    def _flush(self) -> asyncio.Future[None]:
        write = Write()
        for device in list(self._seen)[:FLUSH_ROWS]:
            store.update_last_seen(write, *device, self._seen.pop(device))
        for key in list(self._renewed)[:FLUSH_ROWS]:
            store.renew_access_token(write, key, self._renewed.pop(key))
        return self._committer.submit(write)


def _never(_user_id: str) -> None:
    """Tokens do not expire of themselves."""
