"""Remedies: what an area can do to put right what has gone wrong in it for somebody, offered to who repairs.

A remedy looks first: what is wrong, and what it would do about that. Looking changes nothing, so that it is the dry run
as well, and after a crash it tells whether what was begun took effect. A *drill* is the opposite: it makes a real fault
in the running server, so that repairing can be practised and measured; an operator's setting must allow it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec

Parameters = TypeVar("Parameters", bound=msgspec.Struct)
Found = dict[str, str | int | bool]
"""What was found or done, in names that people understand; ids and counts, never what people wrote."""


class Finding(msgspec.Struct, frozen=True):
    """What a look has found.

    `needed`: something is wrong that the remedy would put right; `None`: that cannot be told. `found` says what.
    """

    needed: bool | None
    found: Found = msgspec.field(default_factory=dict)


class NoFault(Exception):
    """What was reported is as it is meant to be, so that there is nothing to repair; the message says why."""


class Remedy(msgspec.Struct, Generic[Parameters], frozen=True, kw_only=True):
    """Something that can be put right.

    - `version` changes with what it does: work that was begun with another one is not gone on with.
    - `look`: see `Finding`. `apply` puts it right, and may be called again; what it gives back `undo` is called with.
      Both may raise `NoFault`, or a `MatrixError` where it cannot be done.
    - `is_dangerous`: somebody must have approved of it first.
    """

    version: int
    summary: str
    parameters: type[Parameters]
    look: Callable[[Parameters], Awaitable[Finding]]
    apply: Callable[[Parameters], Awaitable[Found]]
    undo: Callable[[Parameters, Found], Awaitable[None]] | None = None
    is_dangerous: bool = False


class Drill(msgspec.Struct, Generic[Parameters], frozen=True, kw_only=True):
    """A fault that can be made on purpose, for one user: `kind` is that of the report which would be made of it."""

    kind: str
    summary: str
    parameters: type[Parameters]
    inject: Callable[[Parameters], Awaitable[Found]]


AnyRemedy = Remedy[Any]
AnyDrill = Drill[Any]
