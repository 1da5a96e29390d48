"""What may identify a person: registered by them or who decides for them, encrypted, erased when they withdraw.

It is compared with what is submitted for an event (`identification`), since they have agreed to that. Nobody but these
reads it through an endpoint, and, where it is like what was submitted, the human in charge of that event.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

import msgspec

from roomkeeper.capabilities.safety.identification.looking import VERSIONS, Looking, Unavailable
from roomkeeper.capabilities.safety.identification.register import Register
from roomkeeper.capabilities.safety.identification.rules import NotGoodEnough
from roomkeeper.capabilities.safety.identification.text import is_telling
from roomkeeper.capabilities.safety.models import MOST_FEATURES, MOST_FILES, TEXTS, Feature, FeatureContent, FeatureKind
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.store import identification as identification_store
from roomkeeper.capabilities.safety.store import people as store
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.errors import Unavailable as ServerUnavailable

RENEWED: Final = 50
RENEWED_S: Final = 3600.0


class Features:
    """The features of people."""

    def __init__(
        self, app: Application, people: SafetyPeople, vault: Vault, looking: Looking, register: Register
    ) -> None:
        self._app = app
        self._people = people
        self._vault = vault
        self._looking = looking
        self._register = register

    async def load(self) -> None:
        """At the start: the key must be there where something is encrypted."""
        self._vault.load(is_needed=await store.has_keys(self._app.driver))

    async def add(
        self, actor: str, user_id: str, kind: FeatureKind, content: FeatureContent, data: bytes = b""
    ) -> Feature:
        """One more, with consent to its being compared. What is not good enough for that is not taken.

        Raises `Forbidden`, `InvalidParameter` (`NotGoodEnough` says what to do better), `NotFound`.
        """
        await self._people.check_user(user_id)
        await self._people.check_decides(actor, user_id)
        check_content(kind, content)
        template = await self._template(kind, content, data, user_id)
        async with self._people.turns("features", user_id):
            await self._check_room(user_id, is_file=bool(data))
            write, now = Write(), self._app.clock.now_ms()
            content = msgspec.structs.replace(content, consented_ts=now)
            wrapped = await store.key_of(self._app.driver, user_id)
            if wrapped is None:
                wrapped = self._vault.new_key(user_id)
                store.insert_key(write, user_id, wrapped)
            feature_id = f"{now:011x}{secrets.token_hex(6)}"
            sealed = self._vault.seal(wrapped, user_id, feature_id, content)
            file = self._vault.seal_bytes(wrapped, user_id, feature_id, "file", data) if data else None
            store.insert_feature(write, feature_id, user_id, kind, sealed, file, actor, now)
            if template is not None:
                self._put_template(write, wrapped, user_id, feature_id, kind, template)
            await self._app.committer.submit(write)
        await self._register.added(feature_id, user_id, kind, content, template or b"")
        return _shown(feature_id, kind, content, actor, now)

    async def _template(self, kind: FeatureKind, content: FeatureContent, data: bytes, user_id: str) -> bytes | None:
        """What is compared of a file; `None` of a text, and where nothing here can look at it yet."""
        if not data:
            if kind in TEXTS and not is_telling(kind, content.text):  # type: ignore[arg-type]
                raise NotGoodEnough("too_few_letters")
            return None
        try:
            return await self._looking.template(kind, data, user_id)
        except Unavailable as failure:
            if failure.is_final:
                return None
            raise ServerUnavailable("The server is busy looking at other files: try again in a moment.") from None

    def _put_template(
        self, write: Write, wrapped: bytes, user_id: str, feature_id: str, kind: FeatureKind, template: bytes
    ) -> None:
        sealed = self._vault.seal_bytes(wrapped, user_id, feature_id, "template", template)
        identification_store.put_template(write, feature_id, user_id, kind, VERSIONS[kind], sealed)

    async def _check_room(self, user_id: str, *, is_file: bool) -> None:
        count, files = await store.count_features(self._app.driver, user_id)
        if count >= MOST_FEATURES:
            raise Forbidden(f"{MOST_FEATURES} features are kept of one person at most: remove another first.")
        if is_file and files >= MOST_FILES:
            raise Forbidden(f"{MOST_FILES} files are kept of one person at most: remove another first.")

    async def of(self, actor: str, user_id: str) -> list[Feature]:
        """All of a person, for themselves or who decides for them. Files are told of, and read with `file`."""
        await self._people.check_may_withdraw(actor, user_id)
        wrapped = await store.key_of(self._app.driver, user_id)
        if wrapped is None:
            return []
        return [
            _shown(feature_id, kind, self._vault.open(wrapped, user_id, feature_id, sealed), created_by, created_ts)  # type: ignore[arg-type]
            for feature_id, kind, sealed, created_by, created_ts in await store.features_of(self._app.driver, user_id)
        ]

    async def file(self, actor: str, user_id: str, feature_id: str) -> tuple[str, bytes]:
        """The file of one: its type, and the bytes. Raises `Forbidden`, `NotFound`."""
        await self._people.check_may_withdraw(actor, user_id)
        wrapped = await store.key_of(self._app.driver, user_id)
        found = await store.find_feature(self._app.driver, user_id, feature_id)
        if wrapped is None or found is None or found[1] is None:
            raise NotFound("There is no such feature, or it is a text.")
        return self._opened(wrapped, user_id, feature_id, found[0], found[1])

    async def compared(self, user_id: str, feature_id: str) -> tuple[str, bytes]:
        """The same for the human in charge of an event, which is not checked here. Raises `NotFound`."""
        wrapped = await store.key_of(self._app.driver, user_id)
        found = await store.find_feature(self._app.driver, user_id, feature_id)
        if wrapped is None or found is None or found[1] is None:
            raise NotFound("That was withdrawn, or it is a text.")
        return self._opened(wrapped, user_id, feature_id, found[0], found[1])

    def _opened(self, wrapped: bytes, user_id: str, feature_id: str, sealed: bytes, file: bytes) -> tuple[str, bytes]:
        content = self._vault.open(wrapped, user_id, feature_id, sealed)
        return str(content.content_type), self._vault.open_bytes(wrapped, user_id, feature_id, "file", file)

    async def remove(self, actor: str, user_id: str, feature_id: str) -> None:
        """One less; the last one takes the key along. Raises `Forbidden`, `NotFound`."""
        await self._people.check_may_withdraw(actor, user_id)
        async with self._people.turns("features", user_id):
            if await store.find_feature(self._app.driver, user_id, feature_id) is None:
                raise NotFound("There is no such feature.")
            write = Write()
            store.delete_feature(write, user_id, feature_id)
            identification_store.delete_template(write, feature_id)
            # Who was a candidate by it may be none any more.
            identification_store.delete_candidate(write, user_id)
            if (await store.count_features(self._app.driver, user_id))[0] == 1:
                store.delete_features(write, user_id)
            await self._app.committer.submit(write)
        await self._register.removed(user_id, feature_id)

    # ------------------------------------------------------------ made anew

    async def run(self) -> None:
        """Make templates of what has none, or one of an older version; for ever."""
        while True:
            for kind in VERSIONS:
                await self._renew(kind)  # type: ignore[arg-type]
            await asyncio.sleep(RENEWED_S)

    async def _renew(self, kind: FeatureKind) -> None:
        after = ""
        while found := await identification_store.without_template(
            self._app.driver, kind, VERSIONS[kind], after, RENEWED
        ):
            for feature_id, user_id in found:
                try:
                    await self._renew_one(kind, user_id, feature_id)
                except Unavailable:
                    return
            after = found[-1][0]

    async def _renew_one(self, kind: FeatureKind, user_id: str, feature_id: str) -> None:
        wrapped = await store.key_of(self._app.driver, user_id)
        found = await store.find_feature(self._app.driver, user_id, feature_id)
        if wrapped is None or found is None or found[1] is None:
            return
        content = self._vault.open(wrapped, user_id, feature_id, found[0])
        if not content.consented_ts:
            return
        _, data = self._opened(wrapped, user_id, feature_id, found[0], found[1])
        try:
            template = await self._looking.template(kind, data, user_id, is_urgent=False)
        except NotGoodEnough:
            template = b""
        write = Write()
        self._put_template(write, wrapped, user_id, feature_id, kind, template)
        await self._app.committer.submit(write)
        await self._register.removed(user_id, feature_id)
        await self._register.added(feature_id, user_id, kind, content, template)


def check_content(kind: FeatureKind, content: FeatureContent) -> None:
    """Whether that can be a feature of that kind. Raises `InvalidParameter`."""
    is_file, is_text = content.size > 0, bool(content.text.strip())
    if is_file == is_text:
        raise InvalidParameter("A feature is either a text or a file.")
    if kind in TEXTS and is_file:
        raise InvalidParameter(f"A {kind} is a text.")
    if kind in ("face", "voice") and is_text:
        raise InvalidParameter(f"A {kind} is a file: send it as data, in base64, with its content_type.")
    if is_file != (content.content_type is not None):
        raise InvalidParameter("A file has a content_type, and a text has none.")
    wanted = "audio/" if kind == "voice" else "image/"
    if content.content_type is not None and not content.content_type.startswith(wanted):
        raise InvalidParameter(f"A {kind} is of a content_type that begins with {wanted}.")


def _shown(feature_id: str, kind: FeatureKind, content: FeatureContent, created_by: str, created_ts: int) -> Feature:
    return Feature(
        feature_id=feature_id,
        kind=kind,
        label=content.label,
        text=content.text,
        content_type=content.content_type,
        size=content.size,
        consented_ts=content.consented_ts,
        created_by=created_by,
        created_ts=created_ts,
    )
