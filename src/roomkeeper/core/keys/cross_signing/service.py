"""Uploading cross-signing keys and signatures.

spec: client-server §Cross-signing
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.account_data.turns import Turns
from roomkeeper.core.accounts import Accounts, UserDeactivated
from roomkeeper.core.keys.cross_signing import rules, store
from roomkeeper.core.keys.cross_signing.models import USAGES, CrossSigningKey, Keys, Signature
from roomkeeper.core.keys.devices import DeviceKeys
from roomkeeper.core.keys.lists import DeviceLists
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import Forbidden, InvalidSignature, MatrixError, NotFound, UserLimitExceeded
from roomkeeper.wire.errors import ProtocolViolation

MAX_SIGNATURES = 20_000
"""Signatures that are stored for one signer."""

SignedObjects = Mapping[str, Mapping[str, dict[str, Any]]]
"""By user id and key id the signed object."""


class CrossSigning:
    """The cross-signing keys of all users, and the signatures."""

    def __init__(self, app: Application, accounts: Accounts, lists: DeviceLists, devices: DeviceKeys) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._accounts = accounts
        self._lists = lists
        self._devices = devices
        self._turns = Turns()

    # ------------------------------------------------------------ keys

    async def upload_keys(self, user_id: str, keys: Keys, confirm: Callable[[], Awaitable[None]]) -> None:
        """Store keys; `confirm` is awaited where they replace others.

        Raises `MissingParameter`, `InvalidSignature`, `Forbidden`, and what `confirm` raises.
        """
        async with self._turns(user_id):
            stored = await self.keys(user_id)
            master = keys.get("master") or stored.get("master")
            rules.check_signed_by_master(keys, master, user_id)
            new = {usage: key for usage, key in keys.items() if not rules.is_same(key, stored.get(usage))}
            if not new:
                return
            await self._check_no_device(user_id, new)
            if "master" in stored:
                await confirm()
            write = Write()
            for usage in USAGES:
                # Keys that another master key has signed are worth nothing under a new one.
                if usage in stored and (usage in new or "master" in new):
                    store.retire_key(write, user_id, stored[usage])
            for key in new.values():
                store.put_key(write, user_id, key)
            for usage in keys.keys() - new.keys() if "master" in new else ():
                store.put_key(write, user_id, keys[usage])
            await self._lists.submit(write, user_id)

    async def _check_no_device(self, user_id: str, keys: Keys) -> None:
        """A key must not be taken for a device. spec: §Key and signature security"""
        taken = {device.device_id for device in await self._accounts.devices(user_id)}
        for key in keys.values():
            if key.public_key in taken:
                raise Forbidden(f"{key.usage}_key: one of your devices has this key for its id. Make another key.")

    async def keys(self, user_id: str) -> Keys:
        """A user's keys, by usage."""
        return (await self.keys_of([user_id])).get(user_id, {})

    async def keys_of(self, user_ids: Sequence[str]) -> dict[str, Keys]:
        """The keys of those of some users that have any."""
        return await store.keys_of(self._driver, user_ids)

    async def is_key(self, user_id: str, public_key: str) -> bool:
        """Whether a user has this key."""
        return any(key.public_key == public_key for key in (await self.keys(user_id)).values())

    # ------------------------------------------------------------ signatures

    async def upload_signatures(self, signer_id: str, signed: SignedObjects) -> dict[str, dict[str, Any]]:
        """Store signatures; the errors of those that are not good, by user id and key id."""
        async with self._turns(signer_id):
            own = await self.keys(signer_id)
            others = await self.keys_of([user_id for user_id in signed if user_id != signer_id])
            found: list[Signature] = []
            failures: dict[str, dict[str, Any]] = {}
            for user_id, of_user in signed.items():
                for key_id, value in of_user.items():
                    try:
                        if user_id == signer_id:
                            found += await self._on_own(signer_id, own, key_id, value)
                        else:
                            found += _on_others(signer_id, own, others.get(user_id, {}), key_id, value)
                    except (MatrixError, ProtocolViolation) as error:
                        failures.setdefault(user_id, {})[key_id] = _body(error)
            if found:
                await self._store(signer_id, found)
            return failures

    async def _on_own(self, user_id: str, own: Keys, key_id: str, value: Mapping[str, Any]) -> list[Signature]:
        """On one's own device, by the self-signing key; or on the master key, by one's devices."""
        master = own.get("master")
        if master is not None and key_id == master.public_key:
            signers = await self._signing_devices(user_id, value)
            return rules.new_signatures(value, master.value, key_id, user_id, signers)
        stored = await self._devices.find(user_id, key_id)
        if stored is None:
            raise NotFound("You have no device and no master key of this id.")
        signing = own.get("self_signing")
        if signing is None:
            raise InvalidSignature("You have no self-signing key: upload one first.")
        signers = {signing.key_id: signing.public_key}
        return rules.new_signatures(value, msgspec.json.decode(stored), key_id, user_id, signers)

    async def _signing_devices(self, user_id: str, value: Mapping[str, Any]) -> dict[str, str]:
        """The public keys of those of a user's devices that have signed, by their ids."""
        signatures = value.get("signatures")
        by_user = signatures.get(user_id) if isinstance(signatures, dict) else None
        if not isinstance(by_user, dict):
            return {}
        found = {}
        for device_user, device_id, content in await self._devices.of_users([user_id]):
            name = f"ed25519:{device_id}"
            if device_user == user_id and name in by_user:
                public = msgspec.json.decode(content)["keys"].get(name)
                if public is not None:
                    found[name] = public
        return found

    async def _store(self, signer_id: str, found: Sequence[Signature]) -> None:
        if await store.count_signatures(self._driver, signer_id) + len(found) > MAX_SIGNATURES:
            raise UserLimitExceeded(f"{MAX_SIGNATURES} signatures are kept for one user.")
        told = await self._lists.sharing(signer_id)
        write = Write()
        position = self._positions.next()
        for one in found:
            store.put_signature(write, one, position)
        others = {one.user_id for one in found} - {signer_id}
        if others:
            # Nobody else sees what one's user-signing key has signed.
            self._lists.show_to(write, position, signer_id, others)
        if any(one.user_id == signer_id for one in found):
            await self._lists.submit_to(write, signer_id, told)
        else:
            await self._committer.submit(write)

    async def signatures_on(self, user_ids: Sequence[str], viewer: str) -> dict[tuple[str, str], list[Signature]]:
        """The signatures on the keys of some users that `viewer` may see, by user id and key id."""
        return await store.signatures_on(self._driver, user_ids, viewer)

    async def changed_for(self, reader: Reader, user_id: str, since: int) -> set[str]:
        """See `ChangedFor`: those whose keys the user has signed."""
        return await store.signed_after(reader, user_id, since)

    # ------------------------------------------------------------ what goes

    def clean(self, write: Write, user_id: str, device_id: str) -> None:
        """See `DeviceCleaner`."""
        store.delete_device(write, user_id, device_id)

    def clean_signatures_on(self, write: Write, user_id: str, device_id: str) -> None:
        """The device has other keys: what was signed is no more."""
        store.delete_device(write, user_id, device_id)

    async def forget_user(self, fact: UserDeactivated) -> None:
        """Delete everything of an account that was closed. Doing so twice changes nothing."""
        async with self._turns(fact.user_id):
            if await self.keys(fact.user_id):
                write = Write()
                store.delete_user(write, fact.user_id)
                await self._lists.submit(write, fact.user_id)


def _on_others(signer_id: str, own: Keys, theirs: Keys, key_id: str, value: Mapping[str, Any]) -> list[Signature]:
    """On another user's master key, by one's user-signing key."""
    master: CrossSigningKey | None = theirs.get("master")
    if master is None or master.public_key != key_id:
        raise NotFound("This user has no such master key; nothing else of other users can be signed.")
    signing = own.get("user_signing")
    if signing is None:
        raise InvalidSignature("You have no user-signing key: upload one first.")
    return rules.new_signatures(value, master.value, key_id, signer_id, {signing.key_id: signing.public_key})


def _body(error: MatrixError | ProtocolViolation) -> dict[str, Any]:
    if isinstance(error, MatrixError):
        return error.body
    return {"errcode": error.errcode, "error": str(error)}
