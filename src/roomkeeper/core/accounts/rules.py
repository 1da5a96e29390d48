"""Pure decisions about accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import unicodedata
from collections.abc import Sequence
from typing import Any

from roomkeeper.core.accounts.models import PolicyDocument, RegistrationToken
from roomkeeper.platform.errors import InvalidParameter, InvalidUsername, WeakPassword
from roomkeeper.platform.settings import SettingsError
from roomkeeper.wire.identifiers import MAX_ID_BYTES, is_user_id, is_valid_new_localpart

MAX_PASSWORD = 512
"""Characters."""
MAX_DEVICE_ID = 255
MAX_DISPLAY_NAME = 255
MAX_REGISTRATION_TOKEN = 64
REGISTRATION_TOKEN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "._~-")
DEVICE_ID_CHARACTERS = string.ascii_uppercase


def new_user_id(localpart: str, server_name: str) -> str:
    """The id of a new user. Raises `InvalidUsername`. spec: appendices §User Identifiers"""
    user_id = f"@{localpart}:{server_name}"
    if not is_valid_new_localpart(localpart) or len(user_id.encode()) > MAX_ID_BYTES:
        raise InvalidUsername
    return user_id


def named_user_id(name: str, server_name: str) -> str | None:
    """The id of the user that a person means by a name or a whole id; `None` where it cannot be one of this server.

    New names have no capitals, so that ones which a phone's keyboard made are forgiven.
    """
    localpart, colon, server = name.removeprefix("@").partition(":") if name.startswith("@") else (name, "", "")
    if colon and server != server_name:
        return None
    user_id = f"@{localpart.lower()}:{server_name}"
    return user_id if is_user_id(user_id) else None


def normalised_password(password: str) -> str:
    """The same password typed on another keyboard is the same characters afterwards."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, minimum: int) -> None:
    """Raises `WeakPassword` for one that is too short."""
    if len(password) < minimum:
        raise WeakPassword(f"A password needs {minimum} characters at least.")
    if len(password) > MAX_PASSWORD:
        raise InvalidParameter(f"A password may have {MAX_PASSWORD} characters at most.")


def is_device_id(text: str) -> bool:
    """Whether this can be the id of a device: clients choose them freely."""
    return 0 < len(text) <= MAX_DEVICE_ID and text.isprintable()


def check_device_id(device_id: str) -> str:
    """A device id that a client chose. Raises `InvalidParameter`."""
    if not is_device_id(device_id):
        raise InvalidParameter(f"A device id has 1 to {MAX_DEVICE_ID} printable characters.")
    return device_id


def device_name(text: str) -> str:
    """What is kept of a device's name: no database takes a NUL."""
    return text.replace("\0", "")


def new_device_id() -> str:
    """Ten random letters: short enough for a person to compare."""
    return "".join(secrets.choice(DEVICE_ID_CHARACTERS) for _ in range(10))


def new_secret() -> str:
    """An access or refresh token: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token. It is random and long, so that a plain hash keeps it secret."""
    return hashlib.sha256(token.encode()).digest()


def is_registration_token(text: str) -> bool:
    """Whether this can be a registration token. spec: client-server §Token-authenticated registration"""
    return 0 < len(text) <= MAX_REGISTRATION_TOKEN and REGISTRATION_TOKEN_CHARACTERS.issuperset(text)


def check_registration_token(token: str) -> str:
    """A token that an operator chose. Raises `InvalidParameter`."""
    if not is_registration_token(token):
        raise InvalidParameter(f"A token has 1 to {MAX_REGISTRATION_TOKEN} of the characters a-z A-Z 0-9 . _ ~ -")
    return token


def policy_documents(settings: Sequence[str]) -> list[PolicyDocument]:
    """The documents that the settings name. Raises `SettingsError`. spec: §Terms of service at registration"""
    documents: list[PolicyDocument] = []
    for text in settings:
        parts = text.split(maxsplit=4)
        if len(parts) < 5 or not parts[3].startswith(("https://", "http://")) or not is_opaque(parts[0], parts[1]):
            raise SettingsError(f'accounts.policies: {text!r} is not of the form "ID VERSION LANGUAGE URL NAME".')
        document = PolicyDocument(*parts)
        if any(other.policy == document.policy and other.version != document.version for other in documents):
            raise SettingsError(f"accounts.policies: {document.policy} is there in two versions.")
        documents.append(document)
    return documents


def support_contacts(settings: Sequence[str]) -> list[dict[str, str]]:
    """The contacts that the settings name. Raises `SettingsError`. spec: ``/.well-known/matrix/support``"""
    contacts = []
    for text in settings:
        role, _, address = text.partition(" ")
        kind = "matrix_id" if is_user_id(address) else "email_address"
        if not role or "@" not in address or " " in address:
            raise SettingsError(f'discovery.support_contacts: {text!r} is not of the form "ROLE ADDRESS".')
        contacts.append({kind: address, "role": role})
    return contacts


def is_opaque(*texts: str) -> bool:
    """Whether these are opaque identifiers. spec: appendices §Opaque Identifiers"""
    return all(0 < len(text) <= 255 and REGISTRATION_TOKEN_CHARACTERS.issuperset(text) for text in texts)


def policy_params(documents: Sequence[PolicyDocument]) -> dict[str, Any]:
    """The documents as clients are told them in the stage ``m.login.terms``."""
    policies: dict[str, Any] = {}
    for document in documents:
        policy = policies.setdefault(document.policy, {"version": document.version})
        policy[document.language] = {"name": document.name, "url": document.url}
    return {"policies": policies}


def is_usable(token: RegistrationToken, pending: int, now_ms: int) -> bool:
    """Whether one more person can register with this token, while `pending` others are at it."""
    if token.expiry_time is not None and token.expiry_time <= now_ms:
        return False
    return token.uses_allowed is None or token.completed + pending < token.uses_allowed


def shared_secret_mac(
    secret: str, nonce: str, user: str, password: str, *, is_admin: bool, user_type: str | None = None
) -> str:
    """What a tool that knows the shared secret sends: HMAC-SHA1 over the NUL-separated parts, in hexadecimal."""
    parts = [nonce, user, password, "admin" if is_admin else "notadmin", *([user_type] if user_type else [])]
    return hmac.new(secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
