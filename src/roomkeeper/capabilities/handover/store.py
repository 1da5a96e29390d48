"""All SQL of handover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from roomkeeper.capabilities.handover.models import Departure, GroupRoom, Offer, Plan, State, Status
from roomkeeper.platform.database import Driver, Reader, Row, Write

DEPARTURE = (
    "departure_id, user_id, kind, state, effective_ts, began_ts, finished_ts, plan, reason, created_by, created_ts,"
    " updated_ts, job_id"
)
OFFER = (
    "departure_id, room_id, customer_id, status, way, successor_id, department_id, new_room_id, language, unanswered,"
    " told, offered_ts, answered_ts, take_over_ts, updated_ts, error"
)
IN_FORCE = "departure_id IN (SELECT d.departure_id FROM departures d WHERE d.state IN ('running', 'finished'))"
GROUP = "departure_id, room_id, status, successor_id, level, updated_ts, error"

# ------------------------------------------------------------ departures


def insert_departure(write: Write, departure: Departure) -> None:
    """A new departure; fails where there is one of the same person that is not over."""
    write.add(
        f"INSERT INTO departures ({DEPARTURE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        departure.departure_id,
        departure.user_id,
        departure.kind,
        departure.state,
        departure.effective_ts,
        departure.began_ts,
        departure.finished_ts,
        msgspec.json.encode(departure.plan).decode(),
        departure.reason,
        departure.created_by,
        departure.created_ts,
        departure.updated_ts,
        departure.job_id,
        rows=1,
    )


def insert_department(write: Write, departure_id: str, department_id: str) -> None:
    """That whoever leaves was of that department when it was recorded."""
    write.add(
        "INSERT INTO departure_departments (departure_id, department_id) VALUES ($1, $2)",
        departure_id,
        department_id,
        rows=1,
    )


def update_departure(write: Write, before: State, departure: Departure) -> None:
    """What may change of a departure; fails where it is not in the state `before`."""
    write.add(
        "UPDATE departures SET state = $3, effective_ts = $4, began_ts = $5, finished_ts = $6, plan = $7, reason = $8,"
        " updated_ts = $9, job_id = $10 WHERE departure_id = $1 AND state = $2",
        departure.departure_id,
        before,
        departure.state,
        departure.effective_ts,
        departure.began_ts,
        departure.finished_ts,
        msgspec.json.encode(departure.plan).decode(),
        departure.reason,
        departure.updated_ts,
        departure.job_id,
        rows=1,
    )


def check_state(write: Write, departure_id: str, state: State) -> None:
    """Let the write fail where a departure is not in that state any more."""
    sql = "UPDATE departures SET updated_ts = updated_ts WHERE departure_id = $1 AND state = $2"
    write.add(sql, departure_id, state, rows=1)


async def find_departure(reader: Reader, departure_id: str) -> Departure | None:
    """One departure."""
    return _first(await _departures(reader, "departure_id = $1", departure_id))


async def newest_of(reader: Reader, user_id: str) -> Departure | None:
    """The departure of somebody that counts: the one that was recorded last and has not been cancelled."""
    where = "user_id = $1 AND state <> 'cancelled' ORDER BY created_ts DESC, departure_id DESC LIMIT 1"
    return _first(await _departures(reader, where, user_id))


async def under_way(reader: Reader, user_id: str) -> Departure | None:
    """The departure of somebody that is not over."""
    return _first(await _departures(reader, "user_id = $1 AND state IN ('planned', 'running', 'undoing')", user_id))


async def due(reader: Reader, now: int, limit: int) -> list[Departure]:
    """Those that are to begin."""
    where = "state = 'planned' AND effective_ts <= $1 ORDER BY effective_ts LIMIT $2"
    return await _departures(reader, where, now, limit)


async def next_due(reader: Reader) -> int | None:
    """When the next one is to begin."""
    row = await reader.query_one("SELECT min(effective_ts) FROM departures WHERE state = 'planned'")
    return None if row is None else row[0]


async def page_departures(
    reader: Reader,
    *,
    within: Iterable[str] | None,
    user_id: str | None,
    state: State | None,
    before: tuple[int, str] | None,
    limit: int,
) -> list[Departure]:
    """Departures, the newest first; `within`: of people of these departments alone."""
    parameters: list[Any] = []

    def place(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    conditions = ["1 = 1"]
    if within is not None:
        names = ", ".join(place(each) for each in sorted(within)) or "NULL"
        of_these = f"SELECT d.departure_id FROM departure_departments d WHERE d.department_id IN ({names})"
        conditions.append(f"departure_id IN ({of_these})")
    if user_id is not None:
        conditions.append(f"user_id = {place(user_id)}")
    if state is not None:
        conditions.append(f"state = {place(state)}")
    if before is not None:
        conditions.append(f"(created_ts, departure_id) < ({place(before[0])}, {place(before[1])})")
    where = f"{' AND '.join(conditions)} ORDER BY created_ts DESC, departure_id DESC LIMIT {place(limit)}"
    return await _departures(reader, where, *parameters)


async def _departures(reader: Reader, where: str, *parameters: Any) -> list[Departure]:
    rows = await reader.query(f"SELECT {DEPARTURE} FROM departures WHERE {where}", *parameters)
    return [
        Departure(
            departure_id=row[0],
            user_id=row[1],
            kind=row[2],
            state=row[3],
            effective_ts=row[4],
            began_ts=row[5],
            finished_ts=row[6],
            plan=msgspec.json.decode(row[7], type=Plan),
            reason=row[8],
            created_by=row[9],
            created_ts=row[10],
            updated_ts=row[11],
            job_id=row[12],
        )
        for row in rows
    ]


# ------------------------------------------------------------ offers


def insert_offer(write: Write, offer: Offer) -> None:
    """A customer of a departure; nothing where they are known already."""
    write.add(
        f"INSERT INTO handover_offers ({OFFER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
        " $15, $16) ON CONFLICT (departure_id, room_id) DO NOTHING",
        *_values(offer),
    )


def update_offer(write: Write, before: Offer, after: Offer) -> None:
    """What became of a customer; fails where that is not what it was `before`."""
    write.add(
        "UPDATE handover_offers SET status = $3, way = $4, successor_id = $5, department_id = $6, new_room_id = $7,"
        " told = $8, offered_ts = $9, answered_ts = $10, take_over_ts = $11, updated_ts = $12, error = $13"
        " WHERE departure_id = $1 AND room_id = $2 AND status = $14 AND told = $15",
        after.departure_id,
        after.room_id,
        after.status,
        after.way,
        after.successor_id,
        after.department_id,
        after.new_room_id,
        int(after.told),
        after.offered_ts,
        after.answered_ts,
        after.take_over_ts,
        after.updated_ts,
        after.error,
        before.status,
        int(before.told),
        rows=1,
    )


def reset_offers(write: Write, departure_id: str, now: int) -> None:
    """Those with whom it failed, or for whom nobody had a place, are to be asked anew."""
    write.add(
        "UPDATE handover_offers SET status = 'pending', error = '', updated_ts = $2 WHERE departure_id = $1"
        " AND status IN ('failed', 'at_limit')",
        departure_id,
        now,
    )


async def find_offer(reader: Reader, departure_id: str, room_id: str) -> Offer | None:
    """What became of a customer."""
    return _first(await _offers(reader, "departure_id = $1 AND room_id = $2", departure_id, room_id))


async def of_new_room(reader: Reader, new_room_id: str) -> list[Offer]:
    """The offer that a room was made for, and those whose customers went on there since they had it."""
    return await _offers(reader, "new_room_id = $1 ORDER BY updated_ts DESC LIMIT 100", new_room_id)


async def of_room(reader: Reader, room_id: str) -> Offer | None:
    """The newest offer to the customer of a session."""
    where = "room_id = $1 ORDER BY offered_ts IS NULL, offered_ts DESC, updated_ts DESC LIMIT 1"
    return _first(await _offers(reader, where, room_id))


async def of_customer(reader: Reader, customer_id: str, leaver: str) -> Offer | None:
    """The newest offer to a customer instead of somebody who has left, or hands them on."""
    where = (
        "customer_id = $1 AND departure_id IN (SELECT d.departure_id FROM departures d WHERE d.user_id = $2)"
        " ORDER BY updated_ts DESC, departure_id DESC LIMIT 1"
    )
    return _first(await _offers(reader, where, customer_id, leaver))


async def open_of_room(reader: Reader, room_id: str) -> list[Offer]:
    """What a session's customer was, or is to be, asked, and has not said yes to."""
    where = "room_id = $1 AND status IN ('pending', 'waiting', 'declined', 'at_limit', 'failed') LIMIT 100"
    return await _offers(reader, where, room_id)


async def waiting_of(reader: Reader, customer_id: str, successor_id: str) -> list[Offer]:
    """Offers of one person to one customer that are not answered."""
    where = "customer_id = $1 AND successor_id = $2 AND status = 'waiting' ORDER BY room_id LIMIT 100"
    return await _offers(reader, where, customer_id, successor_id)


async def to_do(
    reader: Reader, departure_id: str, statuses: Sequence[Status], after: str, limit: int, *, untold: bool = True
) -> list[Offer]:
    """Customers of a departure with one of these statuses, or of whose rooms one is yet to be told; by room id."""
    places = ", ".join(f"${number}" for number in range(4, len(statuses) + 4))
    where = f"departure_id = $1 AND room_id > $2 AND (status IN ({places}){' OR told = 0' if untold else ''})"
    return await _offers(reader, f"{where} ORDER BY room_id LIMIT $3", departure_id, after, limit, *statuses)


async def page_offers(
    reader: Reader,
    departure_id: str,
    status: Status | None,
    after: str,
    limit: int,
    *,
    successor_id: str | None = None,
    unanswered: bool = False,
) -> list[Offer]:
    """Customers of a departure, by the room ids of their sessions; `unanswered`: those alone who had no answer."""
    wanted = {"status": status, "successor_id": successor_id}
    given = [(column, value) for column, value in wanted.items() if value is not None]
    conditions = [f"{column} = ${number}" for number, (column, _) in enumerate(given, start=4)]
    conditions += ["unanswered = 1"] if unanswered else []
    where = " AND ".join(["departure_id = $1", "room_id > $2", *conditions])
    return await _offers(
        reader, f"{where} ORDER BY room_id LIMIT $3", departure_id, after, limit, *(value for _, value in given)
    )


async def overdue(reader: Reader, now: int, limit: int) -> list[Offer]:
    """Those that the successor is to have now without an answer."""
    where = f"status = 'waiting' AND take_over_ts <= $1 AND {IN_FORCE} ORDER BY take_over_ts LIMIT $2"
    return await _offers(reader, where, now, limit)


async def next_overdue(reader: Reader) -> int | None:
    """When that is so for the next one."""
    row = await reader.query_one(
        "SELECT min(take_over_ts) FROM handover_offers WHERE status = 'waiting' AND take_over_ts IS NOT NULL"
        f" AND {IN_FORCE}"
    )
    return None if row is None else row[0]


async def waiting_for(reader: Reader, successor_id: str, after: str, limit: int) -> list[Offer]:
    """Offers of somebody to which the customer can say yes (yet); by the room ids of the sessions."""
    found: list[Offer] = []
    for status in ("waiting", "declined"):
        # One after the other, each in the order of an index: together they would be sorted for each page.
        where = "successor_id = $1 AND status = $2 AND room_id > $3 ORDER BY room_id LIMIT $4"
        found += await _offers(reader, where, successor_id, status, after, limit)
    return sorted(found, key=lambda offer: offer.room_id)[:limit]


async def without_place(reader: Reader, limit: int) -> list[str]:
    """Departures some of whose customers wait until somebody has a place."""
    sql = (
        "SELECT DISTINCT o.departure_id FROM handover_offers o JOIN departures d ON d.departure_id = o.departure_id"
        " WHERE o.status = 'at_limit' AND d.state = 'finished' LIMIT $1"
    )
    return [row[0] for row in await reader.query(sql, limit)]


async def counts(driver: Driver, departure_id: str) -> dict[str, int]:
    """How many customers of a departure have which status."""
    sql = "SELECT status, count(*) FROM handover_offers WHERE departure_id = $1 GROUP BY status"
    return {row[0]: row[1] for row in await driver.query_long(sql, departure_id)}


async def counts_of(reader: Reader, departure_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """The same for several departures."""
    if not departure_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(departure_ids) + 1))
    sql = (
        f"SELECT departure_id, status, count(*) FROM handover_offers WHERE departure_id IN ({places})"
        " GROUP BY departure_id, status"
    )
    found: dict[str, dict[str, int]] = {departure_id: {} for departure_id in departure_ids}
    for departure_id, status, number in await reader.query(sql, *departure_ids):
        found[departure_id][status] = number
    return found


async def count_departures(reader: Reader, within: Iterable[str] | None) -> tuple[int, int]:
    """How many are planned; how many have customers of whom something is open. `within`: of these departments."""
    condition, names = _of_departments(within)
    row = await reader.query_one(
        "SELECT COALESCE(SUM(CASE WHEN d.state = 'planned' THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN d.state IN ('running', 'undoing') OR (d.state = 'finished' AND EXISTS (SELECT 1 FROM"
        " handover_offers o WHERE o.departure_id = d.departure_id AND o.status IN ('pending', 'waiting', 'at_limit',"
        f" 'failed'))) THEN 1 ELSE 0 END), 0) FROM departures d WHERE {condition}",
        *names,
    )
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


async def count_waiting(reader: Reader, within: Iterable[str] | None) -> tuple[int, int | None]:
    """How many customers have not answered, and since when the first of them was asked."""
    condition, names = _of_departments(within)
    row = await reader.query_one(
        "SELECT count(*), min(o.offered_ts) FROM handover_offers o JOIN departures d"
        " ON d.departure_id = o.departure_id WHERE o.status = 'waiting' AND d.state IN ('running', 'finished')"
        f" AND {condition}",
        *names,
    )
    return (0, None) if row is None else (int(row[0]), row[1])


async def without_anybody(reader: Reader, within: Iterable[str] | None) -> list[tuple[str, str, int]]:
    """Departures with customers whom nobody takes care of: id, who left, how many; those with most of them first."""
    condition, names = _of_departments(within)
    rows = await reader.query(
        "SELECT d.departure_id, d.user_id, count(*) AS number FROM handover_offers o JOIN departures d"
        " ON d.departure_id = o.departure_id WHERE o.status IN ('at_limit', 'failed')"
        f" AND d.state IN ('running', 'finished') AND {condition} GROUP BY d.departure_id, d.user_id"
        " ORDER BY number DESC, d.departure_id",
        *names,
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


def _of_departments(within: Iterable[str] | None) -> tuple[str, list[str]]:
    """The condition on departures `d`, and its parameters, which are the first ones."""
    if within is None:
        return "1 = 1", []
    names = sorted(within)
    places = ", ".join(f"${number}" for number in range(1, len(names) + 1)) or "NULL"
    of_these = f"SELECT x.departure_id FROM departure_departments x WHERE x.department_id IN ({places})"
    return f"d.departure_id IN ({of_these})", names


async def count_pending(reader: Reader, departure_id: str) -> int:
    """How many customers of a departure were not looked at yet."""
    sql = "SELECT count(*) FROM handover_offers WHERE departure_id = $1 AND status = 'pending'"
    row = await reader.query_one(sql, departure_id)
    return int(row[0]) if row else 0


async def unanswered(driver: Driver, departure_id: str) -> int:
    """How many customers of a departure had no answer yet to what they wrote last."""
    sql = "SELECT count(*) FROM handover_offers WHERE departure_id = $1 AND unanswered = 1"
    return int((await driver.query_long(sql, departure_id))[0][0])


async def given(driver: Driver, departure_id: str) -> dict[str, int]:
    """How many customers of a departure each successor has got."""
    sql = (
        "SELECT successor_id, count(*) FROM handover_offers WHERE departure_id = $1 AND successor_id IS NOT NULL"
        " AND status IN ('waiting', 'accepted', 'declined', 'taken_over') GROUP BY successor_id"
    )
    return {row[0]: row[1] for row in await driver.query_long(sql, departure_id)}


async def _offers(reader: Reader, where: str, *parameters: Any) -> list[Offer]:
    rows = await reader.query(f"SELECT {OFFER} FROM handover_offers WHERE {where}", *parameters)
    return [_offer(row) for row in rows]


def _values(offer: Offer) -> tuple[Any, ...]:
    return (
        offer.departure_id,
        offer.room_id,
        offer.customer_id,
        offer.status,
        offer.way,
        offer.successor_id,
        offer.department_id,
        offer.new_room_id,
        offer.language,
        int(offer.unanswered),
        int(offer.told),
        offer.offered_ts,
        offer.answered_ts,
        offer.take_over_ts,
        offer.updated_ts,
        offer.error,
    )


def _offer(row: Row) -> Offer:
    return Offer(
        departure_id=row[0],
        room_id=row[1],
        customer_id=row[2],
        status=row[3],
        way=row[4],
        successor_id=row[5],
        department_id=row[6],
        new_room_id=row[7],
        language=row[8],
        unanswered=bool(row[9]),
        told=bool(row[10]),
        offered_ts=row[11],
        answered_ts=row[12],
        take_over_ts=row[13],
        updated_ts=row[14],
        error=row[15],
    )


# ------------------------------------------------------------ other rooms


def put_group_room(write: Write, room: GroupRoom) -> None:
    """What became of a room that is no session."""
    write.add(
        f"INSERT INTO handover_group_rooms ({GROUP}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (departure_id, room_id) DO UPDATE SET status = excluded.status,"
        " successor_id = excluded.successor_id, level = excluded.level, updated_ts = excluded.updated_ts,"
        " error = excluded.error",
        room.departure_id,
        room.room_id,
        room.status,
        room.successor_id,
        room.level,
        room.updated_ts,
        room.error,
        rows=1,
    )


async def group_rooms(reader: Reader, departure_id: str, after: str, limit: int) -> list[GroupRoom]:
    """The other rooms of a departure, by their ids."""
    rows = await reader.query(
        f"SELECT {GROUP} FROM handover_group_rooms WHERE departure_id = $1 AND room_id > $2 ORDER BY room_id LIMIT $3",
        departure_id,
        after,
        limit,
    )
    return [
        GroupRoom(
            departure_id=row[0],
            room_id=row[1],
            status=row[2],
            successor_id=row[3],
            level=row[4],
            updated_ts=row[5],
            error=row[6],
        )
        for row in rows
    ]


Found = TypeVar("Found")


def _first(found: list[Found]) -> Found | None:
    return found[0] if found else None
