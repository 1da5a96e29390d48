"""The chain of a record, and the tree of a checkpoint. Pure; what is hashed how is decided in docs/adr/0012.

1.  An entry's digest covers its salt and content; without both of them it says nothing, and still stands.
2.  An entry's hash covers that digest, what else is known of the entry, and the hash of the entry before.
3.  A checkpoint's leaves are heads of chains, by the records' ids; a path of hashes leads from each to the root.
    Leaves and inner nodes are hashed with different first bytes; a node without a neighbour goes up as it is.
    spec: RFC 6962 §2.1
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from roomkeeper.wire.canonical_json import canonical

VERSION: Final = 1
SALT_BYTES: Final = 16
START: Final = bytes(32)
"""What stands before the first entry."""
_ENTRY: Final = b"roomkeeper.entry.1\n"
_LEAF, _NODE = b"\x00", b"\x01"


class Link(msgspec.Struct, frozen=True):
    """What an entry's hash covers. `ts` is in milliseconds; `prev` and `digest` are 32 bytes each."""

    record_id: str
    seq: int
    prev: bytes
    kind: str
    ts: int
    digest: bytes

    @property
    def hash(self) -> bytes:
        """The hash of the entry, which the next one names."""
        header = {
            "v": VERSION,
            "record": self.record_id,
            "seq": self.seq,
            "prev": self.prev.hex(),
            "kind": self.kind,
            "ts": self.ts,
            "digest": self.digest.hex(),
        }
        return sha256(_ENTRY + canonical(header)).digest()


def new_salt() -> bytes:
    """The salt of one entry."""
    return secrets.token_bytes(SALT_BYTES)


def digest_of(salt: bytes, content: bytes) -> bytes:
    """What stands for a content in the chain."""
    return sha256(salt + content).digest()


# ---------------------------------------------------------------- checkpoints


def leaf_of(record_id: str, seq: int, head: bytes) -> bytes:
    """The hash of a leaf: that the entry `seq` of a record, its last by then, has that hash."""
    return sha256(_LEAF + canonical({"record": record_id, "seq": seq, "head": head.hex()})).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over some leaves; of none: 32 zero bytes."""
    if not leaves:
        return START
    return levels_of(leaves)[-1][0]


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree over some leaves: these, what stands above them, and so on up to the root."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    return levels


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [sha256(_NODE + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    return pairs + ([level[-1]] if len(level) % 2 else [])


def path_to(levels: Sequence[Sequence[bytes]], index: int) -> list[tuple[str, str]]:
    """What leads from a leaf to the root: each neighbour with its side (``l`` or ``r``), in hexadecimal."""
    path = []
    for level in levels[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(("l" if neighbour < index else "r", level[neighbour].hex()))
        index //= 2
    return path


def follow(leaf: bytes, path: Sequence[tuple[str, str]]) -> bytes:
    """The root to which a path leads."""
    node = leaf
    for side, other in path:
        neighbour = bytes.fromhex(other)
        node = sha256(_NODE + (neighbour + node if side == "l" else node + neighbour)).digest()
    return node


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed: the root over the `records` heads that changed since the checkpoint before.

    `prev` is the hash of that one, `root` that of the tree, both in hexadecimal; `ts` is in milliseconds.
    """

    v: int = VERSION
    server: str
    number: int
    ts: int
    prev: str
    records: int
    root: str

    @property
    def signed(self) -> bytes:
        """The bytes that are signed: canonical JSON."""
        return canonical(msgspec.to_builtins(self))

    @property
    def hash(self) -> bytes:
        """What the next checkpoint names, and what a timestamping service attests."""
        return sha256(self.signed).digest()


def object_of(data: bytes) -> Any:
    """The JSON in a content."""
    return msgspec.json.decode(data)
