"""Cross-signing keys and signatures."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Usage = Literal["master", "self_signing", "user_signing"]
USAGES: tuple[Usage, ...] = ("master", "self_signing", "user_signing")


class CrossSigningKey(msgspec.Struct, frozen=True):
    """One of a user's keys: `public_key` in unpadded base64, `value` as it was uploaded."""

    usage: Usage
    public_key: str
    value: dict[str, Any]

    @property
    def key_id(self) -> str:
        """Its name in signatures."""
        return f"ed25519:{self.public_key}"


Keys = dict[Usage, CrossSigningKey]


class Signature(msgspec.Struct, frozen=True):
    """A signature that was uploaded apart from what it signs.

    `key_id` is that of the signed key: a device id, or the public key of a cross-signing key.
    """

    user_id: str
    key_id: str
    signer_id: str
    signer_key_id: str
    signature: str
