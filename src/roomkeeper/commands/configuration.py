"""`roomkeeper config …`: the settings in force, an example file, the reference page; all from the settings classes."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from roomkeeper.commands.failures import check_server_name
from roomkeeper.commands.terminal import console, table
from roomkeeper.platform.application import ServerSettings
from roomkeeper.platform.settings import SettingField, Settings, SettingsSource, fields_of

SECRET_NAME = re.compile(r"(^|_)(secret|token|password|key)$")
PASSWORD_IN_URL = re.compile(r"(?<=://)[^/@]*@")


def check(config: Path | None, kinds: list[type[Settings]]) -> SettingsSource:
    """Read all settings. Raises `SettingsError` for the first that cannot be used."""
    source = SettingsSource.load(config)
    for kind in kinds:
        settings = source.section(kind)
        if isinstance(settings, ServerSettings):
            check_server_name(settings.server_name)
    source.check_unknown()
    return source


def show(config: Path | None, kinds: list[type[Settings]]) -> None:
    """Print every setting with its value and where that comes from."""
    source = check(config, kinds)
    lines = table("Setting", "Value", "From")
    for kind in kinds:
        settings = source.section(kind)
        for field in fields_of(kind):
            shown = shown_value(field, getattr(settings, field.name))
            lines.add_row(full_name(field), shown, source.origin(field))
    console.print(lines, markup=False)


def shown_value(field: SettingField, value: Any) -> str:
    """The value as an administrator may see it: secrets are hidden."""
    if value and SECRET_NAME.search(field.name):
        return "(hidden)"
    return PASSWORD_IN_URL.sub("(hidden)@", _toml(value))


def example(kinds: list[type[Settings]]) -> str:
    """A settings file (TOML) with every setting, its default commented out."""
    lines = ["# Settings of Roomkeeper. Each can also be set by the environment variable named beside it.", ""]
    for kind in kinds:
        if kind.section:
            lines += [f"# {kind.__doc__}", f"[{kind.section}]", ""]
        for field in fields_of(kind):
            lines += _example_lines(field)
    return "\n".join(lines).rstrip() + "\n"


def _example_lines(field: SettingField) -> Iterator[str]:
    yield f"# {field.description}"
    yield f"# {describe_type(field.type)}; {field.environment}"
    if field.default is msgspec.NODEFAULT:
        yield f'{field.name} = "example.org"'
    else:
        yield f"# {field.name} = {_toml(field.default)}"
    yield ""


def reference(kinds: list[type[Settings]]) -> str:
    """The reference page, in Markdown."""
    lines = [
        "# Settings",
        "",
        "<!-- Written by `roomkeeper config reference`; change the settings classes instead. -->",
        "",
        "Settings come from a TOML file (`--config FILE` or `ROOMKEEPER_CONFIG`) and from the environment, which goes",
        "first. Unknown settings stop the start.",
    ]
    for kind in kinds:
        title = f"`[{kind.section}]`" if kind.section else "At the top of the file"
        lines += ["", f"## {title}", "", str(kind.__doc__), "", "| setting | what it is for | type | default |"]
        lines += ["|---|---|---|---|", *(_reference_row(field) for field in fields_of(kind))]
    return "\n".join(lines) + "\n"


def _reference_row(field: SettingField) -> str:
    default = "required" if field.default is msgspec.NODEFAULT else f"`{_toml(field.default)}`"
    cells = (f"`{field.name}`<br>`{field.environment}`", field.description, describe_type(field.type), default)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


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


def _toml(value: Any) -> str:
    """A value as TOML writes it, which for all that settings hold is as JSON does."""
    return msgspec.json.encode(value).decode()
