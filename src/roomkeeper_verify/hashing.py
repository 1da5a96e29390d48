"""What is hashed how: see docs/records.md."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

START = "0" * 64
"""What the first entry names as the one before."""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(salt: str, content: str) -> str:
    """What stands for a content; `salt` is hexadecimal."""
    return sha256(bytes.fromhex(salt) + content.encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry, of what it says itself."""
    names = ("record", "seq", "prev", "kind", "ts", "digest")
    header = {"v": 1, **{name: entry[name] for name in names}}
    return sha256(b"roomkeeper.entry.1\n" + canonical(header)).hexdigest()


def leaf(record: str, seq: int, head: str) -> bytes:
    """A leaf of a checkpoint's tree."""
    return sha256(b"\x00" + canonical({"record": record, "seq": seq, "head": head})).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def follow(node: bytes, path: Iterable[Sequence[str]]) -> str:
    """The root to which a path leads from a leaf."""
    for side, other in path:
        neighbour = bytes.fromhex(other)
        node = _node(neighbour, node) if side == "l" else _node(node, neighbour)
    return node.hex()


def root(heads: Sequence[Mapping[str, Any]]) -> str:
    """The root of the tree over all heads of a checkpoint."""
    level = [leaf(head["record"], head["seq"], head["head"]) for head in heads]
    while len(level) > 1:
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex() if level else START


def unpadded(text: str) -> bytes:
    """The bytes of base64 without padding."""
    return base64.b64decode(text + "=" * (-len(text) % 4))


def is_signed(message: bytes, signature: str, public_key: str) -> bool:
    """Whether a signature is the key's."""
    try:
        VerifyKey(unpadded(public_key)).verify(message, unpadded(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
