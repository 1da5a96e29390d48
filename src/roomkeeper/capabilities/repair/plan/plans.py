"""The tracking plans in force: those of the files, and over them what was edited here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from roomkeeper.capabilities.repair.models import Kind, PlanVersion, Side
from roomkeeper.capabilities.repair.plan.files import shipped
from roomkeeper.capabilities.repair.plan.lint import Problem, lint
from roomkeeper.capabilities.repair.plan.schemas import Schema
from roomkeeper.capabilities.repair.store import plans as store
from roomkeeper.core.account_data import Turns
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import BadState, InvalidParameter, NotFound

EDIT: Final = "repair.plan"
MOST_KINDS: Final = 200


class Plans:
    """Which kinds of trouble there are, and their points."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._turn = Turns()
        self._edited: dict[str, Kind] = {}
        self._kinds: dict[str, Kind] = {}
        self._schemas: dict[str, tuple[Side, Schema]] = {}
        self._settle()

    async def load(self) -> None:
        """Take what was edited; for the start."""
        self._edited = {kind.kind: kind for kind in await store.newest(self._app.driver)}
        self._settle()

    def _settle(self) -> None:
        """A file of a newer version of the server beats what was edited of an older one; see `save` for numbers."""
        merged = dict(shipped())
        for name, kind in self._edited.items():
            if name not in merged or kind.version > merged[name].version:
                merged[name] = kind
        self._kinds = dict(sorted(merged.items()))
        self._schemas = {
            point.name: (point.side, Schema(point.schema)) for kind in merged.values() for point in kind.points
        }

    def all(self) -> Mapping[str, Kind]:
        """All kinds, by name."""
        return self._kinds

    def get(self, kind: str) -> Kind:
        """The plan of one kind. Raises `NotFound`."""
        found = self._kinds.get(kind)
        if found is None:
            raise NotFound(f"There is no kind of trouble {kind}.")
        return found

    def is_edited(self, kind: str) -> bool:
        """Whether the plan in force was edited here."""
        return kind in self._edited and self._kinds[kind] is self._edited[kind]

    def schema(self, name: str) -> tuple[Side, Schema] | None:
        """The side and schema of all points of that name."""
        return self._schemas.get(name)

    def lint(self, kind: Kind) -> list[Problem]:
        """What is wrong with a plan, beside those in force."""
        return lint(kind, self._kinds.values())

    async def save(self, kind: Kind, author: str, reason: str) -> Kind:
        """Put a plan in force from now on, as the version after the one that it was made of.

        Raises `InvalidParameter` with what is wrong, `BadState` where somebody else has changed it meanwhile.
        """
        async with self._turn("plans"):
            before = self._kinds.get(kind.kind)
            if before is not None and before.version != kind.version:
                raise BadState(
                    f"The plan of {kind.kind} is at version {before.version} by now, and this was made of version"
                    f" {kind.version}. Load it anew and make your changes there."
                )
            if before is None and len(self._kinds) >= MOST_KINDS:
                raise InvalidParameter(f"There are {MOST_KINDS} kinds, which is the most.")
            errors = [problem for problem in self.lint(kind) if problem.severity == "error"]
            if errors:
                told = " ".join(
                    f"{problem.point}: {problem.text}" if problem.point else problem.text for problem in errors
                )
                raise InvalidParameter(f"The plan cannot be used. {told}"[:2000])
            saved = kind if before is None else msgspec.structs.replace(kind, version=kind.version + 1)
            write = Write()
            store.insert(write, saved, self._app.clock.now_ms(), author, reason)
            self._app.audit.record(write, permission=EDIT, target=saved.kind, reason=reason)
            await self._app.committer.submit(write)
            self._edited[saved.kind] = saved
            self._settle()
        return saved

    async def versions(self, kind: str, before: int, limit: int) -> list[PlanVersion]:
        """What was edited of a kind, the newest first."""
        return await store.versions(self._app.driver, kind, before, limit)

    async def version(self, kind: str, version: int) -> Kind:
        """One version of a kind. Raises `NotFound`."""
        known = shipped().get(kind)
        if known is not None and known.version == version:
            return known
        found = await store.find(self._app.driver, kind, version)
        if found is None:
            raise NotFound(f"There is no version {version} of the plan of {kind} here.")
        return found
