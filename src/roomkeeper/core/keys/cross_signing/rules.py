"""Which cross-signing keys and signatures are good.

spec: client-server §Cross-signing, §Key and signature security
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.keys.cross_signing.models import CrossSigningKey, Keys, Signature, Usage
from roomkeeper.platform.errors import BadJson, InvalidParameter, InvalidSignature, MissingParameter, TooLarge
from roomkeeper.wire.canonical_json import canonical, check_canonical
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.signing import is_signature, signable_bytes, verify_json, verify_key_from_base64

MAX_KEY = 16 * 1024
"""Bytes of a cross-signing key with the signatures that come with it."""

Text = Annotated[str, Meta(max_length=1024)]


class CrossSigningKeyShape(msgspec.Struct, frozen=True):
    """spec: CrossSigningKey"""

    user_id: str
    usage: Annotated[list[Text], Meta(max_length=10)]
    keys: Annotated[dict[Text, Text], Meta(min_length=1, max_length=1)]
    signatures: dict[Text, dict[Text, Text]] = {}


def check_key(value: Mapping[str, Any], usage: Usage, user_id: str) -> CrossSigningKey:
    """A key that a user uploads. Raises `BadJson`, `InvalidParameter`, `TooLarge`."""
    try:
        shape = msgspec.convert(value, CrossSigningKeyShape)
    except msgspec.ValidationError as error:
        raise BadJson(f"{usage}_key: {error}.") from None
    if shape.user_id != user_id:
        raise InvalidParameter(f"{usage}_key: the user_id must be your own, {user_id}.")
    if usage not in shape.usage:
        raise InvalidParameter(f"{usage}_key: its usage must contain {usage}.")
    (key_id, public_key), *_ = shape.keys.items()
    if key_id != f"ed25519:{public_key}":
        raise InvalidParameter(f"{usage}_key: the key must be called ed25519:<the unpadded base64 public key>.")
    verify_key_from_base64(public_key)
    kept = {name: member for name, member in value.items() if name != "unsigned"}
    check_canonical(kept)
    if len(canonical(kept)) > MAX_KEY:
        raise TooLarge(f"{usage}_key: a key may have {MAX_KEY} bytes at most.")
    return CrossSigningKey(usage, public_key, kept)


def check_signed_by_master(keys: Keys, master: CrossSigningKey | None, user_id: str) -> None:
    """Raises `MissingParameter` where there is no master key, `InvalidSignature` where it has not signed one."""
    if master is None:
        raise MissingParameter("You have no master key yet: upload master_key together with the others.")
    for key in keys.values():
        if key.usage == "master":
            continue
        try:
            verify_json(key.value, user_id, master.key_id, verify_key_from_base64(master.public_key))
        except ProtocolViolation as error:
            raise InvalidSignature(f"{key.usage}_key must be signed by your master key: {error}") from None


def is_same(uploaded: CrossSigningKey, stored: CrossSigningKey | None) -> bool:
    """Whether an uploaded key is the one that is there; other signatures make no other key."""
    return stored is not None and signable_bytes(uploaded.value) == signable_bytes(stored.value)


def new_signatures(
    signed: Mapping[str, Any], stored: Mapping[str, Any], key_id: str, signer_id: str, signers: Mapping[str, str]
) -> list[Signature]:
    """The signatures by `signer_id` on an object that must be the `stored` key of that id.

    `signers` are the public keys that may sign it, by their ids; what the stored key has already is passed over.
    Raises `InvalidSignature`.
    """
    check_canonical(signed)
    if signable_bytes(signed) != signable_bytes(stored):
        raise InvalidSignature("The object is not the key that is stored: get it with /keys/query, and sign that.")
    by_signer = _signatures(signed).get(signer_id)
    known = _signatures(stored).get(signer_id)
    if not isinstance(by_signer, dict):
        raise InvalidSignature(f"There is no signature by {signer_id}.")
    message, found = signable_bytes(signed), []
    for signer_key_id, signature in by_signer.items():
        if isinstance(known, dict) and known.get(signer_key_id) == signature:
            continue
        public_key = signers.get(signer_key_id)
        if public_key is None:
            raise InvalidSignature(f"{signer_key_id[:200]} is no key of yours that may sign this.")
        if not isinstance(signature, str) or not is_signature(message, signature, verify_key_from_base64(public_key)):
            raise InvalidSignature(f"The signature {signer_key_id} does not match.")
        found.append(Signature(stored["user_id"], key_id, signer_id, signer_key_id, signature))
    return found


def _signatures(value: Mapping[str, Any]) -> Mapping[str, Any]:
    signatures = value.get("signatures")
    return signatures if isinstance(signatures, dict) else {}


def visible(value: Mapping[str, Any], signatures: list[Signature], viewer: str) -> dict[str, Any]:
    """A key as a user may see it: with the signatures by its owner, and by the viewer.

    Who else has signed it would tell who knows whom. spec: §Key and signature security
    """
    owner = value["user_id"]
    merged: dict[str, dict[str, Any]] = {
        signer: dict(of_signer)
        for signer, of_signer in _signatures(value).items()
        if signer in (owner, viewer) and isinstance(of_signer, dict)
    }
    for one in signatures:
        if one.signer_id in (owner, viewer):
            merged.setdefault(one.signer_id, {})[one.signer_key_id] = one.signature
    return {**value, "signatures": merged}
