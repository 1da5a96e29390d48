"""The endpoints of SCIM 2.0. RFC 7644"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.scim import rules
from roomkeeper.core.organisation.scim.errors import CONTENT_TYPE, Refused, as_scim
from roomkeeper.core.organisation.scim.groups import Groups
from roomkeeper.core.organisation.scim.models import GROUP, LIST_RESPONSE, USER, Filter, Found, Resource, Search
from roomkeeper.core.organisation.scim.tokens import ACCESS
from roomkeeper.core.organisation.scim.users import Users
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Request, Response
from roomkeeper.platform.http.routes import Endpoint

ROOT = "/scim/v2"
MOST_RESULTS = 500
DEFAULT_COUNT = 100
MAX_INDEX = 2**53 - 1
MOST_ATTRIBUTES = 100

Text = Annotated[str, Meta(max_length=4000)]
Body = dict[str, Any]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is asked for. RFC 7644 §3.4.2"""

    filter: Text = ""
    start_index: str = msgspec.field(default="1", name="startIndex")
    count: str = str(DEFAULT_COUNT)
    sort_by: Text = msgspec.field(default="", name="sortBy")
    sort_order: Text = msgspec.field(default="ascending", name="sortOrder")
    attributes: Text = ""
    excluded_attributes: Text = msgspec.field(default="", name="excludedAttributes")


class ShowQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which attributes are asked for. RFC 7644 §3.9"""

    attributes: Text = ""
    excluded_attributes: Text = msgspec.field(default="", name="excludedAttributes")


class ScimApi:
    """``/scim/v2``."""

    def __init__(self, app: Application, users: Users, groups: Groups) -> None:
        self._app = app
        self._users = users
        self._groups = groups
        self._base = app.settings.effective_base_url + ROOT

    def add_routes(self) -> None:
        """Serve them."""
        self._add("GET", "/ServiceProviderConfig", self.config)
        self._add("GET", "/ResourceTypes", self.types)
        self._add("GET", "/Schemas", self.schemas)
        self._add("GET", "/ResourceTypes/{name}", self.type)
        self._add("GET", "/Schemas/{urn}", self.schema)
        self._add("POST", "/.search", self.search_all)
        for name, methods in (("Users", self._of_users()), ("Groups", self._of_groups())):
            (listed, searched, created), (shown, replaced, patched, deleted) = methods
            self._add("GET", f"/{name}", listed)
            self._add("POST", f"/{name}", created)
            self._add("POST", f"/{name}/.search", searched)
            self._add("GET", f"/{name}/{{id}}", shown)
            self._add("PUT", f"/{name}/{{id}}", replaced)
            self._add("PATCH", f"/{name}/{{id}}", patched)
            self._add("DELETE", f"/{name}/{{id}}", deleted)
        self._add("POST", "/Bulk", self.not_supported)
        self._add("GET", "/Me", self.not_supported)
        self._add("GET", "/{rest*}", self.nothing)

    def _add(self, method: str, path: str, endpoint: Endpoint) -> None:
        self._app.routes.add(method, ROOT + path, endpoint, access=ACCESS, limit=ACCESS, errors=as_scim)

    def _of_users(self) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
        return (
            (self.list_users, self.search_users, self.create_user),
            (self.show_user, self.replace_user, self.patch_user, self.delete_user),
        )

    def _of_groups(self) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
        return (
            (self.list_groups, self.search_groups, self.create_group),
            (self.show_group, self.replace_group, self.patch_group, self.delete_group),
        )

    # ------------------------------------------------------------ discovery

    async def config(self, _request: Request) -> Response:
        """What this server can do."""
        content = (await vocabulary()).service_provider_config(MOST_RESULTS)
        return answer({**content, "meta": self._meta("ServiceProviderConfig", "ServiceProviderConfig")})

    async def types(self, request: Request) -> Response:
        """The types of resources."""
        _refuse_filter(request)
        found = (await vocabulary()).resource_types()
        return listed(Found(len(found), [self._type(each) for each in found.values()]))

    async def type(self, request: Request) -> Response:
        """One type of resources."""
        found = (await vocabulary()).resource_types().get(request.parameters["name"])
        if found is None:
            raise NotFound("There is no such type of resources.")
        return answer(self._type(found))

    async def schemas(self, request: Request) -> Response:
        """The schemas."""
        _refuse_filter(request)
        found = (await vocabulary()).schemas()
        return listed(Found(len(found), [self._schema(each) for each in found.values()]))

    async def schema(self, request: Request) -> Response:
        """One schema."""
        found = (await vocabulary()).schemas().get(request.parameters["urn"])
        if found is None:
            raise NotFound("There is no such schema.")
        return answer(self._schema(found))

    def _type(self, content: Resource) -> Resource:
        return {**content, "meta": self._meta("ResourceType", f"ResourceTypes/{content['id']}")}

    def _schema(self, content: Resource) -> Resource:
        return {**content, "meta": self._meta("Schema", f"Schemas/{content['id']}")}

    def _meta(self, kind: str, path: str) -> Resource:
        return {"resourceType": kind, "location": f"{self._base}/{path}"}

    async def not_supported(self, _request: Request) -> Response:
        """Not supported: see ServiceProviderConfig."""
        raise Refused("This server does not support that: see /ServiceProviderConfig.", code=501)

    async def nothing(self, _request: Request) -> Response:
        """Whatever else is asked for is not there."""
        raise NotFound("There is no such endpoint: see /ResourceTypes.")

    # ------------------------------------------------------------ users

    async def list_users(self, _request: Request, query: ListQuery) -> Response:
        """A page of users."""
        return await self._found_users(await search_of(USER, query))

    async def search_users(self, _request: Request, body: Body) -> Response:
        """A page of users, asked for by a body."""
        return await self._found_users(await search_of(USER, query_of(body)))

    async def _found_users(self, search: Search) -> Response:
        found = await self._users.search(search)
        await self._note("scim.users.list", f"{found.total} found")
        return listed(found, search)

    async def create_user(self, _request: Request, query: ShowQuery, body: Body) -> Response:
        """A new user."""
        resource = (await vocabulary()).written(USER, body, is_new=True)
        return _projected(await self._users.create(resource), query, status=201)

    async def show_user(self, request: Request, query: ShowQuery) -> Response:
        """One user."""
        resource = await self._users.get(request.parameters["id"])
        await self._note("scim.users.read", resource["id"])
        return _unless_known(request, resource, query)

    async def replace_user(self, request: Request, query: ShowQuery, body: Body) -> Response:
        """Make a user what the body says."""
        words = await vocabulary()
        wanted = words.written(USER, body, is_new=False)
        changed = await self._users.change(request.parameters["id"], lambda _before: wanted, _version(request))
        return _projected(changed, query)

    async def patch_user(self, request: Request, query: ShowQuery, body: Body) -> Response:
        """Change some of a user."""
        words = await vocabulary()
        changed = await self._users.change(
            request.parameters["id"], lambda before: words.patched(USER, before, body), _version(request)
        )
        return _projected(changed, query)

    async def delete_user(self, request: Request) -> Response:
        """Let a user depart; there is no such user afterwards."""
        await self._users.delete(request.parameters["id"], _version(request))
        return Response(b"", 204, content_type=CONTENT_TYPE)

    # ------------------------------------------------------------ groups

    async def list_groups(self, _request: Request, query: ListQuery) -> Response:
        """A page of groups."""
        return await self._found_groups(await search_of(GROUP, query))

    async def search_groups(self, _request: Request, body: Body) -> Response:
        """A page of groups, asked for by a body."""
        return await self._found_groups(await search_of(GROUP, query_of(body)))

    async def _found_groups(self, search: Search) -> Response:
        found = await self._groups.search(search, members=wants_members(search.attributes, search.excluded))
        await self._note("scim.groups.list", f"{found.total} found")
        return listed(found, search)

    async def create_group(self, _request: Request, query: ShowQuery, body: Body) -> Response:
        """A new group."""
        resource = (await vocabulary()).written(GROUP, body, is_new=True)
        return _projected(await self._groups.create(resource), query, status=201)

    async def show_group(self, request: Request, query: ShowQuery) -> Response:
        """One group."""
        members = wants_members(_names(query.attributes), _names(query.excluded_attributes))
        resource = await self._groups.get(request.parameters["id"], members=members)
        await self._note("scim.groups.read", resource["id"])
        return _unless_known(request, resource, query)

    async def replace_group(self, request: Request, query: ShowQuery, body: Body) -> Response:
        """Make a group what the body says."""
        resource = (await vocabulary()).written(GROUP, body, is_new=False)
        changed = await self._groups.replace(request.parameters["id"], resource, _version(request))
        return _projected(changed, query)

    async def patch_group(self, request: Request, query: ShowQuery, body: Body) -> Response:
        """Change some of a group. The answer has its members only where attributes are asked for."""
        words, department_id = await vocabulary(), request.parameters["id"]

        def patched(before: Resource, operations: list[Resource]) -> Resource:
            changed: Resource = words.patched(GROUP, before, {**body, "Operations": operations})
            return changed

        def parsed(path: str) -> Filter:
            found: Filter = words.parsed(GROUP, path)
            return found

        version = _version(request) if request.header(b"if-match") else None
        await self._groups.patch(department_id, words.operations_of(body), patched, parsed, version)
        if not query.attributes and not query.excluded_attributes:
            return Response(b"", 204, content_type=CONTENT_TYPE)
        members = wants_members(_names(query.attributes), _names(query.excluded_attributes))
        return _projected(await self._groups.get(department_id, members=members), query)

    async def delete_group(self, request: Request) -> Response:
        """Remove a group; its people stay."""
        version = _version(request) if request.header(b"if-match") else None
        await self._groups.delete(request.parameters["id"], version)
        return Response(b"", 204, content_type=CONTENT_TYPE)

    # ------------------------------------------------------------ both

    async def search_all(self, _request: Request, body: Body) -> Response:
        """A page of users and groups, users first."""
        search = await search_of(None, query_of(body))
        users = await self._users.search(search)
        left = search.count - len(users.resources)
        rest = msgspec.structs.replace(
            search, start_index=max(1, search.start_index - users.total), count=left, sort_by=""
        )
        groups = await self._groups.search(rest, members=wants_members(search.attributes, search.excluded))
        await self._note("scim.search", f"{users.total + groups.total} found")
        return listed(Found(users.total + groups.total, users.resources + groups.resources), search)

    async def _note(self, permission: str, target: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target)
        await self._app.committer.submit(write)


async def vocabulary() -> Any:
    """The module `vocabulary`, imported aside at the first time: that takes half a second."""
    return await asyncio.to_thread(importlib.import_module, "roomkeeper.core.organisation.scim.vocabulary")


async def search_of(kind: str | None, query: ListQuery) -> Search:
    """A query, understood. Raises `Refused`."""
    found = (await vocabulary()).parsed(kind, query.filter) if query.filter else None
    attributes, excluded = _names(query.attributes), _names(query.excluded_attributes)
    if query.sort_order.lower() not in ("ascending", "descending"):
        raise Refused("sortOrder is ascending or descending.", "invalidValue")
    return Search(
        filter=found,
        start_index=max(1, _integer("startIndex", query.start_index)),
        count=min(MOST_RESULTS, max(0, _integer("count", query.count))),
        sort_by=_sort_path(query.sort_by),
        descending=query.sort_order.lower() == "descending",
        attributes=attributes,
        excluded=excluded,
    )


def query_of(body: Body) -> ListQuery:
    """The body of a search as the query that it stands for. Raises `Refused`. RFC 7644 §3.4.3"""
    given = {name: value for name, value in body.items() if name != "schemas" and value is not None}
    for name in ("attributes", "excludedAttributes"):
        if isinstance(given.get(name), list):
            given[name] = ",".join(str(each) for each in given[name])
    for name in ("startIndex", "count"):
        if isinstance(given.get(name), int) and not isinstance(given[name], bool):
            given[name] = str(given[name])
    try:
        return msgspec.convert(given, ListQuery)
    except msgspec.ValidationError as error:
        raise Refused(f"{error}.", "invalidValue") from None


def _integer(name: str, text: str) -> int:
    digits = text.strip()
    if not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit() or len(digits) > 16:
        raise Refused(f"{name} must be an integer.", "invalidValue")
    return min(int(digits), MAX_INDEX)


def _sort_path(path: str) -> str:
    lowered = path.strip().lower()
    for schema in (USER.lower(), GROUP.lower()):
        lowered = lowered.removeprefix(f"{schema}:")
    return lowered.replace("urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:", "enterprise:")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(names) > MOST_ATTRIBUTES:
        raise Refused(f"At most {MOST_ATTRIBUTES} attributes can be named.", "invalidValue")
    return names


def wants_members(attributes: tuple[str, ...], excluded: tuple[str, ...]) -> bool:
    """Whether the members of groups are asked for."""
    names = {name.lower().removeprefix(f"{GROUP.lower()}:") for name in attributes or excluded}
    if attributes:
        return any(name == "members" or name.startswith("members.") for name in names)
    return "members" not in names


def _refuse_filter(request: Request) -> None:
    """RFC 7644 §4: these are not filtered."""
    if request.query("filter") is not None:
        raise Refused("This list is not filtered.", code=403)


def _version(request: Request) -> Callable[[str], None]:
    """Refuses another version than the request means by ``If-Match`` or ``If-None-Match``."""
    wanted, unwanted = request.header_list(b"if-match"), request.header_list(b"if-none-match")

    def check(etag: str) -> None:
        if (wanted is not None and not rules.is_match(wanted, etag)) or rules.is_match(unwanted, etag):
            raise Refused("This has changed meanwhile: read it anew.", code=412)

    return check


def answer(resource: Resource, status: int = 200) -> Response:
    """A resource as an answer, with its version and where it is."""
    headers, meta = [], resource.get("meta", {})
    if "version" in meta:
        headers.append((b"etag", meta["version"].encode()))
    if "location" in meta:
        name = b"location" if status == 201 else b"content-location"
        headers.append((name, meta["location"].encode()))
    return Response(msgspec.json.encode(resource), status, headers, CONTENT_TYPE)


def _projected(resource: Resource, query: ShowQuery, status: int = 200) -> Response:
    whole = answer(resource, status)
    shown = rules.projected(resource, _names(query.attributes), _names(query.excluded_attributes))
    return Response(msgspec.json.encode(shown), status, whole.headers, CONTENT_TYPE)


def _unless_known(request: Request, resource: Resource, query: ShowQuery) -> Response:
    etag = resource["meta"].get("version", "")
    if etag and rules.is_match(request.header_list(b"if-none-match"), etag):
        return Response(b"", 304, [(b"etag", etag.encode())], CONTENT_TYPE)
    return _projected(resource, query)


def listed(found: Found, search: Search | None = None) -> Response:
    """A page as an answer."""
    shown = found.resources
    if search is not None:
        shown = [rules.projected(resource, search.attributes, search.excluded) for resource in shown]
    body = {
        "schemas": [LIST_RESPONSE],
        "totalResults": found.total,
        "startIndex": 1 if search is None else search.start_index,
        "itemsPerPage": len(shown),
        "Resources": shown,
    }
    return Response(msgspec.json.encode(body), content_type=CONTENT_TYPE)
