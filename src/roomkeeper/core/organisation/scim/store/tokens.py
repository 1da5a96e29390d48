"""The SQL of tokens for provisioning."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.organisation.scim.models import Token
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "name, created_ts, created_by, expires_ts, last_used_ts, last_used_ip"


def insert(write: Write, token: Token, token_hash: bytes) -> None:
    """A new token; the write fails where there is one of that name."""
    write.add(
        "INSERT INTO provisioning_tokens (name, token_hash, created_ts, created_by, expires_ts)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
        token.name,
        token_hash,
        token.created_ts,
        token.created_by,
        token.expires_ts,
        rows=1,
    )


def delete(write: Write, name: str) -> None:
    """Revoke a token; the write fails where there is none of that name."""
    write.add("DELETE FROM provisioning_tokens WHERE name = $1", name, rows=1)


def touch(write: Write, name: str, now: int, address: str) -> None:
    """Note when and from where a token was used."""
    sql = "UPDATE provisioning_tokens SET last_used_ts = $2, last_used_ip = $3 WHERE name = $1"
    write.add(sql, name, now, address)


async def find(reader: Reader, token_hash: bytes) -> Token | None:
    """The token of that hash."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM provisioning_tokens WHERE token_hash = $1", token_hash)
    return None if row is None else _token(row)


async def page(reader: Reader, after: str, limit: int) -> Sequence[Token]:
    """Tokens after a name, in the order of their names."""
    sql = f"SELECT {COLUMNS} FROM provisioning_tokens WHERE name > $1 ORDER BY name LIMIT $2"
    return [_token(row) for row in await reader.query(sql, after, limit)]


async def count(reader: Reader) -> int:
    """How many tokens there are."""
    row = await reader.query_one("SELECT count(*) FROM provisioning_tokens")
    return int(row[0]) if row else 0


def _token(row: Row) -> Token:
    return Token(
        name=row[0],
        created_ts=row[1],
        created_by=row[2],
        expires_ts=row[3],
        last_used_ts=row[4],
        last_used_ip=row[5],
    )
