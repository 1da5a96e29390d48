"""What may identify a person: registered by them or who decides for them, encrypted, erased when they withdraw.

Nobody but these ever reads it through an endpoint. Identification (step 8) will compare against it through `opened`.
"""

from __future__ import annotations

import secrets

from roomkeeper.capabilities.safety.models import MOST_FEATURES, MOST_FILES, TEXTS, Feature, FeatureContent, FeatureKind
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.store import people as store
from roomkeeper.capabilities.safety.vault import Vault
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound


class Features:
    """The features of people."""

    def __init__(self, app: Application, people: SafetyPeople, vault: Vault) -> None:
        self._app = app
        self._people = people
        self._vault = vault

    async def load(self) -> None:
        """At the start: the key must be there where something is encrypted."""
        self._vault.load(is_needed=await store.has_keys(self._app.driver))

    async def add(
        self, actor: str, user_id: str, kind: FeatureKind, content: FeatureContent, data: bytes = b""
    ) -> Feature:
        """One more. Raises `Forbidden`, `InvalidParameter`, `NotFound`."""
        await self._people.check_user(user_id)
        await self._people.check_decides(actor, user_id)
        check_content(kind, content)
        async with self._people.turns("features", user_id):
            await self._check_room(user_id, is_file=bool(data))
            write, now = Write(), self._app.clock.now_ms()
            wrapped = await store.key_of(self._app.driver, user_id)
            if wrapped is None:
                wrapped = self._vault.new_key(user_id)
                store.insert_key(write, user_id, wrapped)
            feature_id = f"{now:011x}{secrets.token_hex(6)}"
            sealed = self._vault.seal(wrapped, user_id, feature_id, content)
            file = self._vault.seal_file(wrapped, user_id, feature_id, data) if data else None
            store.insert_feature(write, feature_id, user_id, kind, sealed, file, actor, now)
            await self._app.committer.submit(write)
        return _shown(feature_id, kind, content, actor, now)

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
        content = self._vault.open(wrapped, user_id, feature_id, found[0])
        return str(content.content_type), self._vault.open_file(wrapped, user_id, feature_id, found[1])

    async def remove(self, actor: str, user_id: str, feature_id: str) -> None:
        """One less; the last one takes the key along. Raises `Forbidden`, `NotFound`."""
        await self._people.check_may_withdraw(actor, user_id)
        async with self._people.turns("features", user_id):
            if await store.find_feature(self._app.driver, user_id, feature_id) is None:
                raise NotFound("There is no such feature.")
            write = Write()
            store.delete_feature(write, user_id, feature_id)
            if (await store.count_features(self._app.driver, user_id))[0] == 1:
                store.delete_features(write, user_id)
            await self._app.committer.submit(write)


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
        created_by=created_by,
        created_ts=created_ts,
    )
