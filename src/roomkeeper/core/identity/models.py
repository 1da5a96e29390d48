"""A third-party address, a pending invitation, and what identity servers refuse."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.platform.errors import Forbidden, MatrixError

Text = Annotated[str, Meta(min_length=1, max_length=1024)]


class ThirdPartyAddress(msgspec.Struct, kw_only=True):
    """An address, and which identity server is asked about it on whose behalf. spec: client-server §Invite3pid"""

    medium: Annotated[str, Meta(max_length=64)]
    address: Annotated[str, Meta(max_length=512)]
    id_server: Annotated[str, Meta(max_length=255)] | None = None
    id_access_token: Annotated[str, Meta(max_length=4096)] | None = None


class PublicKey(msgspec.Struct, omit_defaults=True):
    """A key with which the identity server signs; its validity can be asked for at `key_validity_url`."""

    public_key: Text
    key_validity_url: Text


class StoredInvite(msgspec.Struct):
    """What an identity server knows an invitation by. spec: identity service §POST store-invite"""

    token: Annotated[str, Meta(pattern=r"^[0-9a-zA-Z.=_-]{1,255}$")]
    public_keys: Annotated[list[PublicKey], Meta(min_length=1, max_length=10)]
    display_name: Annotated[str, Meta(max_length=255)]


class ServerNotTrusted(MatrixError):
    """This server does not work with that identity server."""

    errcode, status = "M_SERVER_NOT_TRUSTED", 403


class TermsNotSigned(MatrixError):
    """The identity server wants you to agree to its terms first."""

    errcode, status = "M_TERMS_NOT_SIGNED", 403


class AddressInUse(Exception):
    """The address belongs to a user after all."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class IdentityServerRefused(Forbidden):
    """The identity server refused."""


class IdentityServerFailed(MatrixError):
    """The identity server does not answer as it should. Try again later."""

    errcode, status = "M_UNKNOWN", 502
