"""JSON as the protocol reads and hashes it: strict decoding and the canonical encoding.

Canonical JSON is the shortest UTF-8 encoding with keys sorted by code point; msgspec's sorted encoder
emits exactly these bytes for every value that `check_canonical` accepts.
# spec: appendices §Canonical JSON
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from roomkeeper.wire.errors import ProtocolViolation

MAX_INTEGER: Final = 2**53 - 1
"""The largest magnitude of an integer: what an IEEE double holds exactly."""

MAX_DEPTH: Final = 64
"""How many objects and lists may stand inside each other."""


def _number(literal: str) -> float | int:
    """The value of a number with a fraction or an exponent.

    The specification's example reads `1e10` as the integer 10000000000, so an exponent alone makes no float.
    """
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise ValueError("number out of range")
    if "." not in literal and value.is_integer() and abs(value) <= MAX_INTEGER:
        return int(value)
    return value


_decode: Final = msgspec.json.Decoder(float_hook=_number).decode
_encode: Final = msgspec.json.Encoder(order="sorted").encode


def decode(data: bytes, *, max_depth: int = MAX_DEPTH) -> object:
    """Read UTF-8 JSON; of a repeated key the last value counts.

    Raises ProtocolViolation: M_NOT_JSON if it is no JSON (NaN and lone surrogates included), M_BAD_JSON if it
    is nested deeper than `max_depth`.
    """
    try:
        value: object = _decode(data)
    except RecursionError:
        raise _too_deep(max_depth) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolViolation(f"This is not valid JSON: {error}", "M_NOT_JSON") from None
    # Counting brackets bounds the depth at once for nearly everything; only the rest is measured.
    if data.count(b"{") + data.count(b"[") > max_depth and _deeper_than(value, max_depth):
        raise _too_deep(max_depth)
    return value


def decode_object(data: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """As `decode`, for a body that must be a JSON object."""
    value = decode(data, max_depth=max_depth)
    if not isinstance(value, dict):
        raise ProtocolViolation("A JSON object is expected here, in curly braces.")
    return value


def canonical(value: object) -> bytes:
    """The canonical JSON of a value that is known to be canonical (see `check_canonical`).

    Raises ProtocolViolation for what JSON cannot carry at all: lone surrogates, keys that are no strings.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolViolation(f"This value has no canonical JSON: {error}") from None


def check_canonical(value: Any, *, strict_integers: bool = True, max_depth: int = MAX_DEPTH) -> None:
    """Raise ProtocolViolation unless `value` may stand in an event.

    Refused are floats, lone surrogates, keys that are no strings, nesting beyond `max_depth`, anything that is
    no JSON and, if `strict_integers`, integers outside ±(2^53-1).
    """
    kind = type(value)
    if kind is str:
        _check_text(value)
    elif kind is int:
        if strict_integers and not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ProtocolViolation(f"The integer {value} is outside ±(2^53-1); send it as a string.")
    elif kind is dict or kind is list:
        _check_members(value, strict_integers, max_depth)
    elif value is not None and kind is not bool:
        hint = "write an integer or a string" if kind is float else "only JSON values are allowed"
        raise ProtocolViolation(f"A {kind.__name__} cannot stand in an event; {hint}.")


def _check_members(value: Any, strict_integers: bool, depth_left: int) -> None:
    if depth_left <= 0:
        raise _too_deep(MAX_DEPTH)
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                raise ProtocolViolation(f"The key {key!r} is not a string; JSON keys must be strings.")
            _check_text(key)
        value = value.values()
    for member in value:
        # Plain text is by far the most common member, and needs no further call.
        if type(member) is not str or not member.isascii():
            check_canonical(member, strict_integers=strict_integers, max_depth=depth_left - 1)


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ProtocolViolation("A string holds half of a surrogate pair; send whole characters.") from None


def _deeper_than(value: object, max_depth: int) -> bool:
    """Whether containers are nested deeper than this; goes level by level, so that depth costs no stack."""
    level: list[object] = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        level = [inner for outer in level for inner in _containers_in(outer)]
        if not level:
            return False
    return bool(level)


def _containers_in(outer: Any) -> list[object]:
    members = outer.values() if type(outer) is dict else outer
    return [member for member in members if isinstance(member, dict | list)]


def _too_deep(max_depth: int) -> ProtocolViolation:
    return ProtocolViolation(f"The JSON is nested deeper than {max_depth} levels; flatten it.")
