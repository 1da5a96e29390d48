"""Checkpoints: now and then the heads of all chains that have changed are signed, and leave the machine.

1.  `make` takes the heads of the records that have new entries since the last checkpoint. Where there are none, there
    is nothing to sign.
2.  `deliver` gives each target every checkpoint, in order; one that does not take them gets them later.
3.  What a timestamping service says is kept with the checkpoint, and goes into exports.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records import chain
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import checkpoints as store
from roomkeeper.capabilities.records.store.checkpoints import Head, Signed
from roomkeeper.capabilities.records.targets import Address, Bucket, Folder, NotDelivered, Target, Timestamps
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.figures import Finding
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.signing import Signer

log = get_logger(area="records")

MOST_HEADS: Final = 20_000
"""Heads in one checkpoint; where more have changed, there are several."""
DELIVERED_AT_ONCE: Final = 100
LATE_MS: Final = 6 * 3_600_000
"""How long a target may fail before the health says so."""


class Checkpoints:
    """Makes and delivers them."""

    def __init__(self, app: Application, signer: Signer, settings: RecordsSettings) -> None:
        self._app = app
        self._signer = signer
        self._pause = settings.checkpoint_minutes * 60
        self._turn = asyncio.Lock()
        self.targets = _targets(app, settings)

    async def run(self) -> None:
        """Now and then, for ever."""
        while True:
            await asyncio.sleep(self._pause)
            await self.now()

    async def now(self) -> int:
        """Sign what has changed, and deliver what is not delivered; the number of the last checkpoint, 0: none."""
        async with self._turn:
            while await self._make():
                pass
            for target in self.targets:
                await self._deliver(target)
            newest = await store.newest(self._app.driver)
            return 0 if newest is None else newest.number

    async def _make(self) -> bool:
        """One checkpoint; whether there may be more to sign."""
        before = await store.newest(self._app.driver)
        found = await store.changed(self._app.driver, 0 if before is None else before.upto_no, MOST_HEADS)
        if not found:
            return False
        heads = sorted((head for _, head in found), key=lambda head: head.record_id.encode())
        root = await asyncio.to_thread(root_of, heads)
        checkpoint = chain.Checkpoint(
            server=self._app.settings.server_name,
            number=1 if before is None else before.number + 1,
            ts=self._app.clock.now_ms(),
            prev=hash_of(before).hex(),
            records=len(heads),
            root=root.hex(),
        )
        signed = checkpoint.signed
        write = Write()
        row = Signed(checkpoint.number, signed, self._signer.sign(signed), self._signer.key_id, found[-1][0], None)
        store.insert(write, row, heads)
        await self._app.committer.submit(write)
        return len(found) == MOST_HEADS

    # ------------------------------------------------------------ delivering

    async def _deliver(self, target: Target) -> None:
        known = (await store.targets(self._app.driver)).get(target.name)
        delivered = 0 if known is None else known.delivered
        while waiting := await store.after(self._app.driver, delivered, DELIVERED_AT_ONCE):
            for signed in waiting:
                write = Write()
                try:
                    said = await target.put(signed.number, await self.document(signed), hash_of(signed))
                except NotDelivered as error:
                    since = known.failing_ts if known is not None and known.failing_ts else self._app.clock.now_ms()
                    log.warning("a checkpoint was not delivered", target=target.name, reason=str(error))
                    store.put_target(write, store.Target(target.name, delivered, str(error)[:300], since))
                    await self._app.committer.submit(write)
                    return
                if said is not None:
                    store.set_token(write, signed.number, said)
                delivered = signed.number
                store.put_target(write, store.Target(target.name, delivered, "", None))
                await self._app.committer.submit(write)

    async def document(self, signed: Signed) -> bytes:
        """A checkpoint with all that is needed to compare records with it."""
        heads = await store.heads_in(self._app.driver, signed.number)
        return msgspec.json.encode(
            {
                **self.told(signed),
                "heads": [{"record": head.record_id, "seq": head.seq, "head": head.head.hex()} for head in heads],
            }
        )

    def told(self, signed: Signed) -> dict[str, Any]:
        """A checkpoint as files have it; without what a timestamping service says to it, which comes later."""
        return {
            "checkpoint": msgspec.json.decode(signed.checkpoint),
            "signature": signed.signature,
            "key_id": signed.key_id,
            "public_key": self._signer.verify_key_base64,
        }

    def sign(self, message: bytes) -> str:
        """The server's signature, in unpadded base64."""
        return self._signer.sign(message)

    @property
    def public_key(self) -> str:
        """Of the key with which is signed."""
        return self._signer.verify_key_base64

    @property
    def key_id(self) -> str:
        """What the key is called."""
        return self._signer.key_id

    async def examine(self) -> Finding:
        """For the health: whether checkpoints leave the machine."""
        if not self.targets:
            return Finding(
                state="well", code="records.checkpoints_stay", text="Checkpoints of records stay on this machine."
            )
        known, now = await store.targets(self._app.driver), self._app.clock.now_ms()
        for target in self.targets:
            state = known.get(target.name)
            if state is not None and state.failing_ts is not None and now - state.failing_ts > LATE_MS:
                return Finding(
                    state="warning",
                    code="records.checkpoints_late",
                    text=f"Checkpoints of records do not reach {target.name}: {state.error}.",
                    advice="Until they do, nobody elsewhere can tell that records were not changed since.",
                    values={"target": target.name, "error": state.error},
                )
        return Finding(state="well", code="records.checkpoints_leave", text="Checkpoints of records leave the machine.")


def _targets(app: Application, settings: RecordsSettings) -> Sequence[Target]:
    found: list[Target] = []
    if settings.checkpoint_folder:
        found.append(Folder(Path(settings.checkpoint_folder)))
    if settings.checkpoint_url:
        found.append(Address(app.outgoing, settings.checkpoint_url, settings.checkpoint_url_token))
    if settings.checkpoint_s3_url:
        keys = settings.checkpoint_s3_access_key, settings.checkpoint_s3_secret_key
        found.append(Bucket(app.outgoing, settings.checkpoint_s3_url, settings.checkpoint_s3_region, *keys))
    if settings.timestamp_url:
        found.append(Timestamps(app.outgoing, settings.timestamp_url))
    return found


def root_of(heads: Sequence[Head]) -> bytes:
    """The root of the tree over some heads."""
    return chain.root_of([chain.leaf_of(*head) for head in heads])


def hash_of(signed: Signed | None) -> bytes:
    """The hash of a checkpoint; of none: zeros."""
    return chain.START if signed is None else msgspec.json.decode(signed.checkpoint, type=chain.Checkpoint).hash


def base64_of(token: bytes | None) -> str | None:
    """What a timestamping service said, as files have it."""
    return None if token is None else base64.b64encode(token).decode()
