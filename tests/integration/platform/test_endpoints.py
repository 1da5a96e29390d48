"""The page of all operations says what the specification has, and what the server does with each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from scripts.endpoints import NOTES, REFUSED, Operation, operations, page, refusals, served

from tests import spec
from tests.harness import Server

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "endpoints.md"
VERBS = ("get", "put", "post", "delete", "patch")
BODIES: dict[str, Any] = {
    "inviteBy3PID": {
        "id_server": "example.org",
        "id_access_token": "x",
        "medium": "email",
        "address": "customer@example.org",
    },
}
"""What must be asked for the refusal to be about the operation."""
QUERIES = {"peekEvents": "?room_id=%21something"}
"""What tells an operation from another one with the same path."""


async def test_the_page_is_current(server: Server) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(server.app.routes.all), "`make docs` renews it"


@pytest.mark.skipif(not spec.CLIENT_SERVER.is_dir(), reason="the specification is not there")
def test_the_list_is_that_of_the_specification() -> None:
    assert operations() == list(specified())


def specified() -> Any:
    """The operations of the specification's files."""
    for file in sorted(spec.CLIENT_SERVER.glob("*.yaml")):
        document = spec._document(file)
        bases = [server.get("variables", {}).get("basePath", {}).get("default") for server in document["servers"]]
        for path, methods in document["paths"].items():
            for verb, operation in methods.items():
                if verb in VERBS:
                    full = f"{bases[0] or ''}{path}".strip()
                    deprecated = bool(operation.get("deprecated"))
                    yield Operation(file.stem, verb.upper(), full, operation["operationId"], deprecated)


def test_every_entry_is_an_operation() -> None:
    names = [operation.name for operation in operations()]
    assert len(names) == len(set(names))
    assert {*REFUSED, *NOTES} <= set(names)


async def test_what_is_not_done_answers_as_the_page_says(server: Server) -> None:
    alice = await server.register("alice")
    refused = refusals(server.app.routes.all)
    for operation in operations():
        if operation.name not in refused:
            continue
        path = re.sub(r"\{[^}]*\}", "something", operation.path)
        body = None if operation.method == "GET" else BODIES.get(operation.name, {})
        status, answer = await server.request(operation.method, path, body, alice.token)
        wanted = refused[operation.name]
        assert (status, answer["errcode"]) == (wanted.status, wanted.errcode), operation
        assert answer["error"]


async def test_what_is_done_is_known_by_its_path(server: Server) -> None:
    alice, known = await server.register("alice"), served(server.app.routes.all)
    refused = refusals(server.app.routes.all)
    for operation in operations():
        if operation.name in refused:
            continue
        assert operation.key in known
        # None of them needs more than the path to be known: what is wrong with the request is said otherwise.
        path = re.sub(r"\{[^}]*\}", "something", operation.path) + QUERIES.get(operation.name, "")
        status, _, answer = await server.raw(operation.method, path, b"[", {"authorization": f"Bearer {alice.token}"})
        assert status < 500, operation
        assert b"M_UNRECOGNIZED" not in answer, operation
        if operation.name in ("logout", "logout_all"):
            alice = await server.login("alice")


async def test_a_browser_that_is_sent_to_single_sign_on_is_told(server: Server) -> None:
    for path in ("/login/sso/redirect", "/login/sso/redirect/google"):
        full = f"/_matrix/client/v3{path}?redirectUrl=https%3A%2F%2Fapp.example.org"
        status, headers, body = await server.raw("GET", full, headers={"accept": "text/html,*/*;q=0.8"})
        assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert b"user name and password" in body
    _, answer = await server.request("GET", "/login")
    assert "m.login.sso" not in {flow["type"] for flow in answer["flows"]}
