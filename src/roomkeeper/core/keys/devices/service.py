"""Uploading keys, and giving them out.

Everything that changes the one-time keys of one device waits for its turn, and holds it until that is durable: what the
database says is what there is. A key is marked before it is given out, so that after a crash it is lost at worst.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from roomkeeper.core.account_data.turns import Turns
from roomkeeper.core.accounts import Accounts, DeviceRemoved, DeviceRenamed
from roomkeeper.core.accounts.service import DeviceCleaner
from roomkeeper.core.keys.devices import rules, store
from roomkeeper.core.keys.devices.counts import CountsInMemory, read_counts
from roomkeeper.core.keys.devices.models import KIND, Counts, OneTimeKey, Upload
from roomkeeper.core.keys.lists import DeviceLists
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, UserLimitExceeded
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import Requester

CLAIMED_KEPT_MS = 7 * 24 * 3600 * 1000
"""How long it is remembered that a one-time key was given out, in milliseconds."""
CLAIMS_AT_ONCE = 100

Claims = Mapping[str, Mapping[str, str]]
"""By user id and device id the algorithm of the key that is wanted."""
Claimed = dict[str, dict[str, dict[str, msgspec.Raw]]]
"""By user id, device id and name the keys that are given out."""


class DeviceKeys:
    """The keys of all devices."""

    def __init__(self, app: Application, accounts: Accounts, lists: DeviceLists) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._clock = app.clock
        self._accounts = accounts
        self._lists = lists
        self._turns = Turns()
        self.counts = CountsInMemory(app.driver, self._turns)
        self.replaced: Slot[DeviceCleaner] = Slot("replaced device keys")
        """What others have made of a device's keys goes when it has other ones."""
        self.is_cross_signing_key: Callable[[str, str], Awaitable[bool]] = _is_none

    # ------------------------------------------------------------ uploading

    async def upload(self, requester: Requester, upload: Upload) -> dict[str, int]:
        """Store what a device uploads; how many one-time keys it has then.

        Raises `InvalidParameter` for another key of a name that there is, `UserLimitExceeded`, `UnknownToken`.
        """
        key = (requester.user_id, requester.device_id)
        if upload.device_keys is not None and await self.is_cross_signing_key(*key):
            # spec: §Key and signature security
            raise Forbidden("The id of this device is one of your cross-signing keys: sign in as another device.")
        async with self._turns(*key):
            before = await store.find_device_keys(self._driver, *key)
            changed = upload.device_keys is not None and upload.device_keys != before
            anew = changed and rules.identity(before) != rules.identity(upload.device_keys)
            counts = Counts(key[1], {}, ()) if anew else await read_counts(self._driver, *key)
            write = Write()
            if anew:
                store.delete_keys(write, *key)
            if changed and upload.device_keys is not None:
                for clean in self.replaced.values():
                    clean(write, *key)
                store.put_device_keys(write, *key, upload.device_keys)
            new = await self._new_keys(key, upload.one_time_keys, counts, known=not anew)
            fallbacks = await self._new_fallbacks(key, upload.fallback_keys, known=not anew)
            if changed or new or fallbacks:
                counts = self._after(counts, new, fallbacks)
                await self._store(requester, write, new, fallbacks, counts, changed=changed)
            return counts.by_algorithm()

    async def _new_keys(
        self, key: tuple[str, str], keys: Sequence[OneTimeKey], counts: Counts, *, known: bool
    ) -> list[OneTimeKey]:
        """Those of the uploaded keys that are not here yet."""
        names = [one.name for one in keys]
        there = await store.find_one_time_keys(self._driver, *key, names) if known else {}
        for one in keys:
            stored = there.get(one.name)
            if stored is not None and stored.content != one.content:
                raise InvalidParameter(
                    f"One time key {one.name} already exists. Old key: {stored.content.decode()};"
                    f" new key: {one.content.decode()}. Give each new key an id of its own."
                )
        new = [one for one in keys if one.name not in there]
        if new and sum(counts.one_time.values()) + len(new) > rules.MAX_ONE_TIME_KEYS:
            raise UserLimitExceeded(
                f"{rules.MAX_ONE_TIME_KEYS} one-time keys can wait for a device: upload more when some were used."
            )
        return new

    async def _new_fallbacks(
        self, key: tuple[str, str], keys: Sequence[OneTimeKey], *, known: bool
    ) -> list[OneTimeKey]:
        there = await store.fallback_keys(self._driver, *key) if known else {}
        stored = {fallback.key for fallback in there.values()}
        if len({one.name.algorithm for one in keys} | there.keys()) > rules.MAX_FALLBACK_KEYS:
            raise UserLimitExceeded(f"A device can have fallback keys of {rules.MAX_FALLBACK_KEYS} algorithms at most.")
        return [one for one in keys if one not in stored]

    def _after(self, counts: Counts, new: Sequence[OneTimeKey], fallbacks: Sequence[OneTimeKey]) -> Counts:
        one_time = dict(counts.one_time)
        for one in new:
            one_time[one.name.algorithm] = one_time.get(one.name.algorithm, 0) + 1
        unused = {*counts.unused_fallbacks, *(one.name.algorithm for one in fallbacks)}
        return Counts(counts.device_id, one_time, tuple(sorted(unused)))

    async def _store(
        self,
        requester: Requester,
        write: Write,
        new: Sequence[OneTimeKey],
        fallbacks: Sequence[OneTimeKey],
        counts: Counts,
        *,
        changed: bool,
    ) -> None:
        user_id, device_id = requester.user_id, requester.device_id
        told = await self._lists.sharing(user_id) if changed else set()
        self._accounts.sessions.recheck(requester)
        # Nothing gives way from here on: a removal of the device comes later, and takes these keys with it.
        position = self._put_counts(write, user_id, counts)
        for one in new:
            store.insert_one_time_key(write, user_id, device_id, one, position)
        for one in fallbacks:
            store.put_fallback_key(write, user_id, device_id, one)
        store.forget_claimed(write, user_id, device_id, self._clock.now_ms() - CLAIMED_KEPT_MS)
        if changed:
            await self._lists.submit_to(write, user_id, told)
        else:
            await self._committer.submit(write)

    def _put_counts(self, write: Write, user_id: str, counts: Counts) -> int:
        position = self._positions.next()
        store.set_counts_position(write, user_id, counts.device_id, position)
        write.show(Change(position, KIND, (user_id,), None, counts))
        return position

    # ------------------------------------------------------------ giving out

    async def claim(self, claims: Claims) -> Claimed:
        """Give out a key of each device that is named: a one-time key, or where there is none left its fallback key.

        Devices that have neither are left out.
        """
        wanted = [
            (user_id, device_id, algorithm)
            for user_id, of_user in claims.items()
            for device_id, algorithm in of_user.items()
        ]
        claimed: Claimed = {}
        for start in range(0, len(wanted), CLAIMS_AT_ONCE):
            batch = wanted[start : start + CLAIMS_AT_ONCE]
            found = await asyncio.gather(*(self._claim(*one) for one in batch))
            for (user_id, device_id, _), key in zip(batch, found, strict=True):
                if key is not None:
                    claimed.setdefault(user_id, {})[device_id] = {str(key.name): msgspec.Raw(key.content)}
        return claimed

    async def _claim(self, user_id: str, device_id: str, algorithm: str) -> OneTimeKey | None:
        async with self._turns(user_id, device_id):
            key = await store.oldest_one_time_key(self._driver, user_id, device_id, algorithm)
            if key is None:
                return await self._use_fallback(user_id, device_id, algorithm)
            counts = await read_counts(self._driver, user_id, device_id)
            left = {**counts.one_time, algorithm: counts.one_time[algorithm] - 1}
            write = Write()
            store.claim_one_time_key(write, user_id, device_id, key.name, self._clock.now_ms())
            self._put_counts(write, user_id, msgspec.structs.replace(counts, one_time=left))
            await self._committer.submit(write)
            return key

    async def _use_fallback(self, user_id: str, device_id: str, algorithm: str) -> OneTimeKey | None:
        fallback = (await store.fallback_keys(self._driver, user_id, device_id)).get(algorithm)
        if fallback is None:
            return None
        if not fallback.used:
            counts = await read_counts(self._driver, user_id, device_id)
            unused = tuple(one for one in counts.unused_fallbacks if one != algorithm)
            write = Write()
            store.use_fallback_key(write, user_id, device_id, fallback.key.name)
            self._put_counts(write, user_id, msgspec.structs.replace(counts, unused_fallbacks=unused))
            await self._committer.submit(write)
        return fallback.key

    # ------------------------------------------------------------ looking

    async def find(self, user_id: str, device_id: str) -> bytes | None:
        """A device's identity keys, as they were uploaded."""
        return await store.find_device_keys(self._driver, user_id, device_id)

    async def of_users(self, user_ids: Sequence[str]) -> list[tuple[str, str, bytes]]:
        """(user id, device id, identity keys) of all devices of some users that have any."""
        return await store.device_keys_of(self._driver, user_ids)

    # ------------------------------------------------------------ devices that go

    def clean(self, write: Write, user_id: str, device_id: str) -> None:
        """See `DeviceCleaner`."""
        self._lists.note_removal(write, user_id, device_id)
        store.delete_keys(write, user_id, device_id)
        self.counts.forget(user_id, device_id)

    async def tell_removal(self, fact: DeviceRemoved) -> None:
        """Tell that a device is gone, where it had keys."""
        await self._lists.announce_untold(fact.user_id)

    async def tell_name(self, fact: DeviceRenamed) -> None:
        """Tell that a device has another name, which is among what ``/keys/query`` shows."""
        if await self.find(fact.user_id, fact.device_id) is not None:
            await self._lists.announce(fact.user_id)


async def _is_none(_user_id: str, _public_key: str) -> bool:
    return False
