"""The endpoints of departments."""

from __future__ import annotations

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.departments import Departments
from roomkeeper.core.organisation.models import Department
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class DepartmentsApi:
    """``/_roomkeeper/v1/departments``."""

    def __init__(self, departments: Departments, people: People, permissions: Permissions) -> None:
        self._departments = departments
        self._people = people
        self._permissions = permissions

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1/departments"
        routes.privileged("GET", root, self.page, "departments.read")
        routes.privileged("POST", root, self.create, "departments.write")
        routes.privileged("GET", f"{root}/{{departmentId}}", self.get, "departments.read")
        routes.privileged("PATCH", f"{root}/{{departmentId}}", self.change, "departments.write")
        routes.privileged("DELETE", f"{root}/{{departmentId}}", self.delete, "departments.write")
        routes.privileged("GET", f"{root}/{{departmentId}}/people", self.members, "people.read", audited=True)

    async def page(self, _request: Request, query: shapes.PageQuery) -> shapes.Departments:
        """All departments, in the order of their ids."""
        found = list(await self._departments.page(query.from_, query.limit))
        return shapes.Departments(found, found[-1].department_id if len(found) == query.limit else None)

    async def create(self, _request: Request, body: shapes.DepartmentBody) -> Department:
        """Make a department."""
        return await self._departments.create(body.name, body.parent_id, body.external_id)

    async def get(self, request: Request) -> Department:
        """One department."""
        return (await self._departments.tree()).get(request.parameters["departmentId"])

    async def change(self, request: Request, body: shapes.DepartmentChange) -> Department:
        """Rename a department, or move it under another."""
        return await self._departments.change(
            request.parameters["departmentId"],
            name=body.name,
            parent_id=body.parent_id,
            external_id=body.external_id,
        )

    async def delete(self, request: Request) -> Response:
        """Remove a department under which no others lie; its people stay."""
        await self._departments.delete(request.parameters["departmentId"])
        return EMPTY

    async def members(self, request: Request, query: shapes.PageQuery) -> shapes.Members:
        """The people in a department itself."""
        department_id = request.parameters["departmentId"]
        if not (await self._permissions.scope(request.actor, "people.read")).includes([department_id]):
            raise Forbidden("This department is not one of yours.")
        user_ids = await self._departments.members(department_id, query.from_, query.limit)
        found = await self._people.find_several(user_ids)
        people = [found[user_id] for user_id in user_ids if user_id in found]
        return shapes.Members(people, user_ids[-1] if len(user_ids) == query.limit else None)
