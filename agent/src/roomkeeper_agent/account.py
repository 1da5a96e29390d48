"""Signing in and out: who uploads, to which server, and which key that signs with.

The access token is kept by the desktop's Secret Service where there is one, otherwise in a file that its owner alone
can read.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any
from urllib.parse import urlsplit

import msgspec

from roomkeeper_agent.addresses import is_here
from roomkeeper_agent.keyring import IN_FILE, Secret
from roomkeeper_agent.paths import Paths, write_private
from roomkeeper_agent.policy import Pinned, accepted, keep, new_nonce, pinned_key
from roomkeeper_agent.server import V3, Refused, Server, ServerError, SignedOut, Unreachable


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in where; `token_in` says where the token is."""

    url: str
    user_id: str
    device_id: str
    key: Pinned
    token_in: str = IN_FILE

    @property
    def server_name(self) -> str:
        """The Matrix name of the server."""
        return self.user_id.partition(":")[2]


class CannotSignIn(Exception):
    """Signing in does not work; the message says why and what to do."""


def load(paths: Paths) -> Account | None:
    """Who is signed in; `None`: nobody."""
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        return msgspec.json.decode(paths.account.read_bytes(), type=Account)
    return None


def token_of(paths: Paths, account: Account) -> str | None:
    """The access token; `None` where it is gone."""
    return _token(paths, account).find(account.token_in)


async def find_server(given: str) -> str:
    """The address of a server, from that or from its Matrix name. spec: client-server §Well-known URI"""
    url = given if "://" in given else f"https://{given}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotSignIn(f"{given} is no address of a server: give it as https://chat.example.org.")
    _check_encrypted(url)
    base = f"{parts.scheme}://{parts.netloc}"
    async with Server(base) as server:
        with contextlib.suppress(ServerError):
            found = (await server.request("GET", "/.well-known/matrix/client")).get("m.homeserver", {})
            if isinstance(found, dict) and isinstance(found.get("base_url"), str):
                base = str(found["base_url"]).rstrip("/")
                _check_encrypted(base)
    return base


def _check_encrypted(url: str) -> None:
    """A password goes there. Raises `CannotSignIn`."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_here(parts.hostname or ""):
        raise CannotSignIn(f"{url} is not encrypted: it must begin with https://.")


async def sign_in(
    paths: Paths, given: str, *, user: str = "", password: str = "", login_token: str = "", is_empty: bool = True
) -> Account:
    """Sign in with a password or a login token, and note the server's key. Raises `CannotSignIn`.

    `is_empty`: nothing is in the spool; what is there was read for somebody, and goes to no other account.
    """
    paths.make()
    url, before = await find_server(given), load(paths)
    login: dict[str, Any] = {"type": "m.login.token", "token": login_token}
    if not login_token:
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
        }
    if before is not None and before.url == url:
        login["device_id"] = before.device_id
    login["initial_device_display_name"] = f"Roomkeeper agent on {socket.gethostname()}"
    try:
        async with Server(url) as server:
            answer = await server.request("POST", f"{V3}/login", login)
        token, user_id = str(answer["access_token"]), str(answer["user_id"])
        async with Server(url, token) as server:
            try:
                if before is not None and not is_empty and before.user_id != user_id:
                    raise CannotSignIn(
                        f"The spool has entries of {before.user_id} that are not uploaded: sign in as them,"
                        " or remove the spool with: roomkeeper-agent spool discard"
                    )
                key = await _checked(paths, server, user_id)
            except BaseException:
                with contextlib.suppress(ServerError):
                    await server.request("POST", f"{V3}/logout", {})
                raise
    except Refused as error:
        raise CannotSignIn(f"The server does not let you in: {error}") from None
    except (Unreachable, SignedOut) as error:
        raise CannotSignIn(str(error)) from None
    account = Account(url=url, user_id=user_id, device_id=str(answer["device_id"]), key=key)
    return _keep(paths, account, token)


async def _checked(paths: Paths, server: Server, user_id: str) -> Pinned:
    """The key of a server whose policy this account can have. Raises `CannotSignIn`, `ServerError`."""
    try:
        key = pinned_key(await server.keys(), user_id.partition(":")[2])
        nonce = new_nonce()
        answer = await server.policy(nonce)
        accepted(answer, key, user_id, nonce)
    except Refused as error:
        if error.status == 404:
            raise CannotSignIn("This is no Roomkeeper server, or one that takes no records.") from None
        raise CannotSignIn(f"{user_id} may not upload records: {error}") from None
    except ValueError as error:
        raise CannotSignIn(str(error)) from None
    keep(paths, answer, nonce)
    return key


def _keep(paths: Paths, account: Account, token: str) -> Account:
    """Keep the token, and who it is."""
    account = msgspec.structs.replace(account, token_in=_token(paths, account).keep(token))
    write_private(paths.account, msgspec.json.encode(account))
    return account


async def sign_out(paths: Paths) -> str:
    """Sign out, here and on the server; what there is to say of it."""
    account = load(paths)
    if account is None:
        return "Nobody is signed in."
    token = token_of(paths, account)
    said = f"Signed out of {account.url}."
    if token is not None:
        try:
            async with Server(account.url, token) as server:
                await server.request("POST", f"{V3}/logout", {})
        except SignedOut:
            pass
        except ServerError as error:
            said = f"Signed out here; the server does not know it yet ({error}): end the device in the chat's settings."
    _token(paths, account).forget(account.token_in)
    paths.account.unlink(missing_ok=True)
    paths.policy.unlink(missing_ok=True)
    return said


def _token(paths: Paths, account: Account) -> Secret:
    attributes = ("account", account.user_id, "server", account.url)
    return Secret(f"Roomkeeper agent ({account.user_id})", attributes, paths.token)
