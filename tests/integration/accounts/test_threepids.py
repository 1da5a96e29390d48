"""E-mail addresses and phone numbers: there are none, and everything that wants them says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Server

CREDENTIALS = {"client_secret": "s", "sid": "1", "id_server": "id.example.org", "id_access_token": "t"}
EMAIL = {"client_secret": "s", "email": "a@example.org", "send_attempt": 1}
PHONE = {"client_secret": "s", "country": "GB", "phone_number": "0", "send_attempt": 1}
ADDRESS = {"medium": "email", "address": "a@example.org"}


@pytest.mark.parametrize(
    ("path", "body", "status", "errcode"),
    [
        ("/account/3pid", {"three_pid_creds": CREDENTIALS}, 403, "M_THREEPID_DENIED"),
        ("/account/3pid/add", {"client_secret": "s", "sid": "1"}, 403, "M_THREEPID_DENIED"),
        ("/account/3pid/bind", CREDENTIALS, 403, "M_THREEPID_DENIED"),
        ("/account/3pid/delete", ADDRESS, 400, "M_THREEPID_NOT_FOUND"),
        ("/account/3pid/unbind", ADDRESS, 400, "M_THREEPID_NOT_FOUND"),
        ("/account/3pid/email/requestToken", EMAIL, 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED"),
        ("/account/3pid/msisdn/requestToken", PHONE, 400, "M_THREEPID_MEDIUM_NOT_SUPPORTED"),
        ("/register/email/requestToken", EMAIL, 403, "M_THREEPID_DENIED"),
        ("/register/msisdn/requestToken", PHONE, 403, "M_THREEPID_DENIED"),
        ("/account/password/email/requestToken", EMAIL, 403, "M_THREEPID_DENIED"),
        ("/account/password/msisdn/requestToken", PHONE, 403, "M_THREEPID_DENIED"),
    ],
)
async def test_they_are_refused(server: Server, path: str, body: Any, status: int, errcode: str) -> None:
    alice = await server.register("alice")
    answer = await alice.attempt("POST", path, body)
    assert (answer[0], answer[1]["errcode"]) == (status, errcode)
    if "password" in path:
        assert "administrator" in answer[1]["error"]


async def test_the_list_is_empty(server: Server) -> None:
    alice = await server.register("alice")
    assert await alice.get("/account/3pid") == {"threepids": []}
    assert (await alice.get("/capabilities"))["capabilities"]["m.3pid_changes"] == {"enabled": False}
