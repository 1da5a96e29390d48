"""The mapping table: which operation is done about which kind of trouble. Every version of each is kept.

What comes with the server is stored when it starts, as a version by ``server``; where engineers have changed it, theirs
stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.operations import rules, store
from roomkeeper.capabilities.repair.operations.facts import OperationStored
from roomkeeper.capabilities.repair.operations.models import DryStep, NewOperation, Operation, RemedyStep, TellStep
from roomkeeper.capabilities.repair.operations.steps import Doing, StepFailed
from roomkeeper.capabilities.repair.operations.store import ALL, Switch
from roomkeeper.capabilities.repair.reports.rules import Lexicon
from roomkeeper.core.account_data import Turns
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, MatrixError, NotFound
from roomkeeper.platform.remedies import NoFault

WRITE: Final = "repair.operations"
SERVER: Final = "server"


class OperationChanged(MatrixError):
    """Somebody else has changed this operation meanwhile: load it anew, and make your changes there."""

    errcode, status = "M_BAD_STATE", 409


class Mapping:
    """The operations."""

    def __init__(self, app: Application, doing: Doing, builtin: Sequence[Operation], hosts: Sequence[str]) -> None:
        self._app = app
        self._doing = doing
        self._builtin = builtin
        self._hosts = tuple(host.lower() for host in hosts)
        self._turns = Turns()
        self._lexicon: dict[str, dict[str, list[str]]] = {}
        self._titles: dict[str, tuple[str, str]] = {}

    async def load(self) -> None:
        """At the start: store what comes with the server, and know the words."""
        for operation in self._builtin:
            known = await store.find(self._app.driver, operation.operation_id)
            if known is not None and (known.changed_by != SERVER or _same(known, operation)):
                continue
            version = 1 if known is None else known.version + 1
            write = Write()
            now = self._app.clock.now_ms()
            store.insert_version(write, msgspec.structs.replace(operation, version=version, changed_ts=now))
            await self._app.committer.submit(write)
        await self._learn()

    async def _learn(self) -> None:
        lexicon: dict[str, dict[str, list[str]]] = {}
        titles: dict[str, tuple[str, str]] = {}
        for operation in await store.current(self._app.driver):
            titles.setdefault(operation.kind, (operation.title, operation.title_zh or operation.title))
            for language, words in operation.words.items():
                lexicon.setdefault(operation.kind, {}).setdefault(language, []).extend(words)
        self._lexicon, self._titles = lexicon, titles

    @property
    def lexicon(self) -> Lexicon:
        """The words of each kind."""
        return self._lexicon

    @property
    def titles(self) -> dict[str, tuple[str, str]]:
        """What the kinds are called for which there is an operation, in English and Chinese."""
        return self._titles

    # ------------------------------------------------------------ choosing

    async def knows(self, kind: str) -> bool:
        """Whether there is any operation of a kind."""
        return bool(await store.of_kind(self._app.driver, kind))

    async def choose(self, kind: str, values: dict[str, Any]) -> Operation | None:
        """The operation for a report; `None` where there is none whose conditions hold."""
        return rules.choose(await store.of_kind(self._app.driver, kind), values)

    async def get(self, operation_id: str) -> Operation:
        """The current version of one. Raises `NotFound`."""
        found = await store.find(self._app.driver, operation_id)
        if found is None:
            raise NotFound("There is no such operation.")
        return found

    async def page(self, after: str, limit: int) -> list[Operation]:
        """The current versions, by id."""
        return await store.current(self._app.driver, after, limit)

    async def versions(self, operation_id: str) -> list[Operation]:
        """The versions of one, the newest first."""
        return await store.versions(self._app.driver, operation_id, 50)

    def is_dangerous(self, operation: Operation) -> bool:
        """Whether somebody must approve of it: it says so, or one of its remedies does."""
        remedies = [self._doing.find(step.name) for step in operation.steps if isinstance(step, RemedyStep)]
        return operation.is_dangerous or any(each is not None and each.is_dangerous for each in remedies)

    def programs(self, operation: Operation) -> dict[str, int]:
        """The versions of the remedies that it uses now."""
        names = {step.name for step in operation.steps if isinstance(step, RemedyStep)}
        found = {name: self._doing.find(name) for name in names}
        return {name: remedy.version for name, remedy in found.items() if remedy is not None}

    # ------------------------------------------------------------ changing

    async def save(
        self, operation_id: str | None, version: int, wanted: NewOperation, actor: str, reason: str
    ) -> Operation:
        """Store an operation, or the version after `version` of one. Waiting reports of its kind are run through it.

        Raises `InvalidParameter`, `NotFound`, `OperationChanged`.
        """
        self._check(wanted)
        async with self._turns("operations"):
            before = None if operation_id is None else await self.get(operation_id)
            if before is not None and before.version != version:
                raise OperationChanged
            fields = {name: getattr(wanted, name) for name in NewOperation.__struct_fields__}
            operation = Operation(
                operation_id=operation_id or f"op_{secrets.token_hex(6)}",
                version=1 if before is None else before.version + 1,
                is_builtin=before is not None and before.is_builtin,
                changed_by=actor,
                changed_ts=self._app.clock.now_ms(),
                **fields,
            )
            write = Write()
            store.insert_version(write, operation)
            self._app.audit.record(write, permission=WRITE, target=operation.operation_id, reason=reason)
            self._app.facts.record(write, OperationStored(operation.kind))
            await self._app.committer.submit(write)
            await self._learn()
        return operation

    def _check(self, wanted: NewOperation) -> None:
        for number, step in enumerate(wanted.steps, start=1):
            if isinstance(step, RemedyStep) and self._doing.find(step.name) is None:
                known = ", ".join(sorted(name for name, _ in self._doing.remedies()))
                raise InvalidParameter(f"Step {number}: there is no remedy {step.name}. There are: {known}.")
        for call in rules.calls_of(wanted.steps):
            if not rules.is_allowed(call.url, self._hosts):
                raise InvalidParameter(
                    f"The setting repair_reports.http_hosts does not name the host of {call.url[:100]}: add it there,"
                    " or choose another address."
                )

    # ------------------------------------------------------------ dry run, switches

    async def dry_run(self, operation: NewOperation, values: dict[str, Any]) -> list[DryStep]:
        """What each step would do; nothing is done."""
        found = []
        for number, step in enumerate(operation.steps):
            do = type(step).__struct_config__.tag
            says = step.text_en if isinstance(step, TellStep) else ""
            if isinstance(step, RemedyStep):
                says = step.name
            try:
                looked = await self._doing.look(step, values)
                found.append(DryStep(number=number, do=str(do), needed=looked.needed, found=looked.found, says=says))
            except (StepFailed, NoFault) as error:
                found.append(DryStep(number=number, do=str(do), says=says, error=str(error)))
        return found

    async def switch(self, name: str, *, is_off: bool, actor: str, reason: str) -> Switch:
        """Stop an operation (`ALL`: every one), also where it is under way; or let it go on. Raises `NotFound`."""
        if name != ALL:
            await self.get(name)
        turned = Switch(name, is_off, reason[:500], actor, self._app.clock.now_ms())
        write = Write()
        store.put_switch(write, turned)
        said = f"{'off' if is_off else 'on'}: {reason}"
        self._app.audit.record(write, permission=WRITE, target=name or "*", reason=said)
        await self._app.committer.submit(write)
        return turned

    async def note(self, target: str, reason: str, actor: str) -> None:
        """Write down who did something with operations."""
        write = Write()
        self._app.audit.record(write, permission=WRITE, target=target, reason=reason, actor=actor)
        await self._app.committer.submit(write)

    async def switches(self) -> list[Switch]:
        """All that were turned."""
        return await store.switches(self._app.driver)


def _same(known: Operation, operation: Operation) -> bool:
    return msgspec.structs.replace(known, version=0, changed_ts=0) == msgspec.structs.replace(
        operation, version=0, changed_ts=0
    )
