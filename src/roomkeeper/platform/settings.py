"""Settings: one frozen, typed class for each package; from a TOML file, and the environment over it.

Every field says what it is for, in which unit and bounds; the reference page and the example file come from that.
Unknown keys stop the start, since a misspelt setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

import msgspec

ENVIRONMENT_PREFIX = "ROOMKEEPER_"
CONFIG_FILE = "ROOMKEEPER_CONFIG"
"""Names the TOML file."""


class SettingsError(Exception):
    """The settings cannot be used; the message says which, and what to do."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a package's settings. `section` is its table in the TOML file; the server's own stand at the top."""

    section: ClassVar[str] = ""


AnySettings = TypeVar("AnySettings", bound=Settings)


class SettingField(msgspec.Struct, frozen=True):
    """One setting, as the documentation shows it."""

    section: str
    name: str
    environment: str
    type: Any
    default: Any
    """`msgspec.NODEFAULT` where it is required."""
    description: str


def fields_of(kind: type[Settings]) -> list[SettingField]:
    """The settings of one class, in order."""
    hints = get_type_hints(kind, include_extras=True)
    result = []
    for field in msgspec.structs.fields(kind):
        metas = [argument for argument in get_args(hints[field.name]) if isinstance(argument, msgspec.Meta)]
        extra = next((meta.extra for meta in metas if meta.extra), None) or {}
        description = next((meta.description for meta in metas if meta.description), "") or ""
        prefix = f"{kind.section}_" if kind.section else ""
        environment = extra.get("env", f"{ENVIRONMENT_PREFIX}{prefix}{field.name}".upper())
        result.append(SettingField(kind.section, field.name, environment, field.type, field.default, description))
    return result


class SettingsSource:
    """What the file and the environment say, handed out section by section."""

    def __init__(self, document: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._document = document
        self._environment = environment
        self._known: list[SettingField] = []
        self._overrides: dict[str, Any] = {}

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None) -> SettingsSource:
        """Read the TOML file (the one that ``ROOMKEEPER_CONFIG`` names where `file` is absent) and the environment."""
        environment = os.environ if environment is None else environment
        name = file or (Path(environment[CONFIG_FILE]) if environment.get(CONFIG_FILE) else None)
        if name is None:
            return cls({}, environment)
        try:
            return cls(tomllib.loads(name.read_text(encoding="utf-8")), environment)
        except OSError as error:
            raise SettingsError(f"The settings file {name} cannot be read: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"The settings file {name} is not valid TOML: {error}.") from None

    def override(self, **values: Any) -> SettingsSource:
        """Set top-level settings from code (the demo does); they go before file and environment."""
        self._overrides.update(values)
        return self

    def section(self, kind: type[AnySettings]) -> AnySettings:
        """The settings of one package. Raises `SettingsError` with the name of what is wrong."""
        fields = fields_of(kind)
        self._known += fields
        table = self._document.get(kind.section, {}) if kind.section else self._top_level()
        if not isinstance(table, Mapping):
            raise SettingsError(f"[{kind.section}] in the settings file must be a table.")
        values = dict(table)
        for field in fields:
            if (text := self._environment.get(field.environment)) is not None and text != "":
                values[field.name] = _from_text(text, field)
        if not kind.section:
            values.update(self._overrides)
        try:
            return msgspec.convert(values, kind, strict=True)
        except msgspec.ValidationError as error:
            raise SettingsError(_explain(str(error), kind, fields)) from None

    def origin(self, field: SettingField) -> str:
        """Where the value of a setting comes from: code, environment, file or default."""
        if not field.section and field.name in self._overrides:
            return "code"
        if self._environment.get(field.environment):
            return "environment"
        table = self._document.get(field.section, {}) if field.section else self._top_level()
        return "file" if field.name in table else "default"

    def check_unknown(self) -> None:
        """Stop on a section or an environment variable that no package declared. Call it when all have."""
        sections = {field.section for field in self._known}
        for name, value in self._document.items():
            if isinstance(value, Mapping) and name not in sections:
                raise SettingsError(
                    f"The settings file has a section [{name}] that nothing reads. Known: {sorted(sections - {''})}."
                )
        known = {field.environment for field in self._known} | {CONFIG_FILE}
        for name in self._environment:
            if name.startswith(ENVIRONMENT_PREFIX) and name not in known:
                raise SettingsError(
                    f"The environment variable {name} is not a setting. Known: {', '.join(sorted(known))}."
                )

    def _top_level(self) -> dict[str, Any]:
        return {name: value for name, value in self._document.items() if not isinstance(value, Mapping)}


def _from_text(text: str, field: SettingField) -> Any:
    hint = field.type
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    value: Any = [part.strip() for part in text.split(",") if part.strip()] if get_origin(plain) is tuple else text
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{field.environment}: {error}. {field.description}") from None


def _explain(message: str, kind: type[Settings], fields: list[SettingField]) -> str:
    """msgspec's message with the names that an administrator knows."""
    where = f"in section [{kind.section}]" if kind.section else "at the top"
    if "missing required field" in message:
        name = message.split("`")[1]
        field = next(field for field in fields if field.name == name)
        return f"{field.environment} (or `{name}` {where} of the settings file) is required: {field.description}"
    return f"Settings {where}: {message}."
