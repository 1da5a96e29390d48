"""An organisation to test with: an owner, and people whom they make."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.harness import Client, Server

ROOT = "/_roomkeeper/v1"
PASSWORD = "correct horse battery"


class Office:
    """The owner's view of a server; users are named by the part before the colon."""

    def __init__(self, server: Server, owner: Client) -> None:
        self.server = server
        self.owner = owner

    async def department(self, name: str, parent_id: str | None = None) -> str:
        """A new department's id."""
        body = {"name": name, "parent_id": parent_id}
        return str((await self.owner.post(f"{ROOT}/departments", body))["department_id"])

    async def staff(self, name: str, *departments: str, **more: Any) -> Client:
        """Somebody new of the staff, signed in."""
        body = {"localpart": name, "password": PASSWORD, "departments": list(departments), **more}
        await self.owner.post(f"{ROOT}/people", body)
        return await self.server.login(name, PASSWORD)

    async def give(self, user_id: str, role: str, department_id: str = "") -> None:
        """Give a role."""
        await self.owner.put(f"{person(user_id)}/roles/{role}", department=department_id)

    async def change(self, user_id: str, **what: Any) -> dict[str, Any]:
        """Change somebody."""
        status, answer = await self.owner.attempt("PATCH", person(user_id), what)
        assert status == 200, answer
        return answer


def person(user_id: str) -> str:
    """The path of a person."""
    return f"{ROOT}/people/{quote(user_id, safe='')}"
