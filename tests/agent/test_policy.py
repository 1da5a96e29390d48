"""Policies: signed by the server where one signed in, for this person, for this request; nothing else counts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from roomkeeper.wire.canonical_json import canonical as server_canonical
from roomkeeper.wire.signing import Signer, sign_json
from roomkeeper_agent.policy import NotAccepted, Pinned, Policy, accepted, canonical, pinned_key

SIGNER = Signer("example.org", "ed25519:a", SigningKey(b"1" * 32))
OTHER = Signer("example.org", "ed25519:a", SigningKey(b"2" * 32))
USER = "@desk:example.org"
KEY = Pinned("ed25519:a", SIGNER.verify_key_base64)


def document(**more: Any) -> dict[str, Any]:
    """A policy, not signed."""
    return {
        "type": "org.roomkeeper.agent_policy",
        "v": 1,
        "server": "example.org",
        "user_id": USER,
        "nonce": "now",
        "issued_ts": 1,
        "policy": {"others": "never", "programs": [{"program": "pidgin", "record": "all"}]},
        **more,
    }


def test_accepted() -> None:
    policy = accepted(sign_json(document(), SIGNER), KEY, USER, "now").policy
    assert (policy.rule_of("pidgin"), policy.rule_of("hexchat"), policy.may_pause) == ("all", "never", True)
    assert Policy().rule_of("any") == "never"
    assert (Policy().records, policy.records) == (False, True)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (document, "not signed"),
        (lambda: sign_json(document(), OTHER), "signature is wrong"),
        (lambda: {**sign_json(document(), SIGNER), "policy": {}}, "signature is wrong"),
        (lambda: sign_json(document(nonce="before"), SIGNER), "older"),
        (lambda: sign_json(document(user_id="@other:example.org"), SIGNER), "for @other"),
        (lambda: sign_json(document(server="example.com"), SIGNER), "no policy of the server"),
        (lambda: sign_json(document(type="m.room.message"), SIGNER), "no policy"),
        (lambda: sign_json(document(v=2), SIGNER), "no policy"),
        (lambda: sign_json(document(policy={"others": "some"}), SIGNER), "newer version"),
        (lambda: {**document(), "signatures": {"example.org": {"ed25519:a": "?"}}}, "signature is wrong"),
        (lambda: {**document(), "signatures": []}, "not signed"),
        (lambda: {**document(note="\ud800"), "signatures": sign_json(document(), SIGNER)["signatures"]}, "wrong"),
        (dict, "not signed"),
    ],
)
def test_not_accepted(made: Callable[[], dict[str, Any]], why: str) -> None:
    with pytest.raises(NotAccepted, match=why):
        accepted(made(), KEY, USER, "now")


def test_the_published_key_signs_itself() -> None:
    keys = {"server_name": "example.org", "verify_keys": {"ed25519:a": {"key": SIGNER.verify_key_base64}}}
    assert pinned_key(sign_json(keys, SIGNER), "example.org") == KEY
    for wrong in (keys, sign_json(keys, OTHER), sign_json({**keys, "verify_keys": {}}, SIGNER), {}):
        with pytest.raises(NotAccepted):
            pinned_key(wrong, "example.org")
    with pytest.raises(NotAccepted, match="calls itself"):
        pinned_key(sign_json(keys, SIGNER), "example.com")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values))
def test_canonical_json_is_the_server_s(found: dict[str, Any]) -> None:
    bare = {name: value for name, value in found.items() if name not in ("signatures", "unsigned")}
    assert canonical(found) == server_canonical(bare)


def test_keys_are_unpadded() -> None:
    assert not KEY.key.endswith("=")
    assert len(base64.b64decode(KEY.key + "=")) == 32
