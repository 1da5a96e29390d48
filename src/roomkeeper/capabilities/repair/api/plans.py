"""Tracking plans: shown, checked, changed."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.models import Kind, PlanVersion
from roomkeeper.capabilities.repair.plan.files import MOST_BYTES, parse_toml
from roomkeeper.capabilities.repair.plan.lint import Problem
from roomkeeper.capabilities.repair.plan.plans import EDIT, Plans
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import NumberedPageQuery

READ: Final = "repair.read"


class ShownKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind's plan, whether it was edited here, and what is wrong with it."""

    plan: Kind
    edited: bool
    problems: list[Problem]


class Kinds(msgspec.Struct, frozen=True):
    """All kinds, 200 at most."""

    kinds: list[ShownKind]


class PlanText(msgspec.Struct, frozen=True, kw_only=True):
    """A plan to be checked: as an object, or as the text of a file."""

    plan: Kind | None = None
    toml: Annotated[str, Meta(max_length=MOST_BYTES)] | None = None


class PlanChange(PlanText, frozen=True, kw_only=True):
    """A plan to be put in force, made of the version that it names, and why."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Linted(msgspec.Struct, frozen=True):
    """A plan as it was understood, and what is wrong with it."""

    plan: Kind
    problems: list[Problem]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Edited versions, the newest first; `next_batch` where there are more."""

    versions: list[PlanVersion]
    next_batch: int | None = None


class PlansApi:
    """``/_roomkeeper/v1/repair/plans``."""

    def __init__(self, app: Application, plans: Plans) -> None:
        self._app = app
        self._plans = plans

    def add_routes(self) -> None:
        """Serve them."""
        routes, one = self._app.routes, f"{ROOT}/plans/{{kind}}"
        routes.privileged("GET", f"{ROOT}/plans", self.all, READ)
        routes.privileged("GET", one, self.get, READ)
        routes.privileged("PUT", one, self.save, EDIT)
        routes.privileged("GET", f"{one}/versions", self.versions, READ)
        routes.privileged("GET", f"{one}/versions/{{version}}", self.version, READ)
        routes.privileged("POST", f"{ROOT}/lint", self.lint, READ)

    async def all(self, _request: Request) -> Kinds:
        """The kinds of trouble, with their tracking plans."""
        return Kinds([self._shown(kind) for kind in self._plans.all().values()])

    async def get(self, request: Request) -> ShownKind:
        """The tracking plan of one kind."""
        return self._shown(self._plans.get(request.parameters["kind"]))

    async def save(self, request: Request, body: PlanChange) -> ShownKind:
        """Put a plan in force, or teach a new kind, which begins at version 1."""
        plan = _plan_of(body)
        if plan.kind != request.parameters["kind"]:
            raise InvalidParameter(f"The plan is of the kind {plan.kind}, and not of the one in the address.")
        return self._shown(await self._plans.save(plan, request.actor, body.reason))

    async def versions(self, request: Request, query: NumberedPageQuery) -> Versions:
        """What was edited of a kind: when, by whom, why."""
        kind = self._plans.get(request.parameters["kind"]).kind
        found = await self._plans.versions(kind, query.from_ or 2**53, query.limit)
        return Versions(versions=found, next_batch=found[-1].version if len(found) == query.limit else None)

    async def version(self, request: Request) -> Kind:
        """One version of a kind's plan."""
        text = request.parameters["version"]
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise InvalidParameter("A version is a number.")
        return await self._plans.version(request.parameters["kind"], int(text))

    async def lint(self, _request: Request, body: PlanText) -> Linted:
        """What is wrong with a plan that is not in force yet."""
        plan = _plan_of(body)
        return Linted(plan, self._plans.lint(plan))

    def _shown(self, kind: Kind) -> ShownKind:
        return ShownKind(plan=kind, edited=self._plans.is_edited(kind.kind), problems=self._plans.lint(kind))


def _plan_of(body: PlanText) -> Kind:
    if (body.plan is None) == (body.toml is None):
        raise InvalidParameter("Send either the plan as an object, or its file's text as `toml`.")
    return body.plan if body.plan is not None else parse_toml(body.toml or "")
