"""# spec: appendices §Cryptographic Test Vectors, §Unpadded Base64"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signedjson import key as reference_key
from signedjson import sign as reference

from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import content_hash
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion
from roomkeeper.wire.signing import (
    Signer,
    decode_base64,
    encode_base64,
    encode_base64_url,
    sign_event,
    sign_json,
    verify_event,
    verify_json,
    verify_key_from_base64,
)

from .json_values import OBJECTS

SEED = decode_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")
SIGNER = Signer.from_seed("domain", "1", SEED)

MINIMAL_EVENT: dict[str, Any] = {
    "room_id": "!x:domain",
    "sender": "@a:domain",
    "origin": "domain",
    "origin_server_ts": 1000000,
    "signatures": {},
    "hashes": {},
    "type": "X",
    "content": {},
    "prev_events": [],
    "auth_events": [],
    "depth": 3,
    "unsigned": {"age_ts": 1000000},
}
REDACTABLE_EVENT: dict[str, Any] = {
    "content": {"body": "Here is the message content"},
    "event_id": "$0:domain",
    "origin": "domain",
    "origin_server_ts": 1000000,
    "type": "m.room.message",
    "room_id": "!r:domain",
    "sender": "@u:domain",
    "signatures": {},
    "unsigned": {"age_ts": 1000000},
}


@pytest.mark.parametrize(
    ("obj", "signature"),
    [
        ({}, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"),
        (
            {"one": 1, "two": "Two"},
            "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw",
        ),
    ],
)
def test_the_published_signatures_of_json(obj: dict[str, Any], signature: str) -> None:
    signed = sign_json(obj, SIGNER)
    assert signed == {**obj, "signatures": {"domain": {"ed25519:1": signature}}}
    verify_json(signed, "domain", "ed25519:1", SIGNER.verify_key)


@pytest.mark.parametrize(
    ("pdu", "sha256", "signature"),
    [
        (
            MINIMAL_EVENT,
            "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos",
            "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg",
        ),
        (
            REDACTABLE_EVENT,
            "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g",
            "Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA",
        ),
    ],
)
def test_the_published_signatures_of_events(pdu: dict[str, Any], sha256: str, signature: str) -> None:
    # The published events keep `origin` when redacted, as up to room version 10.
    version = ROOM_VERSIONS["10"]
    hashed = {**pdu, "hashes": {"sha256": content_hash(pdu)}}
    signed = sign_event(hashed, version, SIGNER)
    assert signed["hashes"] == {"sha256": sha256}
    assert signed["signatures"] == {"domain": {"ed25519:1": signature}}
    assert signed["unsigned"] == pdu["unsigned"]
    verify_event(signed, version, "domain", "ed25519:1", SIGNER.verify_key)


@given(OBJECTS, st.binary(min_size=32, max_size=32))
@settings(max_examples=60)
def test_the_reference_library_agrees(obj: dict[str, Any], seed: bytes) -> None:
    signer = Signer.from_seed("example.org", "k", seed)
    signing_key = reference_key.decode_signing_key_base64("ed25519", "k", encode_base64(seed))
    obj = {key: value for key, value in obj.items() if key not in ("signatures", "unsigned")}
    signed = sign_json({**obj, "unsigned": {"age": 1}}, signer)
    assert signed == reference.sign_json({**obj, "unsigned": {"age": 1}}, "example.org", signing_key)
    verify_json({**signed, "unsigned": "changed"}, "example.org", "ed25519:k", signer.verify_key)
    with pytest.raises(ProtocolViolation):
        verify_json({**signed, "added": 1}, "example.org", "ed25519:k", signer.verify_key)


def test_a_further_signature_leaves_the_others() -> None:
    other = Signer.from_seed("other", "2", bytes(32))
    signed = sign_json(sign_json({"a": 1}, SIGNER), other)
    verify_json(signed, "domain", "ed25519:1", SIGNER.verify_key)
    verify_json(signed, "other", "ed25519:2", other.verify_key)


@pytest.mark.parametrize(
    "signatures",
    [
        None,
        [],
        {},
        {"domain": None},
        {"domain": {}},
        {"domain": {"ed25519:1": 5}},
        {"domain": {"ed25519:1": "no base64!"}},
        {"domain": {"ed25519:1": "c2hvcnQ"}},
        {"domain": {"ed25519:1": "é"}},
        {"other": {"ed25519:1": "K8280/U9SSy9IVtjBuVeLr"}},
    ],
)
def test_missing_and_broken_signatures(signatures: Any) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        verify_json({"signatures": signatures}, "domain", "ed25519:1", SIGNER.verify_key)
    assert raised.value.errcode == "M_UNAUTHORIZED"


def test_only_ed25519_counts() -> None:
    with pytest.raises(ProtocolViolation, match="algorithm"):
        verify_json(sign_json({}, SIGNER), "domain", "rsa:1", SIGNER.verify_key)


def test_a_signature_survives_redaction_but_no_essential_change(version: RoomVersion) -> None:
    signed = sign_event({**MINIMAL_EVENT, "content": {"body": "x"}}, version, SIGNER)
    verify_event({**signed, "content": {}, "unsigned": {}}, version, "domain", "ed25519:1", SIGNER.verify_key)
    with pytest.raises(ProtocolViolation):
        verify_event({**signed, "sender": "@b:domain"}, version, "domain", "ed25519:1", SIGNER.verify_key)


@pytest.mark.parametrize("length", range(7))
def test_the_published_base64(length: int) -> None:
    encoded = ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"][length]
    assert encode_base64(b"foobar"[:length]) == encoded
    assert decode_base64(encoded) == b"foobar"[:length]


@given(st.binary(max_size=20))
@settings(max_examples=50)
def test_base64_is_read_in_both_alphabets_with_and_without_padding(data: bytes) -> None:
    for encoded in (encode_base64(data), encode_base64_url(data)):
        assert "=" not in encoded
        assert decode_base64(encoded) == data
        assert decode_base64(encoded + "=" * (-len(encoded) % 4)) == data


@pytest.mark.parametrize("text", ["a", "!!!!", "Zm 9v", "Zm9v\n", "é"])
def test_no_base64(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        decode_base64(text)


def test_published_keys() -> None:
    assert verify_key_from_base64(SIGNER.verify_key_base64) == SIGNER.verify_key
    for text in ("", "Zm9v", "?"):
        with pytest.raises(ProtocolViolation):
            verify_key_from_base64(text)


def test_a_signer_never_shows_its_key() -> None:
    shown = f"{SIGNER} {SIGNER!r}"
    assert "ed25519:1" in shown
    assert "SigningKey" not in shown
