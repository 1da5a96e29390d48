"""Who watches over whom, who decides for whom, what people agree to, what identifies them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.capabilities.safety.models import Following, FollowingState, Guardian, Preferences, When
from roomkeeper.platform.database import Reader, Write

FOLLOWING = (
    "following_id, follower, followed, relation, message, state, asks, asked_ts, answered_ts, answered_by, ended_ts,"
    " ended_by"
)

# ------------------------------------------------------------ followings


def insert_following(write: Write, following: Following) -> None:
    """A new one; fails where there is an open one of the same two."""
    write.add(
        f"INSERT INTO safety_followings ({FOLLOWING}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        following.following_id,
        following.follower,
        following.followed,
        following.relation,
        following.message,
        following.state,
        following.when,
        following.asked_ts,
        following.answered_ts,
        following.answered_by,
        following.ended_ts,
        following.ended_by,
        rows=1,
    )


def update_following(write: Write, before: FollowingState, following: Following) -> None:
    """What may change of one; fails where it is not in the state `before`."""
    write.add(
        "UPDATE safety_followings SET state = $3, asks = $4, answered_ts = $5, answered_by = $6, ended_ts = $7,"
        " ended_by = $8 WHERE following_id = $1 AND state = $2",
        following.following_id,
        before,
        following.state,
        following.when,
        following.answered_ts,
        following.answered_by,
        following.ended_ts,
        following.ended_by,
        rows=1,
    )


async def find_following(reader: Reader, following_id: str) -> Following | None:
    """One of them."""
    found = await _followings(reader, "following_id = $1", following_id)
    return found[0] if found else None


async def open_between(reader: Reader, follower: str, followed: str) -> Following | None:
    """What is asked for or in force between two."""
    where = "follower = $1 AND followed = $2 AND state IN ('asked', 'confirmed')"
    found = await _followings(reader, where, follower, followed)
    return found[0] if found else None


async def last_answer(reader: Reader, follower: str, followed: str) -> int | None:
    """When one of the two last said no to it."""
    row = await reader.query_one(
        "SELECT max(ended_ts) FROM safety_followings WHERE follower = $1 AND followed = $2 AND ended_by <> $3",
        follower,
        followed,
        follower,
    )
    return None if row is None else row[0]


async def count_open(reader: Reader, column: str, user_id: str, state: FollowingState) -> int:
    """How many somebody has as ``follower`` or ``followed``."""
    sql = f"SELECT count(*) FROM safety_followings WHERE {column} = $1 AND state = $2"
    row = await reader.query_one(sql, user_id, state)
    return 0 if row is None else int(row[0])


async def followings_of(
    reader: Reader, users: Sequence[str], after: str, limit: int, *, only_open: bool = False
) -> list[Following]:
    """Those with one of these people on either side, in the order of their ids."""
    names = ", ".join(f"${number}" for number in range(3, 3 + len(users)))
    is_open = " AND state IN ('asked', 'confirmed')" if only_open else ""
    of_them = f"(follower IN ({names}) OR followed IN ({names}))"
    where = f"following_id > $1 AND {of_them}{is_open} ORDER BY following_id LIMIT $2"
    return await _followings(reader, where, after, limit, *users)


async def followers_of(reader: Reader, users: Sequence[str]) -> list[Following]:
    """Those in force in which these people (500 at most) are followed."""
    names = ", ".join(f"${number}" for number in range(1, 1 + len(users)))
    return await _followings(reader, f"state = 'confirmed' AND followed IN ({names})", *users)


async def followed_by(reader: Reader, users: Sequence[str]) -> list[Following]:
    """Those in force in which these people (500 at most) follow."""
    names = ", ".join(f"${number}" for number in range(1, 1 + len(users)))
    return await _followings(reader, f"state = 'confirmed' AND follower IN ({names})", *users)


def forget_followings(write: Write, before_ts: int) -> None:
    """Let go of what ended before then."""
    write.add("DELETE FROM safety_followings WHERE ended_ts < $1", before_ts)


async def any_ended(reader: Reader, before_ts: int) -> bool:
    """Whether there are such."""
    return await reader.query_one("SELECT 1 FROM safety_followings WHERE ended_ts < $1 LIMIT 1", before_ts) is not None


def delete_followings(write: Write, user_id: str) -> None:
    """Let go of all of somebody."""
    write.add("DELETE FROM safety_followings WHERE follower = $1 OR followed = $2", user_id, user_id)


async def _followings(reader: Reader, where: str, *parameters: Any) -> list[Following]:
    rows = await reader.query(f"SELECT {FOLLOWING} FROM safety_followings WHERE {where}", *parameters)
    return [
        Following(
            following_id=row[0],
            follower=row[1],
            followed=row[2],
            relation=row[3],
            message=row[4],
            state=row[5],
            when=_when(row[6]),
            asked_ts=row[7],
            answered_ts=row[8],
            answered_by=row[9],
            ended_ts=row[10],
            ended_by=row[11],
        )
        for row in rows
    ]


def _when(stored: str) -> When:
    return "always" if stored == "always" else "trusted"


# ------------------------------------------------------------ guardians


async def guardians_of(reader: Reader, minor: str) -> list[Guardian]:
    """Who decides for somebody: nobody but themselves, where there is none."""
    rows = await reader.query(
        "SELECT minor, guardian, declared_by, declared_ts FROM safety_guardians WHERE minor = $1 ORDER BY guardian",
        minor,
    )
    return [Guardian(minor=row[0], guardian=row[1], declared_by=row[2], declared_ts=row[3]) for row in rows]


async def page_guardians(reader: Reader, after: tuple[str, str], limit: int) -> list[Guardian]:
    """All guardians, by minors, after a minor and a guardian."""
    rows = await reader.query(
        "SELECT minor, guardian, declared_by, declared_ts FROM safety_guardians WHERE (minor, guardian) > ($1, $2)"
        " ORDER BY minor, guardian LIMIT $3",
        *after,
        limit,
    )
    return [Guardian(minor=row[0], guardian=row[1], declared_by=row[2], declared_ts=row[3]) for row in rows]


async def wards_of(reader: Reader, guardian: str) -> list[str]:
    """For whom somebody decides."""
    rows = await reader.query("SELECT minor FROM safety_guardians WHERE guardian = $1 ORDER BY minor", guardian)
    return [row[0] for row in rows]


def insert_guardian(write: Write, guardian: Guardian) -> None:
    """That somebody decides for a minor."""
    write.add(
        "INSERT INTO safety_guardians (minor, guardian, declared_by, declared_ts) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (minor, guardian) DO NOTHING",
        guardian.minor,
        guardian.guardian,
        guardian.declared_by,
        guardian.declared_ts,
    )


def delete_guardians(write: Write, minor: str) -> None:
    """That nobody decides for them any more."""
    write.add("DELETE FROM safety_guardians WHERE minor = $1", minor)


def delete_guardianships(write: Write, user_id: str) -> None:
    """All in which somebody is either."""
    write.add("DELETE FROM safety_guardians WHERE minor = $1 OR guardian = $2", user_id, user_id)


# ------------------------------------------------------------ preferences


async def preferences_of(reader: Reader, users: Sequence[str]) -> dict[str, Preferences]:
    """What people (500 at most) have agreed to; who is not there has agreed to nothing."""
    names = ", ".join(f"${number}" for number in range(1, 1 + len(users)))
    sql = f"SELECT user_id, preferences FROM safety_preferences WHERE user_id IN ({names})"
    rows = await reader.query(sql, *users) if users else []
    return {row[0]: msgspec.json.decode(row[1], type=Preferences) for row in rows}


def put_preferences(write: Write, user_id: str, preferences: Preferences, by: str, now: int) -> None:
    """What somebody agrees to from now on."""
    write.add(
        "INSERT INTO safety_preferences (user_id, location, preferences, changed_ts, changed_by)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET location = excluded.location,"
        " preferences = excluded.preferences, changed_ts = excluded.changed_ts, changed_by = excluded.changed_by",
        user_id,
        preferences.location,
        msgspec.json.encode(preferences).decode(),
        now,
        by,
        rows=1,
    )


async def sharing(reader: Reader, after: str, limit: int) -> list[tuple[str, str]]:
    """Who shares where they are, and how exactly, in the order of their ids."""
    sql = (
        "SELECT user_id, location FROM safety_preferences WHERE user_id > $1 AND location <> 'off'"
        " ORDER BY user_id LIMIT $2"
    )
    return [(row[0], row[1]) for row in await reader.query(sql, after, limit)]


def delete_preferences(write: Write, user_id: str) -> None:
    """That somebody agrees to nothing."""
    write.add("DELETE FROM safety_preferences WHERE user_id = $1", user_id)


# ------------------------------------------------------------ features


async def key_of(reader: Reader, user_id: str) -> bytes | None:
    """The wrapped key of somebody's features."""
    row = await reader.query_one("SELECT wrapped FROM safety_keys WHERE user_id = $1", user_id)
    return None if row is None else bytes(row[0])


async def has_keys(reader: Reader) -> bool:
    """Whether anything is encrypted."""
    return await reader.query_one("SELECT 1 FROM safety_keys LIMIT 1") is not None


def insert_key(write: Write, user_id: str, wrapped: bytes) -> None:
    """Somebody's first."""
    write.add("INSERT INTO safety_keys (user_id, wrapped) VALUES ($1, $2)", user_id, wrapped, rows=1)


def insert_feature(
    write: Write,
    feature_id: str,
    user_id: str,
    kind: str,
    sealed: bytes,
    file: bytes | None,
    created_by: str,
    now: int,
) -> None:
    """One more; `file` is sealed, too."""
    write.add(
        "INSERT INTO safety_features (feature_id, user_id, kind, sealed, file, created_by, created_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        feature_id,
        user_id,
        kind,
        sealed,
        file,
        created_by,
        now,
        rows=1,
    )


async def features_of(reader: Reader, user_id: str) -> list[tuple[str, str, bytes, str, int]]:
    """All of somebody: id, kind, what is sealed, by whom and when. They are bounded as they are made."""
    sql = (
        "SELECT feature_id, kind, sealed, created_by, created_ts FROM safety_features WHERE user_id = $1"
        " ORDER BY feature_id"
    )
    return [(row[0], row[1], bytes(row[2]), row[3], row[4]) for row in await reader.query(sql, user_id)]


async def count_features(reader: Reader, user_id: str) -> tuple[int, int]:
    """How many somebody has, and how many of these are files."""
    row = await reader.query_one("SELECT count(*), count(file) FROM safety_features WHERE user_id = $1", user_id)
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


async def find_feature(reader: Reader, user_id: str, feature_id: str) -> tuple[bytes, bytes | None] | None:
    """What is sealed of one, and its file."""
    row = await reader.query_one(
        "SELECT sealed, file FROM safety_features WHERE user_id = $1 AND feature_id = $2", user_id, feature_id
    )
    return None if row is None else (bytes(row[0]), None if row[1] is None else bytes(row[1]))


def delete_feature(write: Write, user_id: str, feature_id: str) -> None:
    """One less."""
    sql = "DELETE FROM safety_features WHERE user_id = $1 AND feature_id = $2"
    write.add(sql, user_id, feature_id, rows=1)


def delete_features(write: Write, user_id: str) -> None:
    """All of somebody, with their key: what a copy elsewhere has of them cannot be read any more."""
    write.add("DELETE FROM safety_features WHERE user_id = $1", user_id)
    write.add("DELETE FROM safety_keys WHERE user_id = $1", user_id)
