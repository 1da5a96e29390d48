"""All SQL of accounts: users, devices, access and refresh tokens, registration tokens."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.accounts.models import (
    AccessToken,
    Device,
    LastSeen,
    RefreshToken,
    RegistrationToken,
    SeenDevice,
    User,
    UserState,
    UserSummary,
)
from roomkeeper.platform.database import Reader, Row, Write

TOKEN_TABLES = ("access_tokens", "refresh_tokens")
BATCH = 500
"""Parameters in one IN list."""


async def find_user(reader: Reader, user_id: str) -> User | None:
    """One account."""
    sql = (
        "SELECT user_id, password_hash, created_ts, is_admin, state, is_guest, is_suspended, erased_position"
        " FROM users WHERE user_id = $1"
    )
    row = await reader.query_one(sql, user_id)
    return _user(row) if row else None


def _user(row: Row) -> User:
    return User(row[0], row[1], row[2], bool(row[3]), row[4], bool(row[5]), bool(row[6]), row[7])


async def suspended_users(reader: Reader) -> list[str]:
    """Everyone who is suspended."""
    return [row[0] for row in await reader.query("SELECT user_id FROM users WHERE is_suspended")]


async def erased_users(reader: Reader) -> dict[str, int]:
    """Everyone who had what they wrote erased, with the position of the stream at that time."""
    rows = await reader.query("SELECT user_id, erased_position FROM users WHERE erased_position IS NOT NULL")
    return {row[0]: row[1] for row in rows}


async def guests(reader: Reader, user_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are guests."""
    found: set[str] = set()
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        rows = await reader.query(f"SELECT user_id FROM users WHERE is_guest AND user_id IN ({marks})", *batch)
        found.update(row[0] for row in rows)
    return found


async def existing(reader: Reader, user_ids: Sequence[str]) -> set[str]:
    """Those of the ids that have an account."""
    found: set[str] = set()
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        rows = await reader.query(f"SELECT user_id FROM users WHERE user_id IN ({marks})", *batch)
        found.update(row[0] for row in rows)
    return found


async def page_of_users(reader: Reader, after: str, search: str, limit: int) -> list[UserSummary]:
    """Accounts after the id `after`, in order of their ids; `search` is a part of the id."""
    pattern = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    sql = (
        "SELECT user_id, created_ts, is_admin, state,"
        " (SELECT count(*) FROM devices WHERE devices.user_id = users.user_id), is_guest, is_suspended"
        " FROM users WHERE user_id > $1 AND lower(user_id) LIKE $2 ESCAPE '\\' ORDER BY user_id LIMIT $3"
    )
    rows = await reader.query(sql, after, f"%{pattern.lower()}%", limit)
    return [UserSummary(row[0], row[1], bool(row[2]), row[3], row[4], bool(row[5]), bool(row[6])) for row in rows]


def insert_user(write: Write, user: User, *, append: bool = False) -> None:
    """A new account; the write fails where the id is taken. `append`: nothing else in `write` touches its row."""
    sql = (
        "INSERT INTO users (user_id, password_hash, created_ts, is_admin, state, is_guest)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO NOTHING"
    )
    values = (user.password_hash, user.created_ts, user.is_admin, user.state, user.is_guest)
    write.add(sql, user.user_id, *values, rows=1, append=append)


def update_password(write: Write, user_id: str, password_hash: str | None) -> None:
    """Set or take away the password."""
    write.add("UPDATE users SET password_hash = $2 WHERE user_id = $1", user_id, password_hash, rows=1)


def replace_password_hash(write: Write, user_id: str, old: str, new: str) -> None:
    """The same password hashed anew, unless it was changed meanwhile."""
    sql = "UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2"
    write.add(sql, user_id, old, new)


def update_state(write: Write, user_id: str, state: UserState) -> None:
    """Lock, unlock or deactivate; the write fails where the account was deactivated since it was read."""
    sql = "UPDATE users SET state = $2 WHERE user_id = $1 AND state <> 'deactivated'"
    write.add(sql, user_id, state, rows=1)


def update_suspended(write: Write, user_id: str, *, suspended: bool) -> None:
    """Suspend or not; the write fails where the account was deactivated since it was read."""
    sql = "UPDATE users SET is_suspended = $2 WHERE user_id = $1 AND state <> 'deactivated'"
    write.add(sql, user_id, suspended, rows=1)


def mark_erased(write: Write, user_id: str, position: int) -> None:
    """From now on what the user wrote is shown to those alone who could see it at that position."""
    write.add("UPDATE users SET erased_position = $2 WHERE user_id = $1", user_id, position, rows=1)


def reactivate(write: Write, user_id: str, password_hash: str) -> None:
    """Open a deactivated account again; the write fails where it is none, or was erased."""
    sql = (
        "UPDATE users SET state = 'active', is_suspended = $3, password_hash = $2"
        " WHERE user_id = $1 AND state = 'deactivated' AND erased_position IS NULL"
    )
    write.add(sql, user_id, password_hash, False, rows=1)


def make_member(write: Write, user_id: str, password_hash: str) -> None:
    """Make a full account of a guest's; the write fails where it is none (any more)."""
    sql = "UPDATE users SET is_guest = $3, password_hash = $2 WHERE user_id = $1 AND is_guest AND state = 'active'"
    write.add(sql, user_id, password_hash, False, rows=1)


def insert_accepted_policy(write: Write, user_id: str, policy: str, version: str, now: int) -> None:
    """Which version of a document a new user has accepted, and when."""
    sql = "INSERT INTO accepted_policies (user_id, policy, version, accepted_ts) VALUES ($1, $2, $3, $4)"
    write.add(sql, user_id, policy, version, now, rows=1)


def delete_accepted_policies(write: Write, user_id: str) -> None:
    """Forget what an erased user has accepted."""
    write.add("DELETE FROM accepted_policies WHERE user_id = $1", user_id)


def require_unchanged(write: Write, user: User) -> None:
    """Let the write fail where the account was locked, or its password changed, since it was read."""
    sql = "UPDATE users SET state = state WHERE user_id = $1 AND state = 'active' AND password_hash = $2"
    write.add(sql, user.user_id, user.password_hash, rows=1)


async def find_device(reader: Reader, user_id: str, device_id: str) -> Device | None:
    """One device."""
    sql = (
        "SELECT device_id, display_name, last_seen_ip, last_seen_ts FROM devices WHERE user_id = $1 AND device_id = $2"
    )
    row = await reader.query_one(sql, user_id, device_id)
    return Device(*row) if row else None


async def devices_of(reader: Reader, user_id: str) -> list[Device]:
    """All devices of a user; the settings bound how many there can be."""
    sql = (
        "SELECT device_id, display_name, last_seen_ip, last_seen_ts FROM devices WHERE user_id = $1 ORDER BY device_id"
    )
    return [Device(*row) for row in await reader.query(sql, user_id)]


async def device_names(reader: Reader, user_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """The names of the devices of some users, where they have one."""
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(user_ids), BATCH):
        batch = user_ids[start : start + BATCH]
        marks = ", ".join(f"${number}" for number in range(1, len(batch) + 1))
        sql = f"SELECT user_id, device_id, display_name FROM devices WHERE user_id IN ({marks})"
        rows = await reader.query(f"{sql} AND display_name IS NOT NULL", *batch)
        found.update({(row[0], row[1]): row[2] for row in rows})
    return found


async def seen_devices(reader: Reader, user_id: str) -> list[SeenDevice]:
    """All devices of a user with when they were last seen."""
    sql = (
        "SELECT device_id, last_seen_ts, last_seen_ip, last_seen_user_agent FROM devices"
        " WHERE user_id = $1 ORDER BY device_id"
    )
    return [SeenDevice(*row) for row in await reader.query(sql, user_id)]


async def count_devices(reader: Reader, user_id: str) -> int:
    """How many devices a user has."""
    row = await reader.query_one("SELECT count(*) FROM devices WHERE user_id = $1", user_id)
    return int(row[0]) if row else 0


def insert_device(write: Write, user_id: str, device_id: str, display_name: str | None, now: int) -> None:
    """A device, unless it is there already: then it keeps its name."""
    sql = (
        "INSERT INTO devices (user_id, device_id, display_name, created_ts) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (user_id, device_id) DO NOTHING"
    )
    write.add(sql, user_id, device_id, display_name, now)


def rename_device(write: Write, user_id: str, device_id: str, display_name: str) -> None:
    """Give a device another name."""
    sql = "UPDATE devices SET display_name = $3 WHERE user_id = $1 AND device_id = $2"
    write.add(sql, user_id, device_id, display_name)


def update_last_seen(write: Write, user_id: str, device_id: str, seen: LastSeen) -> None:
    """Note when and from where a device was last used."""
    sql = (
        "UPDATE devices SET last_seen_ts = $3, last_seen_ip = $4, last_seen_user_agent = $5"
        " WHERE user_id = $1 AND device_id = $2"
    )
    write.add(sql, user_id, device_id, seen.ts, seen.ip, seen.user_agent)


def delete_device(write: Write, user_id: str, device_id: str) -> None:
    """Delete a device with its tokens."""
    delete_tokens(write, user_id, device_id)
    write.add("DELETE FROM devices WHERE user_id = $1 AND device_id = $2", user_id, device_id)


def delete_all_devices(write: Write, user_id: str, keep: str | None) -> None:
    """Delete all devices of a user with their tokens, but the device `keep`."""
    for table in (*TOKEN_TABLES, "devices"):
        sql = f"DELETE FROM {table} WHERE user_id = $1 AND device_id <> $2"
        # No device id is empty, so that the empty string keeps none.
        write.add(sql, user_id, keep or "")


async def find_access_token(reader: Reader, token_hash: bytes) -> AccessToken | None:
    """The token of that hash."""
    sql = (
        "SELECT t.user_id, t.device_id, t.generation, t.expires_ts, t.confirmed, u.state, u.is_guest, u.is_suspended"
        " FROM access_tokens t JOIN users u ON u.user_id = t.user_id WHERE t.token_hash = $1"
    )
    row = await reader.query_one(sql, token_hash)
    if row is None:
        return None
    return AccessToken(row[0], row[1], row[2], row[3], bool(row[4]), row[5], bool(row[6]), bool(row[7]))


async def find_refresh_token(reader: Reader, token_hash: bytes) -> RefreshToken | None:
    """The token of that hash."""
    sql = (
        "SELECT t.user_id, t.device_id, t.generation, u.state"
        " FROM refresh_tokens t JOIN users u ON u.user_id = t.user_id WHERE t.token_hash = $1"
    )
    row = await reader.query_one(sql, token_hash)
    return RefreshToken(*row) if row else None


def insert_access_token(write: Write, token_hash: bytes, token: AccessToken) -> None:
    """A new access token."""
    sql = (
        "INSERT INTO access_tokens (token_hash, user_id, device_id, generation, expires_ts, confirmed)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
    )
    values = (token.user_id, token.device_id, token.generation, token.expires_ts, token.confirmed)
    write.add(sql, token_hash, *values, rows=1)


def insert_refresh_token(write: Write, token_hash: bytes, user_id: str, device_id: str, generation: int) -> None:
    """A new refresh token."""
    sql = "INSERT INTO refresh_tokens (token_hash, user_id, device_id, generation) VALUES ($1, $2, $3, $4)"
    write.add(sql, token_hash, user_id, device_id, generation, rows=1)


def require_refresh_token(write: Write, token_hash: bytes) -> None:
    """Let the write fail where the refresh token was revoked since it was read."""
    sql = "UPDATE refresh_tokens SET generation = generation WHERE token_hash = $1"
    write.add(sql, token_hash, rows=1)


def confirm_access_token(write: Write, token_hash: bytes) -> None:
    """Note that a token has been used; the write fails where it was revoked since it was read."""
    write.add("UPDATE access_tokens SET confirmed = $2 WHERE token_hash = $1", token_hash, True, rows=1)


def renew_access_token(write: Write, token_hash: bytes, expires_ts: int) -> None:
    """A token is valid for longer, if it is there still."""
    write.add("UPDATE access_tokens SET expires_ts = $2 WHERE token_hash = $1", token_hash, expires_ts)


def delete_tokens(write: Write, user_id: str, device_id: str) -> None:
    """Revoke all tokens of a device."""
    for table in TOKEN_TABLES:
        write.add(f"DELETE FROM {table} WHERE user_id = $1 AND device_id = $2", user_id, device_id)


def delete_other_generations(write: Write, user_id: str, device_id: str, generation: int) -> None:
    """Revoke the tokens of a device's session from before and after one of its refreshes."""
    for table in TOKEN_TABLES:
        sql = f"DELETE FROM {table} WHERE user_id = $1 AND device_id = $2 AND generation <> $3"
        write.add(sql, user_id, device_id, generation)


def delete_earlier_generations(write: Write, user_id: str, device_id: str, generation: int) -> None:
    """Revoke the tokens of a device's session from before one of its refreshes."""
    for table in TOKEN_TABLES:
        sql = f"DELETE FROM {table} WHERE user_id = $1 AND device_id = $2 AND generation < $3"
        write.add(sql, user_id, device_id, generation)


def insert_short_token(write: Write, token_hash: bytes, purpose: str, user_id: str, expires_ts: int) -> None:
    """A token that is valid for a short time, for one purpose."""
    sql = "INSERT INTO short_tokens (token_hash, purpose, user_id, expires_ts) VALUES ($1, $2, $3, $4)"
    write.add(sql, token_hash, purpose, user_id, expires_ts, rows=1)


async def find_short_token(reader: Reader, token_hash: bytes, purpose: str, now: int) -> tuple[str, UserState] | None:
    """The user of a token of that purpose that has not expired, and their state."""
    sql = (
        "SELECT t.user_id, u.state FROM short_tokens t JOIN users u ON u.user_id = t.user_id"
        " WHERE t.token_hash = $1 AND t.purpose = $2 AND t.expires_ts > $3"
    )
    row = await reader.query_one(sql, token_hash, purpose, now)
    return (row[0], row[1]) if row else None


def use_short_token(write: Write, token_hash: bytes) -> None:
    """Use a token up; the write fails where another was faster."""
    write.add("DELETE FROM short_tokens WHERE token_hash = $1", token_hash, rows=1)


def tidy_short_tokens(write: Write, user_id: str, purpose: str, keep: int, now: int) -> None:
    """Delete tokens that have expired, and the user's oldest but `keep`."""
    write.add("DELETE FROM short_tokens WHERE expires_ts <= $1", now)
    sql = (
        "DELETE FROM short_tokens WHERE user_id = $1 AND purpose = $2 AND token_hash NOT IN (SELECT token_hash"
        " FROM short_tokens WHERE user_id = $1 AND purpose = $2 ORDER BY expires_ts DESC, token_hash LIMIT $3)"
    )
    write.add(sql, user_id, purpose, keep)


def delete_short_tokens(write: Write, user_id: str) -> None:
    """Revoke all such tokens of a user."""
    write.add("DELETE FROM short_tokens WHERE user_id = $1", user_id)


def require_active(write: Write, user_id: str) -> None:
    """Let the write fail where the account was locked or closed since it was read."""
    write.add("UPDATE users SET state = state WHERE user_id = $1 AND state = 'active'", user_id, rows=1)


async def find_registration_token(reader: Reader, token: str) -> RegistrationToken | None:
    """One registration token."""
    sql = "SELECT token, uses_allowed, completed, expiry_time FROM registration_tokens WHERE token = $1"
    row = await reader.query_one(sql, token)
    return RegistrationToken(*row) if row else None


async def page_of_registration_tokens(reader: Reader, after: str, limit: int) -> list[RegistrationToken]:
    """Registration tokens after the token `after`, in their order."""
    sql = (
        "SELECT token, uses_allowed, completed, expiry_time FROM registration_tokens"
        " WHERE token > $1 ORDER BY token LIMIT $2"
    )
    return [RegistrationToken(*row) for row in await reader.query(sql, after, limit)]


def insert_registration_token(write: Write, token: RegistrationToken, now: int) -> None:
    """A new registration token; the write fails where there is one like it."""
    sql = (
        "INSERT INTO registration_tokens (token, uses_allowed, completed, expiry_time, created_ts)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (token) DO NOTHING"
    )
    write.add(sql, token.token, token.uses_allowed, token.completed, token.expiry_time, now, rows=1)


def use_registration_token(write: Write, token: str) -> None:
    """Count one registration; the write fails where the token has no use left."""
    sql = (
        "UPDATE registration_tokens SET completed = completed + 1"
        " WHERE token = $1 AND (uses_allowed IS NULL OR completed < uses_allowed)"
    )
    write.add(sql, token, rows=1)


def delete_registration_token(write: Write, token: str) -> None:
    """Revoke a registration token; the write fails where there is none like it."""
    write.add("DELETE FROM registration_tokens WHERE token = $1", token, rows=1)
