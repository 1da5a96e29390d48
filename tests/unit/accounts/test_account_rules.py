"""Pure decisions about accounts."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.accounts import rules
from roomkeeper.core.accounts.models import RegistrationToken
from roomkeeper.platform.errors import InvalidParameter, InvalidUsername, WeakPassword
from roomkeeper.wire.identifiers import is_user_id

NOW = 1_000_000


@pytest.mark.parametrize("name", ["alice", "a.b_c=d-e/f+g", "0"])
def test_names_for_new_users(name: str) -> None:
    assert rules.new_user_id(name, "example.org") == f"@{name}:example.org"


@given(st.text())
def test_a_name_gives_a_valid_id_or_is_refused(name: str) -> None:
    with contextlib.suppress(InvalidUsername):
        assert is_user_id(rules.new_user_id(name, "example.org"))


@pytest.mark.parametrize(
    ("name", "user_id"),
    [
        ("alice", "@alice:example.org"),
        ("Alice", "@alice:example.org"),
        ("@alice:example.org", "@alice:example.org"),
        ("@Alice:example.org", "@alice:example.org"),
        ("@alice", "@alice:example.org"),
        ("@alice:elsewhere.org", None),
        ("alice:example.org", None),
        ("a\0b", None),
    ],
)
def test_whom_a_name_means(name: str, user_id: str | None) -> None:
    assert rules.named_user_id(name, "example.org") == user_id


@given(st.text())
def test_any_text_means_a_user_of_this_server_or_none(name: str) -> None:
    user_id = rules.named_user_id(name, "example.org")
    assert user_id is None or (is_user_id(user_id) and user_id.endswith(":example.org"))


def test_passwords_have_a_least_and_a_most_length() -> None:
    rules.check_new_password("12345678", 8)
    rules.check_new_password("x" * rules.MAX_PASSWORD, 8)
    with pytest.raises(WeakPassword):
        rules.check_new_password("1234567", 8)
    with pytest.raises(InvalidParameter):
        rules.check_new_password("x" * (rules.MAX_PASSWORD + 1), 8)


@given(st.text())
def test_normalising_a_password_twice_changes_nothing(password: str) -> None:
    once = rules.normalised_password(password)
    assert rules.normalised_password(once) == once


@pytest.mark.parametrize(
    ("uses_allowed", "completed", "pending", "expiry_time", "usable"),
    [
        (None, 10_000, 50, None, True),
        (1, 0, 0, None, True),
        (1, 1, 0, None, False),
        (2, 1, 1, None, False),
        (3, 1, 1, None, True),
        (0, 0, 0, None, False),
        (None, 0, 0, NOW + 1, True),
        (None, 0, 0, NOW, False),
    ],
)
def test_registration_tokens(
    uses_allowed: int | None, completed: int, pending: int, expiry_time: int | None, usable: bool
) -> None:
    token = RegistrationToken("t", uses_allowed, completed, expiry_time)
    assert rules.is_usable(token, pending, NOW) is usable


@pytest.mark.parametrize("token", ["", "x" * 65, "a b", "ä", "a\0"])
def test_what_no_registration_token_can_be(token: str) -> None:
    with pytest.raises(InvalidParameter):
        rules.check_registration_token(token)


def test_the_mac_is_the_one_of_the_existing_tools() -> None:
    # printf 'nonce\0user\0password\0notadmin' | openssl sha1 -hmac secret
    mac = rules.shared_secret_mac("secret", "nonce", "user", "password", is_admin=False)
    assert mac == "c1f0d90d291fd4e72d1a2b0f7115902c4a0348eb"


def test_secrets_are_long_and_never_the_same() -> None:
    made = {rules.new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert min(map(len, made)) >= 43
