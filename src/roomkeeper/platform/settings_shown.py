"""Settings as people are shown them: values without secrets, types in words; and the endpoint that shows them."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.platform.settings import SettingField, Settings, fields_of

SECRET_NAME = re.compile(r"(^|_)(secret|token|password|key)$")
PASSWORD_IN_URL = re.compile(r"(?<=://)[^/@]*@")


class Setting(msgspec.Struct, frozen=True):
    """A setting that the server runs with. `value` and `default` are as TOML writes them, secrets hidden; `origin` is
    default, file, environment or code. No `default`: it must be set."""

    name: str
    environment: str
    value: str
    default: str | None
    origin: str
    type: str
    description: str


class Section(msgspec.Struct, frozen=True):
    """The settings of one part of the server; no `name`: they stand at the top of the file."""

    name: str
    description: str
    settings: list[Setting]


class ShownSettings(msgspec.Struct, frozen=True):
    """All settings, section by section, in the order of the reference page."""

    sections: list[Section]


def install(app: Application, kinds: Iterable[type[Settings]]) -> None:
    """Serve them to those who may see them. They do not change while the server runs."""
    shown = ShownSettings([_section(app, kind) for kind in kinds])

    async def show(_request: Request) -> ShownSettings:
        """What the server runs with, without secrets. It is changed in the file or environment, and by a restart."""
        return shown

    app.routes.privileged("GET", "/_roomkeeper/v1/settings", show, "settings.read")


def _section(app: Application, kind: type[Settings]) -> Section:
    values = app.source.section(kind)
    found = [
        Setting(
            name=field.name,
            environment=field.environment,
            value=shown_value(field, getattr(values, field.name)),
            default=None if field.default is msgspec.NODEFAULT else toml_value(field.default),
            origin=app.source.origin(field),
            type=describe_type(field.type),
            description=field.description,
        )
        for field in fields_of(kind)
    ]
    return Section(kind.section, str(kind.__doc__), found)


def shown_value(field: SettingField, value: Any) -> str:
    """The value as an administrator may see it: secrets are hidden."""
    if value and SECRET_NAME.search(field.name):
        return "(hidden)"
    return PASSWORD_IN_URL.sub("(hidden)@", toml_value(value))


def full_name(field: SettingField) -> str:
    """The setting with its section."""
    return f"{field.section}.{field.name}" if field.section else field.name


def describe_type(hint: Any) -> str:
    """The type of a setting in words, with its bounds."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return describe_type(arguments[0]) + _bounds(arguments[1:])
    if origin is Literal:
        return " or ".join(f'"{choice}"' for choice in arguments)
    if origin is tuple:
        return "list of texts"
    if origin in (Union, types.UnionType):
        return " or ".join(describe_type(argument) for argument in arguments if argument is not type(None))
    return {str: "text", int: "integer", float: "number", bool: "true or false"}.get(hint, "value")


def _bounds(metas: tuple[Any, ...]) -> str:
    for meta in metas:
        least, most = getattr(meta, "ge", None), getattr(meta, "le", None)
        if least is not None and most is not None:
            return f" from {least} to {most}"
        if least is not None:
            return f" of at least {least}"
        if most is not None:
            return f" of at most {most}"
    return ""


def toml_value(value: Any) -> str:
    """A value as TOML writes it, which for all that settings hold is as JSON does."""
    return msgspec.json.encode(value).decode()
