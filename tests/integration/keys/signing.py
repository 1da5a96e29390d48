"""Keys that a client would make, and what it uploads."""

from __future__ import annotations

import hashlib
from typing import Any

from roomkeeper.wire.signing import Signer, sign_json
from tests.harness import Client

Json = dict[str, Any]


def signer(user_id: str, key_name: str, seed: str) -> Signer:
    """A key by its name (a device id, or a public key) that is always the same for one seed."""
    return Signer.from_seed(user_id, key_name, hashlib.sha256(seed.encode()).digest())


class Keys:
    """The identity of one device, and its user's cross-signing keys. `seed` makes another of each."""

    def __init__(self, client: Client, seed: str = "") -> None:
        self.client = client
        self.user_id, self.device_id = client.user_id, client.device_id
        self.device = signer(self.user_id, self.device_id, f"{self.user_id} {self.device_id} {seed}")
        self.crossing: dict[str, Signer] = {}
        for usage in ("master", "self_signing", "user_signing"):
            unnamed = signer(self.user_id, "", f"{self.user_id} {usage} {seed}")
            public = unnamed.verify_key_base64
            self.crossing[usage] = signer(self.user_id, public, f"{self.user_id} {usage} {seed}")

    def device_keys(self) -> Json:
        """What the device uploads as its identity."""
        value = {
            "user_id": self.user_id,
            "device_id": self.device_id,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "keys": {
                f"ed25519:{self.device_id}": self.device.verify_key_base64,
                f"curve25519:{self.device_id}": self.device.verify_key_base64,
            },
        }
        return sign_json(value, self.device)

    def one_time_keys(self, *numbers: int, prefix: str = "AAAA") -> Json:
        """Signed one-time keys of those numbers."""
        return {
            f"signed_curve25519:{prefix}{number:02}": sign_json({"key": f"{prefix}key{number}"}, self.device)
            for number in numbers
        }

    def fallback_key(self, number: int = 0) -> Json:
        """A signed fallback key."""
        value = sign_json({"key": f"fallback{number}", "fallback": True}, self.device)
        return {f"signed_curve25519:FALL{number}": value}

    def public(self, usage: str) -> str:
        """The public key of a cross-signing key."""
        return self.crossing[usage].verify_key_base64

    def crossing_key(self, usage: str) -> Json:
        """A cross-signing key, signed by the master key where it is another."""
        public = self.public(usage)
        value: Json = {"user_id": self.user_id, "usage": [usage], "keys": {f"ed25519:{public}": public}}
        return value if usage == "master" else sign_json(value, self.crossing["master"])

    def crossing_keys(self, *usages: str) -> Json:
        """The body of their upload: all, or some."""
        return {f"{usage}_key": self.crossing_key(usage) for usage in usages or self.crossing}

    def sign(self, usage: str, value: Json) -> Json:
        """An object with the signature of a cross-signing key added to it."""
        return sign_json(value, self.crossing[usage])

    async def upload(self, *one_time: int, fallback: bool = False) -> Json:
        """Upload the identity, with one-time keys of those numbers."""
        body: Json = {"device_keys": self.device_keys(), "one_time_keys": self.one_time_keys(*one_time)}
        if fallback:
            body["fallback_keys"] = self.fallback_key()
        return await self.client.post("/keys/upload", body)

    async def upload_crossing(self, *usages: str) -> None:
        """Upload the first cross-signing keys."""
        await self.client.post("/keys/device_signing/upload", self.crossing_keys(*usages))


def changed(answer: Json) -> list[str]:
    """Whose keys have changed, as an answer of sync or ``/keys/changes`` says."""
    lists = answer.get("device_lists", answer)
    return list(lists.get("changed", []))


def left(answer: Json) -> list[str]:
    """Who shares no room any more."""
    lists = answer.get("device_lists", answer)
    return list(lists.get("left", []))
