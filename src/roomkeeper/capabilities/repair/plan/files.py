"""The tracking plans that come with the server: one TOML file for each kind, in `kinds/`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec

from roomkeeper.capabilities.repair.models import Kind
from roomkeeper.platform.errors import InvalidParameter

MOST_BYTES: Final = 128 * 1024
"""Of one kind's plan."""


@lru_cache(maxsize=1)
def shipped() -> dict[str, Kind]:
    """The plans of this version of the server, by kind."""
    folder = resources.files(__package__) / "kinds"
    found = [parse_toml(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".toml")]
    return {kind.kind: kind for kind in sorted(found, key=lambda kind: kind.kind)}


def parse_toml(text: str) -> Kind:
    """A plan as its file has it. Raises `InvalidParameter`, saying where."""
    try:
        return msgspec.convert(tomllib.loads(text), Kind)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidParameter(f"The plan is not valid TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise InvalidParameter(f"The plan is not of the right shape: {error}.") from None
