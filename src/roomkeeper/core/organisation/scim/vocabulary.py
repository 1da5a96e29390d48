"""The words of SCIM: schemas, and what requests mean by them. RFC 7643, RFC 7644

Everything of scim2-models is used here. It takes half a second to import, so that this module is imported when the
first request of SCIM comes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import ValidationError
from scim2_models import (
    Context,
    EnterpriseUser,
    Error,
    Group,
    PatchOp,
    ResourceType,
    Schema,
    SCIMException,
    ScimFilter,
    ScimPolicy,
    ServiceProviderConfig,
    User,
)
from scim2_models.path.expressions import (
    AttrPath,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    ValuePath,
)
from scim2_models.path.expressions import Present as PresentNode

from roomkeeper.core.organisation.scim import models
from roomkeeper.core.organisation.scim.errors import Refused
from roomkeeper.core.organisation.scim.models import ENTERPRISE, GROUP, USER, Filter, Resource

FullUser = User[EnterpriseUser]
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""Lenient where providers such as Entra ID are known to send something else than the RFC says."""
READ_ONLY = ("id", "meta", "groups")
"""What the server says is ignored where a client says it. RFC 7644 §3.5.1"""
MOST_OPERATIONS = 1000
LONGEST_FILTER = 4000
MOST_TERMS = 100
TRUTHS = {"true": True, "false": False}


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the library as ours."""
    try:
        with POLICY:
            yield
    except ValidationError as error:
        told = Error.from_validation_errors(error)
        detail = "; ".join(str(each.detail) for each in told[:5])
        raise Refused(detail, told[0].scim_type or "invalidValue", told[0].status or 400) from None
    except SCIMException as error:
        raise Refused(str(error), error.scim_type, error.status) from None
    except RecursionError:
        raise Refused("This is nested too deeply.", "invalidSyntax") from None


# ------------------------------------------------------------ bodies


def written(kind: str, body: Resource, *, is_new: bool) -> Resource:
    """A resource that a client writes whole, checked. Raises `Refused`."""
    context = Context.RESOURCE_CREATION_REQUEST if is_new else Context.RESOURCE_REPLACEMENT_REQUEST
    given = {name: value for name, value in body.items() if name.lower() not in READ_ONLY}
    given.setdefault("schemas", [kind])
    if kind == USER:
        _mend(given)
    with _told():
        return _dumped(_model(kind).model_validate(given, scim_ctx=context))


def patched(kind: str, resource: Resource, body: Resource) -> Resource:
    """A resource as it is after the operations of a PATCH. Raises `Refused`. RFC 7644 §3.5.2"""
    body = _mended(body)
    known = {name: value for name, value in resource.items() if name not in ("meta", "groups")}
    with _told():
        model = _model(kind)
        target = model.model_validate(known)
        patches: Any = PatchOp
        patch = patches[model].model_validate(body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        patch.patch(target)
        return _dumped(target)


def operations_of(body: Resource) -> list[Resource]:
    """The operations of a PATCH, each an object with its name in lower case. Raises `Refused`."""
    operations = next((value for name, value in body.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list) or not operations or len(operations) > MOST_OPERATIONS:
        raise Refused(f"A PATCH needs Operations, {MOST_OPERATIONS} at most.", "invalidSyntax")
    found = []
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("op"), str):
            raise Refused("Each operation needs an op: add, replace or remove.", "invalidSyntax")
        found.append({**operation, "op": operation["op"].lower()})
    return found


def _mended(body: Resource) -> Resource:
    """A PATCH with what Entra ID is known to send put right."""
    operations = copy.deepcopy(operations_of(body))
    for operation in operations:
        path, value = operation.get("path"), operation.get("value")
        if path == "" or path is None:
            operation.pop("path", None)
            if isinstance(value, dict):
                _mend(value)
        elif isinstance(path, str) and "value" in operation:
            operation["value"] = _mended_value(path.lower().removeprefix(f"{USER.lower()}:"), value)
    others = {name: value for name, value in body.items() if name.lower() != "operations"}
    return {**others, "Operations": operations}


def _mended_value(path: str, value: Any) -> Any:
    if path == "active":
        return _truth(value)
    if path.endswith(":manager"):
        return _manager(value)
    if path.endswith(".primary"):
        return _truth(value)
    return value


def _mend(value: Resource) -> None:
    """``active`` as a string, and the manager as one, in an object of attributes."""
    for name in list(value):
        value[name] = _mended_value(name.lower().removeprefix(f"{USER.lower()}:"), value[name])
    extension = value.get(ENTERPRISE)
    if isinstance(extension, dict) and "manager" in extension:
        extension["manager"] = _manager(extension["manager"])


def _manager(value: Any) -> Any:
    """A manager with the reference that the RFC demands: Entra ID sends an id alone."""
    if isinstance(value, str):
        value = {"value": value} if value else None
    if isinstance(value, dict) and isinstance(value.get("value"), str) and "$ref" not in value:
        value = {**value, "$ref": f"../Users/{quote(value['value'], safe='@:')}"}
    return value


def _truth(value: Any) -> Any:
    return TRUTHS.get(value.lower(), value) if isinstance(value, str) else value


def _model(kind: str) -> Any:
    return FullUser if kind == USER else Group


def _dumped(resource: Any) -> Resource:
    return msgspec.json.decode(resource.model_dump_json(), type=dict[str, Any])


# ------------------------------------------------------------ filters


def parsed(kind: str | None, text: str) -> Filter:
    """A filter; `kind` is the resource that it is about (`None`: any). Raises `Refused`. RFC 7644 §3.4.2.2"""
    if len(text) > LONGEST_FILTER:
        raise Refused(f"A filter has {LONGEST_FILTER} characters at most.", "invalidFilter")
    with _told():
        filters: Any = ScimFilter
        found = _filter((filters if kind is None else filters[_model(kind)])(text).ast)
    if count_terms(found) > MOST_TERMS:
        raise Refused(f"A filter has {MOST_TERMS} comparisons at most.", "invalidFilter")
    return found


def count_terms(found: Filter) -> int:
    """How many comparisons a filter has."""
    if isinstance(found, models.Junction):
        return sum(count_terms(each) for each in found.of)
    return count_terms(found.of) if isinstance(found, models.Negation | models.Within) else 1


def _filter(node: FilterNode) -> Filter:
    if isinstance(node, Comparison):
        return models.Compare(_path(node.attr_path), node.op.value, node.value)
    if isinstance(node, PresentNode):
        return models.Present(_path(node.attr_path))
    if isinstance(node, Not):
        return models.Negation(_filter(node.expr))
    if isinstance(node, LogicalExpr):
        return models.Junction(node.op == LogicalOperator.and_, tuple(_filter(term) for term in node.terms))
    if isinstance(node, ValuePath):
        return models.Within(_path(node.attr_path), _filter(node.val_filter))
    raise Refused("This filter is not understood.", "invalidFilter")


def _path(path: AttrPath) -> str:
    name = path.attr.lower() + (f".{path.sub_attr.lower()}" if path.sub_attr else "")
    return f"enterprise:{name}" if path.uri and path.uri.lower() == ENTERPRISE.lower() else name


# ------------------------------------------------------------ discovery


@cache
def schemas() -> dict[str, Resource]:
    """The schemas, by their URN."""
    found = {}
    for model in (User, EnterpriseUser, Group):
        schema: Schema = model.to_schema()
        content = _dumped(schema)
        found[str(content["id"])] = content
    members = next(each for each in found[GROUP]["attributes"] if each["name"] == "members")
    # RFC 7643 §8.7.1 has no name of a member, which could be told but not written.
    members["subAttributes"] = [each for each in members["subAttributes"] if each["name"] != "display"]
    return found


@cache
def resource_types() -> dict[str, Resource]:
    """The types of resources, by their name."""
    user = {
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
        "description": "People",
    }
    group = {"id": "Group", "name": "Group", "endpoint": "/Groups", "schema": GROUP, "description": "Departments"}
    types = [ResourceType.model_validate(each) for each in (user, group)]
    return {str(each.name): _dumped(each) for each in types}


@cache
def service_provider_config(max_results: int) -> Resource:
    """What this server can do. RFC 7643 §5"""
    scheme = {
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "A token that `roomkeeper admin provisioning-token create` has made.",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": True,
    }
    config = {
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": max_results},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [scheme],
    }
    return _dumped(ServiceProviderConfig.model_validate(config))
