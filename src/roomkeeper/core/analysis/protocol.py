"""What server and worker say to each other: frames of a length (4 bytes, big-endian) and one MessagePack struct.

1. The worker says `Hello` when it has loaded its plug-ins.
2. The server sends a `Job`; the worker answers with `Done` or `Failed`. One job at a time.
3. The server closes the connection, and the worker ends.
"""

from __future__ import annotations

import socket
from typing import Literal

import msgspec

MAX_FRAME = 32 * 1024 * 1024
"""Bytes: the largest answer is a thumbnail. A worker that announces more is broken, or taken over."""

HEADER_BYTES = 4


class Hello(msgspec.Struct, tag=True, frozen=True):
    """The worker is ready. `offline`: it has no network. `problem`: why it cannot work."""

    offline: bool
    problem: str = ""


class Job(msgspec.Struct, tag=True, frozen=True):
    """Run the plug-in of that name on the file at `path`; `seconds` of processor time."""

    analyser: str
    path: str
    parameters: msgspec.Raw
    seconds: float


class Done(msgspec.Struct, tag=True, frozen=True):
    """The plug-in's result."""

    result: msgspec.Raw


class Failed(msgspec.Struct, tag=True, frozen=True):
    """There is none."""

    reason: Literal["unreadable", "too_large", "memory"]
    message: str


Answer = Hello | Done | Failed

_encode = msgspec.msgpack.Encoder().encode
decode_job = msgspec.msgpack.Decoder(Job).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode


def frame(message: msgspec.Struct) -> bytes:
    """The bytes of a message."""
    content = _encode(message)
    return len(content).to_bytes(HEADER_BYTES, "big") + content


def frame_length(header: bytes) -> int:
    """How many bytes follow. Raises `ValueError` where that is more than a frame may have."""
    length = int.from_bytes(header, "big")
    if length > MAX_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    return length


def receive(connection: socket.socket) -> bytes | None:
    """The worker's side: the content of the next frame, `None` when the server has closed the connection."""
    header = _receive_exactly(connection, HEADER_BYTES)
    return None if header is None else _receive_exactly(connection, frame_length(header))


def _receive_exactly(connection: socket.socket, count: int) -> bytes | None:
    content = bytearray()
    while len(content) < count:
        piece = connection.recv(count - len(content))
        if not piece:
            return None
        content += piece
    return bytes(content)
