"""Asking identity servers. spec: identity service §Association lookup, §Invitation storage, §Key management"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from roomkeeper.core.identity import rules
from roomkeeper.core.identity.models import (
    AddressInUse,
    IdentityServerFailed,
    IdentityServerRefused,
    ServerNotTrusted,
    StoredInvite,
    TermsNotSigned,
    ThirdPartyAddress,
)
from roomkeeper.core.identity.settings import IdentitySettings
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MissingParameter
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import Outgoing, OutgoingError
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.identifiers import parse_user_id
from roomkeeper.wire.signing import verify_key_from_base64

log = get_logger(area="identity")

SECONDS = 10.0
MAX_ANSWER = 64 * 1024
MAX_SAID = 200
"""Characters of an identity server's message that are passed on."""

Shape = TypeVar("Shape")


class HashDetails(msgspec.Struct):
    """How addresses are to be hashed."""

    lookup_pepper: str
    algorithms: list[str]


class Mappings(msgspec.Struct):
    """Users by what was looked up."""

    mappings: dict[str, str]


class Validity(msgspec.Struct):
    """Whether a key is valid."""

    valid: bool


class Refusal(msgspec.Struct):
    """An error."""

    errcode: str = "M_UNKNOWN"
    error: str = ""
    mxid: str | None = None


class Refused(Exception):
    """An identity server's answer was an error."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.errcode)
        self.status = status
        self.refusal = refusal


class IdentityServers:
    """The identity servers that the settings trust."""

    def __init__(self, settings: IdentitySettings, outgoing: Outgoing) -> None:
        """Raises `SettingsError`."""
        self._bases = rules.bases(settings.servers)
        self._outgoing = outgoing

    def check(self, wanted: ThirdPartyAddress) -> str:
        """The address as it is compared.

        Raises `Forbidden` or `ServerNotTrusted` for the server, `MissingParameter`, `InvalidParameter`.
        """
        if not self._bases:
            raise Forbidden("This server has no identity server to invite by e-mail address or phone number.")
        if wanted.id_server is None or wanted.id_access_token is None:
            raise MissingParameter("`id_server` and `id_access_token` are required.")
        if wanted.id_server not in self._bases:
            raise ServerNotTrusted
        return rules.canonical_address(wanted.medium, wanted.address)

    async def lookup(self, wanted: ThirdPartyAddress) -> str | None:
        """The user to whom an address belongs. Raises what `check` does, and what the identity server says."""
        address = self.check(wanted)
        try:
            try:
                return await self._lookup(wanted, address)
            except Refused as refused:
                if refused.refusal.errcode != "M_INVALID_PEPPER":
                    raise
            return await self._lookup(wanted, address)  # it has been changed in between
        except Refused as refused:
            raise _told(refused) from None

    async def _lookup(self, wanted: ThirdPartyAddress, address: str) -> str | None:
        details = await self._ask(wanted, "GET", "/hash_details", None, HashDetails)
        if "sha256" not in details.algorithms:
            raise IdentityServerFailed("The identity server does not know how to look up a hashed address.")
        key = rules.hashed(address, wanted.medium, details.lookup_pepper)
        body = {"algorithm": "sha256", "pepper": details.lookup_pepper, "addresses": [key]}
        user_id = (await self._ask(wanted, "POST", "/lookup", body, Mappings)).mappings.get(key)
        return None if user_id is None else _user_id(user_id)

    async def store_invite(self, wanted: ThirdPartyAddress, invite: Mapping[str, Any]) -> StoredInvite:
        """Let an identity server invite the address; `invite` says where to. Raises `AddressInUse`; see `lookup`."""
        address = self.check(wanted)
        body = {**invite, "medium": wanted.medium, "address": address}
        try:
            stored = await self._ask(wanted, "POST", "/store-invite", body, StoredInvite)
        except Refused as refused:
            if refused.refusal.errcode == "M_THREEPID_IN_USE" and refused.refusal.mxid is not None:
                raise AddressInUse(_user_id(refused.refusal.mxid)) from None
            if refused.refusal.errcode == "M_UNRECOGNIZED":
                raise InvalidParameter("The identity server cannot invite addresses of this kind.") from None
            raise _told(refused) from None
        try:
            for key in stored.public_keys:
                verify_key_from_base64(key.public_key)
        except ProtocolViolation:
            raise IdentityServerFailed from None
        if address in stored.display_name.casefold():
            # What everybody in the room will see must not tell the address.
            stored.display_name = rules.redacted(address)
        return stored

    async def is_valid(self, public_key: str, key_validity_url: str) -> bool:
        """Whether an identity server still stands by a key. Raises `ServerNotTrusted`, `IdentityServerFailed`."""
        url = rules.url_at(key_validity_url, self._bases)
        if url is None:
            raise ServerNotTrusted(
                "This invitation is signed by an identity server that this server does not work with."
            )
        joint = "&" if "?" in url else "?"
        try:
            answer = await self._request(
                "GET", f"{url}{joint}public_key={quote(public_key, safe='')}", {}, None, Validity
            )
        except Refused as refused:
            raise _told(refused) from None
        return answer.valid

    async def _ask(self, wanted: ThirdPartyAddress, method: str, path: str, body: object, shape: type[Shape]) -> Shape:
        assert wanted.id_server is not None
        url = f"{self._bases[wanted.id_server]}/_matrix/identity/v2{path}"
        token = (wanted.id_access_token or "").strip()
        if not token.isascii() or not token.isprintable():
            raise InvalidParameter("`id_access_token` is no access token.")
        return await self._request(method, url, {"Authorization": f"Bearer {token}"}, body, shape)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: object, shape: type[Shape]
    ) -> Shape:
        data = None if body is None else msgspec.json.encode(body)
        sent = {**headers, "Accept": "application/json"}
        if data is not None:
            sent["Content-Type"] = "application/json"
        try:
            answer = await self._outgoing.request(
                method, url, body=data, headers=sent, seconds=SECONDS, max_body=MAX_ANSWER
            )
            if answer.status != 200:
                raise Refused(answer.status, _refusal(answer.body))
            return msgspec.json.decode(answer.body, type=shape)
        except (OutgoingError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            log.warning("an identity server does not answer as it should", url=url.partition("?")[0], error=str(error))
            raise IdentityServerFailed from None


def _refusal(body: bytes) -> Refusal:
    try:
        return msgspec.json.decode(body, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal()


def _told(refused: Refused) -> IdentityServerRefused | IdentityServerFailed | TermsNotSigned:
    """What the client is told of an identity server's error."""
    refusal = refused.refusal
    said = f"{refusal.errcode[:50]} {refusal.error[:MAX_SAID]}".strip()
    if refusal.errcode == "M_TERMS_NOT_SIGNED":
        return TermsNotSigned()
    if refused.status in (400, 401, 403, 404):
        return IdentityServerRefused(f"The identity server refused: {said}")
    return IdentityServerFailed()


def _user_id(text: str) -> str:
    try:
        parse_user_id(text)
    except ProtocolViolation:
        raise IdentityServerFailed from None
    return text
