"""What of passwords and tokens is in the files, and how passwords are hashed."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import MakeServer
from tests.harness import Server

PASSWORD = "correct horse battery"


def bytes_in(folder: Path) -> bytes:
    """Everything in the folder, the database with its log included."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def everything(server: Server) -> bytes:
    """All files, and all rows of a database that is elsewhere."""
    stored = bytes_in(server.data_dir)
    if server.app.driver.dialect == "postgresql":
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        for (table,) in await server.app.driver.query(tables):
            for row in await server.app.driver.query(f"SELECT * FROM {table}"):
                stored += b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    return stored


async def test_neither_passwords_nor_tokens_are_stored(server: Server) -> None:
    body = {"username": "alice", "password": PASSWORD, "refresh_token": True, "auth": {"type": "m.login.dummy"}}
    _, answer = await server.request("POST", "/register", body)
    await server.request("GET", "/account/whoami", token=answer["access_token"])
    stored = await everything(server)
    assert b"@alice:example.org" in stored
    for secret in (PASSWORD, answer["access_token"], answer["refresh_token"]):
        assert secret.encode() not in stored


async def test_passwords_are_hashed_with_argon2id(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_PASSWORD_HASHING="normal")
    await server.register("alice")
    rows = await server.app.driver.query("SELECT password_hash FROM users")
    assert rows[0][0].startswith("$argon2id$v=19$m=47104,t=2,p=1$")


async def stored_hash(server: Server) -> str:
    rows = await server.app.driver.query("SELECT password_hash FROM users")
    return str(rows[0][0])


async def test_a_password_is_hashed_anew_when_the_parameters_change(tmp_path: Path) -> None:
    fast = await Server(tmp_path).start()
    await fast.register("alice")
    assert "m=8,t=1" in await stored_hash(fast)
    await fast.stop()
    normal = await Server(tmp_path, ROOMKEEPER_PASSWORD_HASHING="normal").start()
    await normal.login("alice")
    strong = await stored_hash(normal)
    assert "m=47104,t=2" in strong
    await normal.login("alice")
    assert await stored_hash(normal) == strong
    await normal.stop()
