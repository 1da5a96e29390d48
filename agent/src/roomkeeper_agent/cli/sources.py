"""What is watched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from roomkeeper_agent import config as configs
from roomkeeper_agent import sources
from roomkeeper_agent.cli.shared import fail, out, say, table, tell
from roomkeeper_agent.config import SECRET, Config, SourceConfig
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.sources.base import Found, Source


def show() -> None:
    """What is watched, and what could be."""
    config = _config()
    made = table("id", "source", "", "settings")
    for each in config.sources:
        made.add_row(each.id, each.source, "" if each.enabled else "off", _settings(each))
    out.print(made if config.sources else "Nothing is watched. See: roomkeeper-agent sources detect")
    say(f"Sources that there are: {', '.join(sources.names())}")


def detect(
    add_all: bool = typer.Option(
        False, "--add", help="Watch everything that is found, but for exported chats: these, one adds one by one."
    ),
) -> None:
    """Look for chat programs on this desktop."""
    config, number, added = _config(), 0, False
    watched = [(each.source, each.settings) for each in config.sources]
    for source in sources.all_sources():
        for found in _found(source):
            if (source.name, found.settings) in watched:
                say(f"{found.title}: is watched.")
                continue
            number += 1
            say(found.title, "bold")
            if add_all and not source.imports:
                added = True
                config = _with(config, source.name, found.settings, "")
            else:
                settings = " ".join(f"--set {name}={_text(value)}" for name, value in found.settings.items())
                say(f"  roomkeeper-agent sources add {source.name} {settings}")
    if not number:
        say("Nothing was found that is not watched.")
    if added:
        _save(config)


def _found(source: type[Source]) -> list[Found]:
    try:
        return source.detect(Path.home())
    except OSError as error:
        say(f"{source.title}: it cannot be told whether it is here: {error}", "yellow")
        return []


def add(
    source: Annotated[str, typer.Argument(help="Which source: see roomkeeper-agent sources list")],
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A setting of it, NAME=VALUE; lists and numbers as JSON. NAME alone (a password) is asked for.",
        ),
    ] = None,
    name: Annotated[str, typer.Option("--id", help="What it is to be called here.")] = "",
) -> None:
    """Watch a program, or import an exported chat."""
    given: dict[str, str] = {}
    for each in setting or []:
        key, separator, value = each.partition("=")
        if not separator and not SECRET.match(key):
            fail(f"--set {each}: write it as NAME=VALUE.")
        # What stands in a command can be read by others while it runs, and in the shell's history.
        given[key] = value if separator else typer.prompt(f"{key} of {source}", hide_input=True)
    try:
        settings = _typed(source, given)
    except (sources.NoSuchSource, sources.WrongSettings) as error:
        fail(str(error))
    _save(_with(_config(), source, settings, name))


def remove(name: str = typer.Argument(help="Its id.")) -> None:
    """Watch something no longer. What was read of it stays."""
    config = _config()
    if all(each.id != name for each in config.sources):
        fail(f"Nothing that is watched is called {name}.")
    left = [each for each in config.sources if each.id != name]
    _save(msgspec.structs.replace(config, sources=left))
    for each in config.sources:
        if each.id == name:
            configs.forget_secrets(Paths.of_user(), each)


def _typed(source: str, given: dict[str, str]) -> dict[str, Any]:
    """Settings by their types: text where that fits, otherwise JSON. Raises `WrongSettings`, `NoSuchSource`."""
    settings: dict[str, Any] = dict(given)
    try:
        sources.make(source, settings)
    except sources.WrongSettings:
        for name, value in given.items():
            try:
                settings[name] = msgspec.json.decode(value)
            except msgspec.DecodeError:
                continue
            if isinstance(settings[name], int | float) and _fits(source, {**settings, name: value}):
                settings[name] = value
        sources.make(source, settings)
    return settings


def _fits(source: str, settings: dict[str, Any]) -> bool:
    try:
        sources.make(source, settings)
    except sources.WrongSettings:
        return False
    return True


def _with(config: Config, source: str, settings: dict[str, Any], name: str) -> Config:
    name = name or configs.free_id(config, source)
    if any(each.id == name for each in config.sources):
        fail(f"Something that is watched is called {name} already.")
    try:
        added = msgspec.convert({"id": name, "source": source, "settings": settings}, SourceConfig)
    except msgspec.ValidationError:
        fail("An id has small letters, digits and . _ - in it, at most 60.")
    say(f"{name} is watched.")
    return msgspec.structs.replace(config, sources=[*config.sources, added])


def _config() -> Config:
    try:
        return configs.load(Paths.of_user())
    except configs.WrongConfig as error:
        fail(str(error))


def _save(config: Config) -> None:
    configs.save(Paths.of_user(), config)
    tell("reload")


def _settings(source: SourceConfig) -> str:
    shown = {name: "…" if SECRET.match(name) else _text(value) for name, value in source.settings.items()}
    shown |= {name: f"… ({kept})" for name, kept in source.secrets.items()}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
