"""`roomkeeper config …`: the settings in force, an example file, the reference page; all from the settings classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from roomkeeper.commands.failures import check_server_name
from roomkeeper.commands.terminal import console, table
from roomkeeper.platform.application import ServerSettings
from roomkeeper.platform.settings import SettingField, Settings, SettingsSource, fields_of
from roomkeeper.platform.settings_shown import describe_type, full_name, shown_value, toml_value


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
        yield f"# {field.name} = {toml_value(field.default)}"
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
    default = "required" if field.default is msgspec.NODEFAULT else f"`{toml_value(field.default)}`"
    cells = (f"`{field.name}`<br>`{field.environment}`", field.description, describe_type(field.type), default)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
