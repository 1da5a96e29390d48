"""The policy: what is recorded of which program. The server signs it; what is not signed, or not for us, is refused.

The key is noted when one signs in. Each request has a nonce, which is signed too: an older answer has another one. The
last policy that was accepted counts while the server cannot be reached.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from roomkeeper_agent.paths import Paths, write_private
from roomkeeper_agent.spool.intake import Rule

DOCUMENT: Final = "org.roomkeeper.agent_policy"


class NotAccepted(ValueError):
    """This is not a policy of our server for us, made now; the message says why."""


class Pinned(msgspec.Struct, frozen=True):
    """The server's key, as it was when one signed in: "ed25519:…" and base64."""

    key_id: str
    key: str


class ProgramRule(msgspec.Struct, frozen=True):
    """What is recorded of a program."""

    program: str
    record: Rule


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent does; see `AgentPolicy` in docs/reference/api.md. What is not said is not recorded."""

    programs: tuple[ProgramRule, ...] = ()
    others: Rule = "never"
    may_pause: bool = True
    screenshots: bool = False
    keep_hours: Annotated[int, Meta(ge=1, le=24 * 31)] = 24
    most_spool_mb: Annotated[int, Meta(ge=16, le=1_048_576)] = 1024

    @property
    def records(self) -> bool:
        """Whether anything is recorded."""
        return self.others != "never" or any(each.record != "never" for each in self.programs)

    def rule_of(self, program: str) -> Rule:
        """What is recorded of a program."""
        return next((each.record for each in self.programs if each.program == program), self.others)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as the server signs it."""

    type: str
    v: int
    server: str
    user_id: str
    nonce: str
    issued_ts: int
    policy: Policy


def new_nonce() -> str:
    """For one request."""
    return secrets.token_urlsafe(24)


def canonical(signed: Mapping[str, Any]) -> bytes:
    """What a signature covers. spec: appendices §Canonical JSON, §Signing JSON"""
    bare = {name: value for name, value in signed.items() if name not in ("signatures", "unsigned")}
    return json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def pinned_key(answer: Mapping[str, Any], server_name: str) -> Pinned:
    """The key that a server publishes, which has signed itself. Raises `NotAccepted`."""
    if answer.get("server_name") != server_name:
        raise NotAccepted(f"The server calls itself {answer.get('server_name')}, and not {server_name}.")
    keys = answer.get("verify_keys")
    for key_id, key in keys.items() if isinstance(keys, dict) else ():
        if isinstance(key, dict) and isinstance(key.get("key"), str):
            found = Pinned(str(key_id), key["key"])
            _check_signature(answer, server_name, found)
            return found
    raise NotAccepted("The server publishes no key.")


def accepted(answer: Mapping[str, Any], key: Pinned, user_id: str, nonce: str) -> Document:
    """The policy in a signed answer. Raises `NotAccepted`."""
    _check_signature(answer, user_id.partition(":")[2], key)
    try:
        found = msgspec.convert(answer, Document)
    except msgspec.ValidationError as error:
        raise NotAccepted(
            f"The server's policy cannot be read: {error}. Is there a newer version of the agent?"
        ) from None
    if (found.type, found.v, found.server) != (DOCUMENT, 1, user_id.partition(":")[2]):
        raise NotAccepted("This is no policy of the server where one is signed in.")
    if found.user_id != user_id:
        raise NotAccepted(f"This policy is for {found.user_id}.")
    if found.nonce != nonce:
        raise NotAccepted("This policy is an older one: it was signed for another request.")
    return found


def keep(paths: Paths, answer: Mapping[str, Any], nonce: str) -> None:
    """Keep a policy that was accepted, as it was signed."""
    write_private(paths.policy, msgspec.json.encode({"answer": answer, "nonce": nonce}))


def _check_signature(signed: Mapping[str, Any], server_name: str, key: Pinned) -> None:
    try:
        signature = signed["signatures"][server_name][key.key_id]
        verify_key = VerifyKey(_base64(key.key))
        verify_key.verify(canonical(signed), _base64(signature))
    except (KeyError, TypeError):
        raise NotAccepted(
            f"It is not signed with the key {key.key_id} that the server had when you signed in."
            " If the server has a new key, sign in again."
        ) from None
    except (CryptoError, ValueError, UnicodeEncodeError):
        raise NotAccepted("Its signature is wrong: something between the server and here has changed it.") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
