"""`roomkeeper config api`: the reference page of ``/_roomkeeper/v1``, made of the server's own description."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from roomkeeper.platform.settings import SettingsSource

PREFIX = "/_roomkeeper/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
HEAD = """\
# The administration's endpoints

<!-- Written by `roomkeeper config api`; change the endpoints instead. -->

All of them are below `/_roomkeeper/v1`, and take `Authorization: Bearer` with the access token of somebody who has the
permission, or the token in `instance.json`. A running server tells the same to programs at
`GET /_roomkeeper/v1/openapi.json` (OpenAPI 3.1). What fails is answered as in Matrix: `errcode` and `error`. Why
something is done can be said for the audit log with the header `X-Reason`.
"""


def described() -> dict[str, Any]:
    """The description of a server as it comes."""
    from roomkeeper import __version__
    from roomkeeper.app import build
    from roomkeeper.platform.http.openapi import describe

    with tempfile.TemporaryDirectory() as folder:
        app = build(SettingsSource({}, {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": folder}))
    found = describe(app.routes.all, title="Roomkeeper", version=__version__, url=app.settings.effective_base_url)
    for route in app.routes.all:
        if route.path in found["paths"]:
            found["paths"][route.path][route.method.lower()]["x-permission"] = route.permission
    return found


def page(description: Mapping[str, Any]) -> str:
    """The page, in Markdown."""
    lines, schemas = [HEAD], description["components"]["schemas"]
    area = ""
    for path, operations in sorted(description["paths"].items()):
        if not path.startswith(PREFIX):
            continue
        if (first := path.removeprefix(PREFIX).split("/")[0]) != area:
            area = first
            lines.append(f"## {area}\n")
        for method in METHODS:
            if method in operations:
                lines += _operation(method, path, operations[method], schemas)
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path.removeprefix('/_roomkeeper/v1')}\n"
    yield f"{operation.get('summary', '')}\n"
    if operation.get("x-permission"):
        yield f"Permission: `{operation['x-permission']}`\n"
    elif operation["security"]:
        yield "For everybody who is signed in.\n"
    parameters = [each for each in operation["parameters"] if each["in"] == "query"]
    if parameters:
        yield "| query parameter | type | |\n|---|---|---|"
        for each in parameters:
            yield f"| `{each['name']}` | {_type(each['schema'])} | {_cell(each.get('description', ''))} |"
        yield ""
    body = operation.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        yield from _members("body", body["application/json"]["schema"], schemas)
    elif body:
        yield "Body: bytes.\n"
    answer = operation["responses"]["200"].get("content", {}).get("application/json")
    if answer is not None:
        yield from _members("answer", answer["schema"], schemas)


def _members(what: str, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    shape = _resolved(schema, schemas)
    members = shape.get("properties")
    if not members:
        return
    yield f"| {what} | type | |\n|---|---|---|"
    required = shape.get("required", ())
    for name, member in members.items():
        needed = "required" if what == "body" and name in required else ""
        yield f"| `{name}` | {_type(member)} | {_cell(member.get('description', '') or needed)} |"
    yield ""


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = schemas[reference.rpartition("/")[2]] if reference else schema
    return found


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {})}"
    return str(schema.get("type", "anything"))


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("\n", " ")
