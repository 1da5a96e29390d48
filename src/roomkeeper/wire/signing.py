"""Signatures over JSON and over events, and the unpadded base64 that carries them.

A signature covers the canonical JSON of an object without `signatures` and `unsigned`; that of an event covers
the redacted event, so that it survives redaction.
# spec: appendices §Signing JSON, §Unpadded Base64; server-server §Signing Events
"""

from __future__ import annotations

from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey, VerifyKey

from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import RoomVersion

ALGORITHM: Final = "ed25519"

_URL_SAFE_TO_STANDARD: Final = str.maketrans("-_", "+/")


def encode_base64(data: bytes) -> str:
    """Unpadded base64 in the standard alphabet."""
    return b64encode(data).rstrip(b"=").decode()


def encode_base64_url(data: bytes) -> str:
    """Unpadded base64 in the URL-safe alphabet."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64(text: str) -> bytes:
    """Read base64 in either alphabet, padded or not; raises ProtocolViolation (M_INVALID_PARAM)."""
    bare = text.rstrip("=").translate(_URL_SAFE_TO_STANDARD)
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        raise ProtocolViolation("This is not base64; use A-Z a-z 0-9 + and /.", "M_INVALID_PARAM") from None


class Signer(msgspec.Struct, frozen=True):
    """A server's signing key under its names: `key_id` is "ed25519:" and the key's version."""

    server_name: str
    key_id: str
    key: SigningKey

    @classmethod
    def from_seed(cls, server_name: str, key_id_version: str, seed: bytes) -> Self:
        """The signer whose private key is these 32 bytes."""
        return cls(server_name, f"{ALGORITHM}:{key_id_version}", SigningKey(seed))

    def __repr__(self) -> str:
        return f"Signer({self.server_name!r}, {self.key_id!r})"  # never the key

    @property
    def verify_key(self) -> VerifyKey:
        return self.key.verify_key

    @property
    def verify_key_base64(self) -> str:
        """The public key as servers publish it."""
        return encode_base64(bytes(self.key.verify_key))

    def sign(self, message: bytes) -> str:
        """The signature of these bytes in unpadded base64."""
        return encode_base64(self.key.sign(message).signature)


def verify_key_from_base64(text: str) -> VerifyKey:
    """Read a published Ed25519 key; raises ProtocolViolation (M_INVALID_PARAM)."""
    try:
        return VerifyKey(decode_base64(text))
    except (CryptoError, ValueError):
        raise ProtocolViolation("An Ed25519 key is 32 bytes in base64.", "M_INVALID_PARAM") from None


def signable_bytes(obj: Mapping[str, Any]) -> bytes:
    """What a signature of this object covers."""
    return canonical({key: value for key, value in obj.items() if key not in ("signatures", "unsigned")})


def sign_json(obj: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """A copy of the object with this signature added to its `signatures`."""
    return with_signature(obj, signer, signer.sign(signable_bytes(obj)))


def sign_event(pdu: Mapping[str, Any], version: RoomVersion, signer: Signer) -> dict[str, Any]:
    """A copy of the event, which has its `hashes` already, with a signature over its redacted form."""
    return with_signature(pdu, signer, signer.sign(signable_bytes(redact(pdu, version))))


def with_signature(obj: Mapping[str, Any], signer: Signer, signature: str) -> dict[str, Any]:
    """A copy of the object with a signature that was made already."""
    others = obj.get("signatures", {})
    own = {**others.get(signer.server_name, {}), signer.key_id: signature}
    return {**obj, "signatures": {**others, signer.server_name: own}}


def verify_json(obj: Mapping[str, Any], server_name: str, key_id: str, verify_key: VerifyKey) -> None:
    """Raise ProtocolViolation (M_UNAUTHORIZED) unless this server signed the object with this key."""
    signature = _signature_of(obj, server_name, key_id)
    if not is_signature(signable_bytes(obj), signature, verify_key):
        raise _unverified(f"The signature {key_id} of {server_name} does not match the signed object")


def verify_event(
    pdu: Mapping[str, Any], version: RoomVersion, server_name: str, key_id: str, verify_key: VerifyKey
) -> None:
    """Raise ProtocolViolation (M_UNAUTHORIZED) unless this server signed the event with this key."""
    verify_json(redact(pdu, version), server_name, key_id, verify_key)


def is_signature(message: bytes, signature: str, verify_key: VerifyKey) -> bool:
    """Whether this unpadded base64 is the key's signature of the message."""
    try:
        verify_key.verify(message, decode_base64(signature))
    except (BadSignatureError, ProtocolViolation, ValueError):
        return False
    return True


def _signature_of(obj: Mapping[str, Any], server_name: str, key_id: str) -> str:
    if not key_id.startswith(f"{ALGORITHM}:"):
        raise _unverified(f"The key {key_id} is of an unknown algorithm; only {ALGORITHM} is used")
    by_server = obj.get("signatures")
    by_key = by_server.get(server_name) if isinstance(by_server, dict) else None
    signature = by_key.get(key_id) if isinstance(by_key, dict) else None
    if not isinstance(signature, str):
        raise _unverified(f"There is no signature {key_id} of {server_name}")
    return signature


def _unverified(reason: str) -> ProtocolViolation:
    return ProtocolViolation(f"{reason}; sign it again.", "M_UNAUTHORIZED")
