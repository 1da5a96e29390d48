"""What an endpoint takes and answers, told by its signature: the server decodes it, the description is made of it.

    async def create(request: Request, query: Page, body: NewDepartment) -> Department

`query` and `body`, where an endpoint has them, are Structs (a body may be any type that msgspec knows).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_type_hints

import msgspec

from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http.request import Request

NAMES = ("query", "body")


class Shapes(msgspec.Struct, frozen=True):
    """The types of an endpoint's query parameters and body, `None` where it takes none as such."""

    query: type[msgspec.Struct] | None
    body: Any

    def of(self, request: Request) -> dict[str, Any]:
        """What the endpoint is to be called with. Raises `InvalidParameter`, `NotJson`, `BadJson`."""
        arguments: dict[str, Any] = {}
        if self.query is not None:
            arguments["query"] = query_of(request, self.query)
        if self.body is not None:
            arguments["body"] = request.json(self.body)
        return arguments


def shapes_of(endpoint: Callable[..., Any]) -> Shapes | None:
    """What an endpoint takes besides the request; `None` where that is nothing."""
    names = [name for name in inspect.signature(endpoint).parameters if name in NAMES]
    if not names:
        return None
    hints = get_type_hints(endpoint, include_extras=True)
    return Shapes(hints.get("query"), hints.get("body"))


def answer_of(endpoint: Callable[..., Any]) -> Any:
    """The type of an endpoint's answer, `Any` where it does not say."""
    try:
        return get_type_hints(endpoint, include_extras=True).get("return", Any)
    except NameError:  # a name that is imported for the type checker alone
        return Any


def query_of(request: Request, shape: type[msgspec.Struct]) -> msgspec.Struct:
    """The query parameters as a Struct; those that it does not name are left aside. Raises `InvalidParameter`."""
    given: dict[str, Any] = {}
    for name, is_list in fields_of(shape):
        values = request.query_all(name)
        if values:
            given[name] = values if is_list else values[0]
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidParameter(f"The query parameters are not valid: {error}.") from None


@lru_cache(maxsize=512)
def fields_of(shape: type[msgspec.Struct]) -> list[tuple[str, bool]]:
    """The names of a Struct's fields, and whether each takes several values."""
    several = (msgspec.inspect.ListType, msgspec.inspect.VarTupleType, msgspec.inspect.SetType)
    described = msgspec.inspect.type_info(shape)
    assert isinstance(described, msgspec.inspect.StructType)
    return [(field.encode_name, _has(field.type, several)) for field in described.fields]


def _has(kind: msgspec.inspect.Type, wanted: tuple[type, ...]) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(_has(member, wanted) for member in kind.types)
    if isinstance(kind, msgspec.inspect.Metadata):
        return _has(kind.type, wanted)
    return isinstance(kind, wanted)
