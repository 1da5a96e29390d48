"""# spec: client-server §Room History Visibility"""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.wire.history_visibility import effective, visible

#          membership at the event: joined later?  None   invite  join   leave  ban    knock
SEEN = {
    ("world_readable", False): [True, True, True, True, True, True],
    ("world_readable", True): [True, True, True, True, True, True],
    ("shared", False): [False, False, True, False, False, False],
    ("shared", True): [True, True, True, True, True, True],
    ("invited", False): [False, True, True, False, False, False],
    ("invited", True): [False, True, True, False, False, False],
    ("joined", False): [False, False, True, False, False, False],
    ("joined", True): [False, False, True, False, False, False],
}
MEMBERSHIPS = [None, "invite", "join", "leave", "ban", "knock"]


@pytest.mark.parametrize(("visibility", "joined_later"), SEEN)
def test_who_sees_an_event(visibility: str, joined_later: bool) -> None:
    seen = [visible(visibility, membership, joined_later=joined_later) for membership in MEMBERSHIPS]
    assert seen == SEEN[visibility, joined_later]


@pytest.mark.parametrize("value", [None, "", "secret", 5, ["joined"]])
def test_what_is_not_understood_is_shared(value: Any) -> None:
    assert effective(value) == "shared"
    assert visible(value, None, joined_later=True)
    assert not visible(value, "invite", joined_later=False)
