"""Every answer that a test gets, held against the Matrix specification's own OpenAPI and event schemas.

The schemas are in ``../shared/matrix-spec`` beside the repository; where that folder is absent nothing is checked, and
the test run says so once. Files are read, and references put in place, only for the operations that are asked for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import yaml

SPEC = Path(__file__).resolve().parents[2] / "shared" / "matrix-spec"
CLIENT_SERVER = SPEC / "api" / "client-server"
EVENTS = SPEC / "event-schemas" / "schema"

MADE_BY_SERVER = frozenset(
    {"m.room.create", "m.room.member", "m.room.redaction", "m.typing", "m.receipt", "m.presence", "m.fully_read"}
)
"""Events whose content the server makes or checks; that of others is the sender's own affair."""
ECHOES = frozenset({"/user/{userId}/rooms/{roomId}/tags"})
"""Paths whose answers are what clients put there, right or wrong."""
NOT_A_SCHEMA = frozenset({"description", "title", "example", "examples", "deprecated"})
_PATH = re.compile(r"""^  ["']?(/[^"'\s]*)["']?:\s*$""", re.MULTILINE)
_BASE = re.compile(r"^        default: (/_matrix\S*)$", re.MULTILINE)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SpecViolation(AssertionError):
    """An answer is not as the specification says."""


def check(method: str, path: str, status: int, body: object, *, contents: bool = True) -> None:
    """Raise `SpecViolation` where an answer to `method` `path` breaks its schema.

    `contents`: look into the content of those events, too, that the server is responsible for.
    """
    if not available():
        return
    path = urlsplit(path).path
    if status >= 400:
        _check_error(method, path, status, body)
    operation = find_operation(method, path)
    if operation is None or operation[1] in ECHOES:
        return
    errors = [*operation_errors(operation, status, body), *(event_errors(body) if contents and status == 200 else ())]
    if errors:
        raise SpecViolation(f"{method} {path} -> {status}: " + "; ".join(errors[:5]))


@cache
def available() -> bool:
    """Whether the specification is there; a warning says once that it is not."""
    if CLIENT_SERVER.is_dir():
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn(f"{SPEC} is absent: answers are not checked against it", stacklevel=2)
    return False


# ---------------------------------------------------------------- operations

Operation = tuple[Path, str, str]
"""A file, a path in it, a method."""


def find_operation(method: str, path: str) -> Operation | None:
    """The operation that the specification has for a request, if it has one."""
    segments = path.split("/")
    best: tuple[int, Operation] | None = None
    for template, file, name in _templates().get(len(segments), ()):
        if not all(wanted == found or wanted[:1] == "{" for wanted, found in zip(template, segments, strict=True)):
            continue
        literal = sum(segment[:1] != "{" for segment in template)
        if method.lower() in _methods(file, name) and (best is None or literal > best[0]):
            best = literal, (file, name, method.lower())
    return best[1] if best else None


def operation_errors(operation: Operation, status: int, body: Any) -> list[str]:
    """What is wrong with the body of an answer."""
    validator = _validator(*operation, str(status))
    if validator is None:
        return [f"the specification has no answer {status} here"] if status < 400 else []
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]


def _check_error(method: str, path: str, status: int, body: object) -> None:
    known = isinstance(body, dict) and all(isinstance(body.get(key), str) for key in ("errcode", "error"))
    # spec: client-server §User-Interactive Authentication API: the first 401 lists the flows and is no error
    asks_for_more = status == 401 and isinstance(body, dict) and "flows" in body
    if not known and not asks_for_more:
        raise SpecViolation(f"{method} {path} -> {status}: not a standard error: {body!r}")


@cache
def _templates() -> dict[int, list[tuple[list[str], Path, str]]]:
    """All paths of the specification, split, by their number of segments; read without parsing the files."""
    found: dict[int, list[tuple[list[str], Path, str]]] = {}
    for file in sorted(CLIENT_SERVER.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        base = _BASE.search(text)
        for name in _PATH.findall(text):
            template = f"{base[1] if base else ''}{name}".split("/")
            found.setdefault(len(template), []).append((template, file, name))
    return found


@cache
def _methods(file: Path, name: str) -> frozenset[str]:
    return frozenset(_document(file)["paths"].get(name, ()))


@cache
def _validator(file: Path, name: str, method: str, status: str) -> jsonschema.protocols.Validator | None:
    document = _document(file)
    responses = document["paths"][name][method]["responses"]
    response = responses.get(status) or responses.get(f"{status[0]}XX")
    if response is None:
        return None
    response = _inline(response, file, ())
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return jsonschema.Draft202012Validator(schema)


# ---------------------------------------------------------------- events


def event_errors(body: object) -> Iterator[str]:
    """What is wrong with the contents of the events anywhere in a body."""
    for event in _events(body):
        if event["type"] not in MADE_BY_SERVER or "redacted_because" in (event.get("unsigned") or ()):
            continue
        validator = _content_validator(event["type"])
        if validator is not None:
            for error in validator.iter_errors(event["content"]):
                yield f"{event['type']}.content: {error.json_path}: {error.message[:300]}"


def _events(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _events(item)
    elif isinstance(value, dict):
        if isinstance(value.get("type"), str) and isinstance(value.get("content"), dict):
            yield value
        else:
            for item in value.values():
                yield from _events(item)


@cache
def _content_validator(event_type: str) -> jsonschema.protocols.Validator | None:
    file = EVENTS / f"{event_type}.yaml"
    if not file.exists():
        return None
    schema = _inline(_document(file), file, ())
    return jsonschema.Draft202012Validator(schema.get("properties", {}).get("content", {}))


# ---------------------------------------------------------------- files


@cache
def _document(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), _Loader)


def _inline(schema: Any, file: Path, seen: tuple[str, ...]) -> Any:
    """The schema with its references put in place, without prose; a reference to itself allows anything."""
    if isinstance(schema, list):
        return [_inline(item, file, seen) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        # The specification writes oneOf also where several fit: "any object, or an event".
        return {
            "anyOf" if key == "oneOf" else key: {name: _inline(item, file, seen) for name, item in value.items()}
            if key in ("properties", "patternProperties") and isinstance(value, dict)
            else _inline(value, file, seen)
            for key, value in schema.items()
            if key not in NOT_A_SCHEMA
        }
    name, _, pointer = reference.partition("#")
    target = (file.parent / name).resolve() if name else file
    place = f"{target}#{pointer}"
    if place in seen:
        return {}
    found = _document(target)
    for part in filter(None, pointer.split("/")):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    others = {key: value for key, value in schema.items() if key != "$ref"}
    referred = _inline(found, target, (*seen, place))
    return {"allOf": [referred, _inline(others, file, seen)]} if others.keys() - NOT_A_SCHEMA else referred
