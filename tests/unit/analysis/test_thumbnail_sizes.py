"""Sizes of thumbnails: never larger than the original, within the box, the right proportions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.analysis import ThumbnailParameters
from roomkeeper.core.analysis.analysers.thumbnail import reduced, region

sides = st.integers(1, 5000)
boxes = st.integers(1, 1600)


@given(sides, sides, boxes, boxes)
def test_scale(width: int, height: int, box_width: int, box_height: int) -> None:
    box = ThumbnailParameters(box_width, box_height, "scale")
    assert region((width, height), box) == (0, 0, width, height)
    new = reduced((width, height), box)
    assert 1 <= new[0] <= width
    assert 1 <= new[1] <= height
    assert new[0] <= box_width
    assert new[1] <= box_height
    if width >= box_width and height >= box_height:
        assert new[0] == box_width or new[1] == box_height


@given(sides, sides, boxes, boxes)
def test_crop(width: int, height: int, box_width: int, box_height: int) -> None:
    box = ThumbnailParameters(box_width, box_height, "crop")
    left, top, right, bottom = region((width, height), box)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    new = reduced((right - left, bottom - top), box)
    assert 1 <= new[0] <= width
    assert 1 <= new[1] <= height
    if width >= 4 * box_width and height >= 4 * box_height:
        assert abs(new[0] - box_width) <= 1
        assert abs(new[1] - box_height) <= 1
