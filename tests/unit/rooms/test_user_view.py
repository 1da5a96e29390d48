"""The parts of a room's past that a user may see, as ranges of positions."""

from __future__ import annotations

import random

from roomkeeper.core.rooms.visibility import FOREVER, MOST_RANGES, Timeline, UserView

VISIBILITIES = ("shared", "joined", "invited", "world_readable", None)
MEMBERSHIPS = ("join", "leave", "invite", "ban", "knock")


def view(visibility: Timeline, membership: Timeline) -> UserView:
    """What somebody may see with these histories."""
    return UserView("@ann:example.org", visibility, membership)


def test_most_see_everything() -> None:
    assert view([(3, "shared")], [(10, "invite"), (12, "join"), (20, "join")]).ranges() is None
    assert view([(3, "world_readable")], []).ranges() == [(3, FOREVER)]


def test_who_came_late_and_left() -> None:
    assert view([(3, "joined")], [(10, "join"), (20, "leave")]).ranges() == [(0, 2), (10, 19)]
    assert view([(0, "joined")], [(10, "join"), (20, "leave"), (30, "join")]).ranges() == [(10, 19), (30, FOREVER)]
    assert view([(0, "shared")], []).ranges() == []


def test_ranges_say_what_looking_at_each_position_says() -> None:
    dice = random.Random(1)
    for _ in range(500):
        visibility = [(p, dice.choice(VISIBILITIES)) for p in sorted(dice.sample(range(60), dice.randint(0, 4)))]
        membership = [(p, dice.choice(MEMBERSHIPS)) for p in sorted(dice.sample(range(60), dice.randint(0, 6)))]
        seen = view(visibility, membership)
        ranges = seen.ranges()
        for position in range(62):
            within = ranges is None or any(first <= position <= last for first, last in ranges)
            assert within is seen.sees_at(position), (visibility, membership, position)


def test_ranges_are_bounded() -> None:
    membership = [(n, "join" if n % 2 else "leave") for n in range(1, 1001)]
    ranges = view([(0, "joined")], membership).ranges()
    assert ranges is not None
    assert len(ranges) == MOST_RANGES
    assert ranges[-1] == (999, 999)
