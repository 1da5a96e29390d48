"""Who may send events: write keys of other programs, and personal keys, which users' own clients ask for.

A personal key stands for one user alone: it is a signed text, needs no table, and lasts a day. A client that is being
closed can say nothing but what it sends (``sendBeacon`` has no headers), so that both kinds may stand in the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from typing import Final, Literal

import msgspec

from roomkeeper.capabilities.repair.models import Side, WriteKey
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.capabilities.repair.store import choices as secrets_store
from roomkeeper.capabilities.repair.store import keys as store
from roomkeeper.core.accounts import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import BadState, Forbidden, LimitExceeded, NotFound, UnknownToken

KEYS: Final = "repair.keys"
PERSONAL: Final = "personal"
PERSONAL_MS: Final = 24 * 3_600_000
MOST_KEYS: Final = 200
KEPT: Final = 10_000
"""Buckets, and known keys; of those the ones unused for longest go first."""
BURST_S: Final = 5
"""Seconds' worth of events that may come at once."""
LEAST_BURST: Final = 1000
USED_MS: Final = 60_000


class Sender(msgspec.Struct, frozen=True):
    """Who sends: the `source` of their events, on which side they are, and for whom alone they speak (`user_id`)."""

    source: str
    side: Side
    per_second: int
    user_id: str | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be made."""

    name: str
    side: Literal["client", "server"] = "client"
    per_second: int | None = None


class Keys:
    """Makes keys, and knows them."""

    def __init__(self, app: Application, accounts: Accounts, settings: RepairSettings) -> None:
        self._app = app
        self._accounts = accounts
        self._settings = settings
        self._secret = b""
        self._known: OrderedDict[bytes, Sender] = OrderedDict()
        self._used: dict[str, int] = {}
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def load(self) -> None:
        """Take the secret of personal keys, or make it; for the start."""
        found = await secrets_store.secret(self._app.driver)
        if found is None:
            found, write = secrets.token_bytes(32), Write()
            secrets_store.insert_secret(write, found)
            await self._app.committer.submit(write)
        self._secret = found

    # ------------------------------------------------------------ making

    async def make(self, actor: str, wish: NewKey) -> tuple[WriteKey, str]:
        """A new write key, and the text that is shown this once. Raises `Forbidden`."""
        if await store.count(self._app.driver) >= MOST_KEYS:
            raise Forbidden(f"There are {MOST_KEYS} write keys, which is the most: revoke some.")
        now, text = self._app.clock.now_ms(), secrets.token_urlsafe(24)
        key = WriteKey(
            key_id=f"key{now:011x}{secrets.token_hex(4)}",
            name=wish.name,
            side=wish.side,
            per_second=min(
                wish.per_second or self._settings.key_events_per_second, self._settings.key_events_per_second
            ),
            created_by=actor,
            created_ts=now,
        )
        write = Write()
        store.insert(write, key, _digest(text))
        self._app.audit.record(write, permission=KEYS, target=key.key_id, reason=f"made {wish.name}")
        await self._app.committer.submit(write)
        return key, text

    async def page(self, after: str, limit: int) -> list[WriteKey]:
        """All keys, those that were revoked among them."""
        return await store.page(self._app.driver, after, limit)

    async def revoke(self, key_id: str) -> WriteKey:
        """Let a key count no longer, from the next request on. Raises `NotFound`, `BadState`."""
        key = await store.find(self._app.driver, key_id)
        if key is None:
            raise NotFound("There is no such write key.")
        if key.revoked_ts is not None:
            raise BadState("This write key is revoked already.")
        now, write = self._app.clock.now_ms(), Write()
        store.revoke(write, key_id, now)
        self._app.audit.record(write, permission=KEYS, target=key_id, reason=f"revoked {key.name}")
        await self._app.committer.submit(write)
        self._known.clear()
        return msgspec.structs.replace(key, revoked_ts=now)

    def personal(self, user_id: str) -> tuple[str, int]:
        """A user's own key, and until when it counts."""
        expires = self._app.clock.now_ms() + PERSONAL_MS
        told = f"{base64.urlsafe_b64encode(user_id.encode()).decode().rstrip('=')}.{expires}"
        return f"{PERSONAL}.{told}.{self._mac(told)}", expires

    def _mac(self, told: str) -> str:
        return hmac.new(self._secret, told.encode(), hashlib.sha256).hexdigest()[:43]

    # ------------------------------------------------------------ knowing

    async def sender(self, text: str) -> Sender:
        """Whom a key stands for. Raises `UnknownToken`."""
        if text.startswith(f"{PERSONAL}."):
            return await self._person(text)
        digest = _digest(text)
        known = self._known.get(digest)
        if known is None:
            key = await store.by_digest(self._app.driver, digest)
            if key is None:
                raise UnknownToken("This write key is not known, or was revoked. Make one in the console, at Repair.")
            known = self._known[digest] = Sender(key.key_id, key.side, key.per_second)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known

    async def _person(self, text: str) -> Sender:
        told, _, mac = text.removeprefix(f"{PERSONAL}.").rpartition(".")
        name, _, expires = told.partition(".")
        refused = UnknownToken("This personal write key does not count any more: ask for another one.")
        if not hmac.compare_digest(mac.encode(), self._mac(told).encode()) or int(expires) < self._app.clock.now_ms():
            raise refused
        try:
            user_id = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise refused from None
        if not await self._accounts.exists(user_id):
            raise refused
        return Sender("device", "client", self._settings.user_events_per_second, user_id)

    def take(self, sender: Sender, events: int) -> None:
        """Count events against the sender's rate. Raises `LimitExceeded`: then none of them was taken."""
        if not self._app.limits.enabled:
            return
        rate, now = sender.per_second, self._app.clock.monotonic()
        name, most = sender.user_id or sender.source, float(max(rate * BURST_S, LEAST_BURST))
        tokens, then = self._buckets.get(name, (most, now))
        tokens = min(most, tokens + (now - then) * rate)
        if tokens < events:
            raise LimitExceeded(retry_after_ms=int((events - tokens) / rate * 1000) + 1)
        self._buckets[name] = (tokens - events, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)

    def note_use(self, write: Write, sender: Sender) -> None:
        """When a write key was used last, to the minute."""
        now = self._app.clock.now_ms()
        if sender.user_id is None and now - self._used.get(sender.source, 0) >= USED_MS:
            self._used[sender.source] = now
            store.used(write, sender.source, now)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
