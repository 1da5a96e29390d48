"""What account data says of whom a user does not want to hear."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.ignored.rules import MOST_IGNORED, preferences
from roomkeeper.core.rooms import Preferences

ANN = "@ann:example.org"


def test_nothing_said() -> None:
    assert preferences(ANN, None, None) == Preferences()
    assert preferences(ANN, {}, {}) == Preferences()


def test_who_is_ignored() -> None:
    found = preferences(ANN, {"ignored_users": {"@eve:example.org": {}, ANN: {}, "nobody": {}}}, None)
    assert found.ignored_users == {"@eve:example.org"}
    assert found.hides_invite("@eve:example.org")
    assert not found.hides_invite("@ben:example.org")


@pytest.mark.parametrize("users", [None, 5, [], ["@eve:example.org"], "@eve:example.org"])
def test_lists_of_another_shape(users: Any) -> None:
    assert preferences(ANN, {"ignored_users": users}, None) == Preferences()


def test_lists_are_bounded() -> None:
    users: dict[str, Any] = {f"@user{number}:example.org": {} for number in range(MOST_IGNORED + 10)}
    assert len(preferences(ANN, {"ignored_users": users}, None).ignored_users) == MOST_IGNORED


@pytest.mark.parametrize(("action", "blocks"), [("block", True), ("allow", False), (True, False), (["block"], False)])
def test_invitations(action: Any, blocks: bool) -> None:
    assert preferences(ANN, None, {"default_action": action}).blocks_invites is blocks
