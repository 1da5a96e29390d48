"""What identifies people is sealed: for its owner, under its id, with a key that is elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from nacl.exceptions import CryptoError

from roomkeeper.capabilities.safety.models import FeatureContent
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.platform.settings import SettingsError

OWNER, OTHER = "@customer:example.org", "@other:example.org"
CONTENT = FeatureContent(label="car", text="RK 2026")


def test_what_is_sealed_opens_for_its_owner_and_id_alone(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "safety.key")
    key, other = vault.new_key(OWNER), vault.new_key(OTHER)
    sealed = vault.seal(key, OWNER, "one", CONTENT)
    assert b"RK 2026" not in sealed
    assert vault.open(key, OWNER, "one", sealed) == CONTENT
    for wrapped, user_id, feature_id in ((key, OWNER, "two"), (other, OTHER, "one"), (key, OTHER, "one")):
        with pytest.raises(CryptoError):
            vault.open(wrapped, user_id, feature_id, sealed)
    file = vault.seal_bytes(key, OWNER, "one", "file", b"face")
    assert vault.open_bytes(key, OWNER, "one", "file", file) == b"face"
    for changed in (b"", file[:-1], bytes([file[0] ^ 1]) + file[1:], sealed):
        with pytest.raises(CryptoError):
            vault.open_bytes(key, OWNER, "one", "file", changed)


def test_another_start_has_the_same_key(tmp_path: Path) -> None:
    first, second = Vault(tmp_path / "safety.key"), Vault(tmp_path / "safety.key")
    key = first.new_key(OWNER)
    sealed = first.seal(key, OWNER, "one", CONTENT)
    second.load(is_needed=True)
    assert second.open(key, OWNER, "one", sealed) == CONTENT


def test_a_key_that_is_missing_or_broken_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "safety.key"
    Vault(path).load(is_needed=False)
    assert not path.exists()
    with pytest.raises(SettingsError, match="not there"):
        Vault(path).load(is_needed=True)
    path.write_bytes(b"short")
    with pytest.raises(SettingsError, match="no key"):
        Vault(path).load(is_needed=False)
