"""A client of SCIM, as an identity provider is one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.harness import Server
from tests.integration.accounts.operator import operator

ROOT = "/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def kind(self) -> tuple[int, str | None]:
        """Status and scimType of an error."""
        return self.status, self.body.get("scimType")


class Scim:
    """Somebody with a token for provisioning."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self.token = token

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; headers are named with underscores."""
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/scim+json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        status, answered, answer = await self.server.raw(method, ROOT + path, content, sent)
        if status not in (204, 304):
            assert answered["content-type"] == "application/scim+json", (status, answer)
        return Answer(status, answered, json.loads(answer) if answer else {})

    async def create(self, user_name: str, **more: Any) -> dict[str, Any]:
        """A new user."""
        answer = await self.ask("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})
        assert answer.status == 201, answer
        return answer.body

    async def group(self, name: str, *members: str) -> dict[str, Any]:
        """A new group."""
        body = {"displayName": name, "members": [{"value": each} for each in members]}
        answer = await self.ask("POST", "/Groups", body)
        assert answer.status == 201, answer
        return answer.body

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What is there."""
        answer = await self.ask("GET", f"{path}?{urlencode(query)}" if query else path)
        assert answer.status == 200, answer
        return answer.body

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Answer:
        """Do some operations."""
        return await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": operations}, **headers)

    async def names(self, text: str, kind: str = "Users", **query: Any) -> list[str]:
        """The names of those whom a filter finds."""
        found = await self.get(f"/{kind}", filter=text, **query)
        return [each.get("userName") or each["displayName"] for each in found["Resources"]]


def at(resource: dict[str, Any], kind: str = "Users") -> str:
    """The path of a resource."""
    return f"/{kind}/{quote(resource['id'], safe='')}"


async def scim_of(server: Server, name: str = "idp") -> Scim:
    """A client with a new token."""
    status, made = await operator(server, "POST", "/provisioning_tokens", {"name": name})
    assert status == 200, made
    return Scim(server, made["token"])
