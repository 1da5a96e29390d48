"""An entry of account data as sync shows it, and the error that is this area's own."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.errors import MatrixError

KIND = "account_data"
"""The kind of change that account data is to sync."""


class Entry(msgspec.Struct, frozen=True):
    """The newest content of one type; `event` is ``{"type": …, "content": …}``, serialised once for all devices."""

    type: str
    event: msgspec.Raw


class ManagedByServer(MatrixError):
    """This type of account data is managed by the server: use the endpoints that are made for it."""

    errcode, status = "M_BAD_JSON", 405


def entry(event_type: str, content: bytes) -> Entry:
    """Make an `Entry` of a type and its content, which is a JSON object already."""
    return Entry(event_type, msgspec.Raw(b'{"type":%s,"content":%s}' % (msgspec.json.encode(event_type), content)))
