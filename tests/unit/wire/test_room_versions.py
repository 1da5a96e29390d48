from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.room_versions import DEFAULT_ROOM_VERSION, ROOM_VERSIONS, get_room_version


def test_what_sets_the_versions_apart() -> None:
    ten, eleven, twelve = (get_room_version(identifier) for identifier in ("10", "11", "12"))
    assert (ten.redacts_in_content, eleven.redacts_in_content, twelve.redacts_in_content) == (False, True, True)
    assert (ten.creator_in_content, eleven.creator_in_content) == (True, False)
    assert [version.room_id_is_create_hash for version in (ten, eleven, twelve)] == [False, False, True]
    assert [version.creators_have_infinite_power for version in (ten, eleven, twelve)] == [False, False, True]
    assert DEFAULT_ROOM_VERSION in ROOM_VERSIONS


@pytest.mark.parametrize("identifier", ["9", "", "13", None, ["12"]])
def test_unknown_versions(identifier: Any) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        get_room_version(identifier)
    assert raised.value.errcode == "M_UNSUPPORTED_ROOM_VERSION"
    assert "10, 11, 12" in str(raised.value)
