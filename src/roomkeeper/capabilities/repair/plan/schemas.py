"""JSON Schemas of tracking points: which of JSON Schema a plan may use, and checking events against them.

What may be used is bounded: nothing is fetched (``$ref``), no expression runs away (``pattern``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs

KEYWORDS: Final = frozenset(
    {
        "$schema",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "items",
        "minItems",
        "maxItems",
        "title",
        "description",
        "examples",
        "anyOf",
    }
)
MOST_DEPTH: Final = 6
MOST_DRIFT: Final = 5
"""Departures from the plan that are kept of one event."""
CHARACTERS: Final = 120
LENGTH: Final = re.compile(r"[^\w/.-]")


class Schema:
    """A schema, ready to check with."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Raises `ValueError` where it is no JSON Schema; check `problems` before."""
        self._validator = jsonschema_rs.Draft202012Validator(schema)

    def drift(self, properties: dict[str, Any]) -> tuple[str, ...]:
        """How properties depart from it: ``path: keyword``, and never a value, which may be personal."""
        if self._validator.is_valid(properties):
            return ()
        found = []
        for error in self._validator.iter_errors(properties):
            path = "/".join(LENGTH.sub("?", str(part)) for part in error.instance_path) or "."
            found.append(f"{path}: {error.schema_path[-1] if error.schema_path else 'schema'}"[:CHARACTERS])
            if len(found) == MOST_DRIFT:
                break
        return tuple(found)


def problems(schema: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a schema, in words."""
    wrong = list(_outside(schema, 0))
    yield from wrong
    if schema.get("type", "object") != "object":
        yield "the schema is of an event's properties: its type is object"
    if not wrong:
        try:
            Schema(schema)
        except ValueError as error:
            yield f"it is no JSON Schema: {str(error).splitlines()[0][:CHARACTERS]}"


def _outside(schema: Any, depth: int) -> Iterator[str]:
    """What it uses of JSON Schema that plans may not."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield "a schema is an object, or true or false"
        return
    if depth > MOST_DEPTH:
        yield f"it is nested more than {MOST_DEPTH} deep"
        return
    yield from (f"the keyword {keyword} cannot be used" for keyword in schema if keyword not in KEYWORDS)
    properties = schema.get("properties", {})
    for each in properties.values() if isinstance(properties, dict) else ():
        yield from _outside(each, depth + 1)
    for name in ("additionalProperties", "items"):
        if name in schema:
            yield from _outside(schema[name], depth + 1)
    for each in schema.get("anyOf", ()) if isinstance(schema.get("anyOf", ()), list) else ():
        yield from _outside(each, depth + 1)
