"""The server's own description of its endpoints (OpenAPI 3.1), made from the routes and the signatures of endpoints."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.platform.http.request import Response, StreamedResponse
from roomkeeper.platform.http.routes import Route
from roomkeeper.platform.http.shapes import answer_of

VERSION = "3.1.0"
SCHEMAS = "#/components/schemas/{name}"
ERROR = {
    "type": "object",
    "required": ["errcode", "error"],
    "properties": {
        "errcode": {"type": "string", "description": "A code for programs, such as M_FORBIDDEN."},
        "error": {"type": "string", "description": "What is wrong and what to do, for people."},
    },
}
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "user": [{"access_token": []}],
    "optional": [{"access_token": []}, {}],
    "operator": [{"operator_token": []}],
    "public": [],
    "provisioning": [{"provisioning_token": []}],
}
SCHEMES = {
    "access_token": {"type": "http", "scheme": "bearer", "description": "The access token of a signed-in user."},
    "operator_token": {"type": "http", "scheme": "bearer", "description": "The token in instance.json."},
    "provisioning_token": {"type": "http", "scheme": "bearer", "description": "A token for provisioning (SCIM)."},
}
PARAMETER = re.compile(r"\{(\w+)([*?]?)\}")


def describe(routes: Iterable[Route], *, title: str, version: str, url: str) -> dict[str, Any]:
    """The description of these routes."""
    described = sorted(routes, key=lambda route: (route.path, route.method))
    schemas, components = _schemas(described)
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        path = PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {"schemas": {**components, "Error": ERROR}, "securitySchemes": SCHEMES},
    }


def _operation(route: Route, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    summary, _, rest = inspect.cleandoc(route.endpoint.__doc__ or "").partition("\n")
    described: dict[str, Any] = {
        "operationId": _identifier(route),
        "tags": [_area(route)],
        "security": SECURITY[route.access],
        "parameters": _parameters(route),
        "responses": {
            "200": _answer(route, schemas),
            "default": _json("An error.", {"$ref": SCHEMAS.format(name="Error")}),
        },
    }
    if summary:
        described["summary"] = summary
    if rest.strip():
        described["description"] = rest.strip()
    if route.streams:
        described["requestBody"] = {"content": {"*/*": {}}}
    elif route.shapes is not None and route.shapes.body is not None:
        described["requestBody"] = {"content": {"application/json": {"schema": schemas[route.shapes.body]}}}
    return described


def _identifier(route: Route) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", route.path).rstrip("_")
    return f"{route.method.lower()}{words}{'_slash' if route.path.endswith('/') else ''}"


def _area(route: Route) -> str:
    """The package that an endpoint belongs to, such as ``rooms``."""
    parts = route.endpoint.__module__.split(".")
    return parts[2] if len(parts) > 2 else parts[-1]


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name, _ in PARAMETER.findall(route.path)
    ]
    if route.shapes is not None and route.shapes.query is not None:
        shape = msgspec.json.schema(route.shapes.query)
        members = _resolved(shape)
        required = members.get("required", ())
        for name, schema in members["properties"].items():
            parameter = {"name": name, "in": "query", "required": name in required, "schema": schema}
            if "description" in schema:
                parameter["description"] = schema["description"]
            found.append(parameter)
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    found = schema["$defs"][reference.rpartition("/")[2]] if reference else schema
    assert isinstance(found, dict)
    return found


def _answer(route: Route, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    answer = answer_of(route.endpoint)
    if answer is StreamedResponse:
        return {"description": "Done.", "content": {"*/*": {}}}
    if answer in (Response, Any) or answer not in schemas:
        return _json("Done.", {"type": "object"}) if answer is not Response else {"description": "Done."}
    return _json("Done.", schemas[answer])


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _schemas(routes: Sequence[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The schema of each type that endpoints take or answer, and those that these refer to."""
    types: list[Any] = []
    for route in routes:
        if route.shapes is not None and route.shapes.body is not None:
            types.append(route.shapes.body)
        answer = answer_of(route.endpoint)
        if answer not in (Response, StreamedResponse, Any, None, type(None)) and _is_known(answer):
            types.append(answer)
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(unique, ref_template=SCHEMAS)
    return dict(zip(unique, schemas, strict=True)), dict(components)


def _is_known(kind: Any) -> bool:
    try:
        msgspec.json.schema(kind)
    except TypeError:  # something that has no schema, such as a union with `Response`
        return False
    return True
