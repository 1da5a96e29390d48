"""What endpoints of lists take."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

MOST = 500
MAX_INTEGER = 2**53 - 1

Limit = Annotated[int, Meta(ge=1, le=MOST, description="How many at most.")]
From = Annotated[str, Meta(max_length=2000, description="The next_batch of the page before.")]
Number = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="The next_batch of the page before.")]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


class NumberedPageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list of numbered things, the newest first."""

    from_: Number = msgspec.field(default=0, name="from")
    limit: Limit = 100
