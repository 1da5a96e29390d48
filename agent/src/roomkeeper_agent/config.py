"""What is watched on this desktop, and how: ~/.config/roomkeeper-agent/agent.toml, which commands write, or people.

Passwords and tokens of sources do not stand there: they are moved to where secrets are kept.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import tomli_w
from msgspec import Meta

from roomkeeper_agent.keyring import Kept, Secret
from roomkeeper_agent.paths import Paths, private_folder, write_private

IDENTIFIER: Final = r"\A[a-z0-9][a-z0-9._-]{0,59}\Z"
SECRET: Final = re.compile(r"\A[a-z0-9_]*(?:password|token|secret)[a-z0-9_]*\Z")
"""Names of settings that are kept as secrets."""

OF_THE_SCREEN: Final = re.compile(
    r"screen[ _-]?(?:shot|cap)|spectacle|scrot|\A\d{4}-\d\d-\d\d[-_ T]\d\d|bildschirm|capture|captura|schermata"
    r"|istantanea|schermafbeelding|skærm|skärm|skjerm|kuvakaappaus|zrzut|snímek|snímka|képernyő|ekran|снимок|скриншот|знімок"
    r"|截图|截圖|截屏|屏幕|擷圖|螢幕|スクリーンショット|スクリーン|스크린샷",
    re.IGNORECASE,
)
"""What desktops call pictures of the screen, and their folders. In the folder of pictures are photographs, too."""


class WrongConfig(Exception):
    """The settings cannot be read; the message says where and why."""


class NoSecret(Exception):
    """A password is not where it was kept; the message says which, and what to do."""


class SourceConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is watched: `id` is a name of one's own for it, `source` which source reads it.

    `secrets` says of the settings that are passwords or tokens where they are kept.
    """

    id: Annotated[str, Meta(pattern=IDENTIFIER)]
    source: str
    enabled: bool = True
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    secrets: dict[str, Kept] = msgspec.field(default_factory=dict)


class ScreenshotConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pictures of the screen that make records: new files in these folders.

    `within_s`: for how many seconds something said in a session ties a picture to it; `least_confidence` (0 to 1):
    with less, no record is made. Where not all is recorded anyway, `minutes_before` and `minutes_after` are, with it.
    """

    enabled: bool = True
    folders: list[str] = msgspec.field(default_factory=list)
    within_s: Annotated[float, Meta(ge=0, le=3600)] = 15.0
    least_confidence: Annotated[float, Meta(ge=0, le=1)] = 0.3
    minutes_before: Annotated[float, Meta(ge=0, le=60 * 24 * 31)] = 60.0
    minutes_after: Annotated[float, Meta(ge=0, le=60 * 24)] = 10.0


class HotkeyConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The key that records the session one is in, and how many pictures of the screen it takes. No `keys`: none."""

    keys: str = "Super+Alt+R"
    pages: Annotated[int, Meta(ge=0, le=50)] = 1


class Config(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it."""

    sources: list[SourceConfig] = msgspec.field(default_factory=list)
    screenshots: ScreenshotConfig = ScreenshotConfig()
    hotkey: HotkeyConfig = HotkeyConfig()
    tracking: bool = True
    """Whether the server is told what the agent does (which steps, with which errors), so that trouble can be found."""


def load(paths: Paths) -> Config:
    """What is set; the defaults where there is no file. Raises `WrongConfig`."""
    try:
        text = paths.settings.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfig(f"{paths.settings} cannot be read: {error}.") from None
    try:
        found = msgspec.convert(tomllib.loads(text), Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise WrongConfig(f"{paths.settings}: {error}.") from None
    ids = [each.id for each in found.sources]
    if len(set(ids)) != len(ids):
        raise WrongConfig(f"{paths.settings}: two sources have the same id.")
    return found


def save(paths: Paths, config: Config) -> Config:
    """Write it, without passwords and tokens; how it stands there. Raises `OSError`."""
    paths.make()
    bare = msgspec.structs.replace(config, sources=[_without_secrets(paths, each) for each in config.sources])
    write_private(paths.settings, tomli_w.dumps(msgspec.to_builtins(bare)).encode())
    return bare


def load_bare(paths: Paths) -> Config:
    """What is set; passwords that somebody has written into the file are moved. Raises `WrongConfig`."""
    found = load(paths)
    with contextlib.suppress(OSError):
        return save(paths, found) if any(_plain(each) for each in found.sources) else found
    return found


# ---------------------------------------------------------------- passwords and tokens


def settings_of(paths: Paths, source: SourceConfig) -> dict[str, Any]:
    """What a source is made with, its secrets too. Raises `NoSecret`."""
    found = dict(source.settings)
    for name, kept in source.secrets.items():
        value = _secret(paths, source.id, name).find(kept)
        if value is None:
            where = "the desktop's Secret Service" if kept == "secret-service" else str(paths.secrets)
            raise NoSecret(f"The {name} is not in {where}. Unlock that, or remove the source and add it again.")
        found[name] = value
    return found


def forget_secrets(paths: Paths, source: SourceConfig) -> None:
    """Keep the secrets of a source no longer."""
    for name, kept in source.secrets.items():
        _secret(paths, source.id, name).forget(kept)


def _plain(source: SourceConfig) -> dict[str, str]:
    """The secrets that stand in the settings as they are."""
    return {
        name: value
        for name, value in source.settings.items()
        if SECRET.match(name) and isinstance(value, str) and value
    }


def _without_secrets(paths: Paths, source: SourceConfig) -> SourceConfig:
    plain = _plain(source)
    if not plain:
        return source
    private_folder(paths.secrets)
    kept = {name: _secret(paths, source.id, name).keep(value) for name, value in plain.items()}
    left = {name: value for name, value in source.settings.items() if name not in plain}
    return msgspec.structs.replace(source, settings=left, secrets={**source.secrets, **kept})


def _secret(paths: Paths, source_id: str, name: str) -> Secret:
    attributes = ("settings", str(paths.settings), "source", source_id, "setting", name)
    return Secret(f"Roomkeeper agent: {name} of {source_id}", attributes, paths.secrets / f"{source_id}.{name}")


# ---------------------------------------------------------------- further


def free_id(config: Config, source: str) -> str:
    """An id for one more source of that name."""
    base = re.sub(r"[^a-z0-9._-]", "-", source.lower()).strip("-._")[:50] or "source"
    taken = {each.id for each in config.sources}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def screenshot_folders(config: ScreenshotConfig, home: Path | None = None) -> list[Path]:
    """Where pictures of the screen are put: as set, or where desktops put them. spec: xdg-user-dirs"""
    if config.folders:
        return [Path(folder).expanduser() for folder in config.folders]
    home = home or Path.home()
    pictures = {_user_folder(home, "XDG_PICTURES_DIR", "Pictures"), home / "Pictures"}
    return sorted({one for folder in pictures for one in (folder, folder / "Screenshots", *_named_so(folder))})


def is_screenshot(config: ScreenshotConfig, path: Path) -> bool:
    """Whether a picture in one of these folders is of the screen: among others, by its name."""
    return bool(config.folders) or any(OF_THE_SCREEN.search(name) for name in (path.parent.name, path.name))


def _named_so(folder: Path) -> list[Path]:
    """Folders that are called so in the desktop's language."""
    try:
        return [each for each in folder.iterdir() if OF_THE_SCREEN.search(each.name) and each.is_dir()]
    except OSError:
        return []


def _user_folder(home: Path, name: str, otherwise: str) -> Path:
    """A folder of the desktop, whose name depends on its language: ~/.config/user-dirs.dirs."""
    try:
        text = (home / ".config" / "user-dirs.dirs").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return home / otherwise
    found = re.search(rf'^{name}="(.*)"$', text, re.MULTILINE)
    if found is None:
        return home / otherwise
    return Path(found[1].replace("$HOME", str(home)))
