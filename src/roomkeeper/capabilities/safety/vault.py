"""What identifies people, encrypted: each person has a key, which is wrapped by the key of the vault.

The key of the vault is a file of its own, in no backup: whoever has the database, or a backup, has no face and no phone
number. When a person withdraws, their key goes with what it sealed, so that what a disk still has of that in pages that
are free is noise. Sealing is XChaCha20-Poly1305; what is sealed is bound to its owner and its id.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

import msgspec
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
)
from nacl.exceptions import CryptoError

from roomkeeper.capabilities.safety.models import FeatureContent
from roomkeeper.platform.settings import SettingsError

KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
Bytes = Literal["file", "template", "evidence"]


class Vault:
    """Seals and opens. The key is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    def load(self, *, is_needed: bool) -> None:
        """At the start. Raises `SettingsError` where something is sealed, and the key is not there or unusable."""
        if self._path.exists():
            key = self._path.read_bytes()
            if len(key) != KEY_BYTES:
                raise SettingsError(f"{self._path} is no key of {KEY_BYTES} bytes: restore it from where it is kept.")
            self._key = key
        elif is_needed:
            raise SettingsError(
                f"What identifies people is encrypted with {self._path}, which is not there: restore it from where it"
                " is kept (it is in no backup), or name it with safety.identity_key_file."
            )

    def new_key(self, user_id: str) -> bytes:
        """A key for somebody, wrapped."""
        return _seal(self._master(), secrets.token_bytes(KEY_BYTES), user_id.encode())

    def seal(self, wrapped: bytes, user_id: str, feature_id: str, content: FeatureContent) -> bytes:
        """Something of somebody, encrypted."""
        return _seal(self._unwrapped(wrapped, user_id), msgspec.msgpack.encode(content), _bound(user_id, feature_id))

    def open(self, wrapped: bytes, user_id: str, feature_id: str, sealed: bytes) -> FeatureContent:
        """What was sealed. Raises `CryptoError` where it is not that of this person and id."""
        key = self._unwrapped(wrapped, user_id)
        return msgspec.msgpack.decode(_open(key, sealed, _bound(user_id, feature_id)), type=FeatureContent)

    def seal_bytes(self, wrapped: bytes, user_id: str, item_id: str, what: Bytes, data: bytes) -> bytes:
        """The bytes of a file, or of what was made of it, encrypted."""
        return _seal(self._unwrapped(wrapped, user_id), data, _bound(user_id, item_id, what))

    def open_bytes(self, wrapped: bytes, user_id: str, item_id: str, what: Bytes, sealed: bytes) -> bytes:
        """The same in clear. Raises `CryptoError`."""
        return _open(self._unwrapped(wrapped, user_id), sealed, _bound(user_id, item_id, what))

    def _unwrapped(self, wrapped: bytes, user_id: str) -> bytes:
        return _open(self._master(), wrapped, user_id.encode())

    def _master(self) -> bytes:
        if self._key is None:
            self._key = secrets.token_bytes(KEY_BYTES)
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._key)
                file.flush()
                os.fsync(file.fileno())
        return self._key


def _bound(user_id: str, item_id: str, what: str = "content") -> bytes:
    return f"{user_id}\n{item_id}\n{what}".encode()


def _seal(key: bytes, content: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(content, bound, nonce, key)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES:
        raise CryptoError("too short")
    return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[NONCE_BYTES:], bound, sealed[:NONCE_BYTES], key)
