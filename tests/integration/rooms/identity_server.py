"""A small identity server with real signatures, for tests. spec: identity service API"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from roomkeeper.wire.signing import Signer, encode_base64_url, sign_json

NAME = "id.example.org"
TOKEN = "identity token"


class IdentityServer:
    """Knows users by address; invites, and signs invitations over."""

    def __init__(self) -> None:
        self.base = ""
        self.pepper = "pepper"
        self.peppers_to_come: list[str] = []
        """After each look-up of the pepper, the next one."""
        self.users: dict[tuple[str, str], str] = {}
        self.invites: list[dict[str, Any]] = []
        self.signer = Signer.from_seed(NAME, "0", bytes(32))
        self.ephemeral = [Signer.from_seed(NAME, f"e{n}", bytes([n]) * 32) for n in range(1, 20)]
        self.revoked: set[str] = set()
        self.asked: list[str] = []
        self.fail: dict[str, web.Response] = {}
        """Answers by path, in the place of proper ones."""
        self.display_name = "s…@e…"

    def sign(self, token: str, mxid: str, signer: Signer | None = None, **changed: Any) -> dict[str, Any]:
        """What somebody who has proved that an invited address is theirs is given."""
        invite = next(invite for invite in self.invites if invite["token"] == token)
        content = {"mxid": mxid, "sender": invite["sender"], "token": token, **changed}
        return sign_json(content, signer or invite["signer"])

    # ------------------------------------------------------------ endpoints

    async def answer(self, request: web.Request) -> web.Response:
        """All endpoints."""
        path = request.path.removeprefix("/_matrix/identity/v2")
        self.asked.append(path)
        if path in self.fail:
            failed = self.fail[path]
            return web.Response(status=failed.status, body=failed.body, headers={"Content-Type": "application/json"})
        if path in ("/pubkey/isvalid", "/pubkey/ephemeral/isvalid"):
            key = request.query["public_key"]
            known = {signer.verify_key_base64 for signer in (self.signer, *self.ephemeral)}
            return web.json_response({"valid": key in known - self.revoked})
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"errcode": "M_UNAUTHORIZED", "error": "Who are you?"}, status=401)
        if path == "/hash_details":
            return web.json_response({"lookup_pepper": self.pepper, "algorithms": ["none", "sha256"]})
        body = await request.json()
        return self._lookup(body) if path == "/lookup" else self._store(body)

    def _lookup(self, body: dict[str, Any]) -> web.Response:
        if self.peppers_to_come:
            self.pepper = self.peppers_to_come.pop(0)
        if body["pepper"] != self.pepper:
            return web.json_response({"errcode": "M_INVALID_PEPPER", "error": "It has changed."}, status=400)
        hashes = {
            encode_base64_url(hashlib.sha256(f"{address} {medium} {self.pepper}".encode()).digest()): user
            for (medium, address), user in self.users.items()
        }
        return web.json_response({"mappings": {key: hashes[key] for key in body["addresses"] if key in hashes}})

    def _store(self, body: dict[str, Any]) -> web.Response:
        if body["medium"] != "email":
            return web.json_response({"errcode": "M_UNRECOGNIZED", "error": "Only e-mail."}, status=400)
        signer = self.ephemeral[len(self.invites)]
        token = f"token{len(self.invites)}"
        self.invites.append({**body, "token": token, "signer": signer})
        url = f"https://{NAME}/_matrix/identity/v2/pubkey"
        keys = [
            {"public_key": self.signer.verify_key_base64, "key_validity_url": f"{url}/isvalid"},
            {"public_key": signer.verify_key_base64, "key_validity_url": f"{url}/ephemeral/isvalid"},
        ]
        return web.json_response({"token": token, "public_keys": keys, "display_name": self.display_name})


@asynccontextmanager
async def running_identity_server() -> AsyncIterator[IdentityServer]:
    """One that is served."""
    server = IdentityServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()
