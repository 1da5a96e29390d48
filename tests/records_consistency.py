"""What must be true of all records, whatever happened: see `tests.consistency`, 13."""

from __future__ import annotations

from collections.abc import Iterator

from roomkeeper.capabilities.records import chain
from roomkeeper.capabilities.records.models import ERASED
from tests.databases import Rows


def record_problems(database: Rows) -> Iterator[str]:
    """All that is wrong with the chains, their heads, and what is counted of them."""
    if "records" not in database.tables:
        return
    heads: dict[str, tuple[int, bytes]] = {}
    erased: dict[str, int] = {}
    rows = database.rows(
        "SELECT record_id, seq, kind, ts, content, salt, digest, hash, state FROM record_entries"
        " ORDER BY record_id, seq"
    )
    for record_id, seq, kind, ts, content, salt, digest, found, state in rows:
        last, prev = heads.get(record_id, (0, chain.START))
        if seq != last + 1:
            yield f"record {record_id}: entry {seq} comes after {last}"
        if state == ERASED:
            erased[record_id] = erased.get(record_id, 0) + 1
            if content is not None or salt is not None:
                yield f"record {record_id}: entry {seq} is erased, and has a content"
        elif chain.digest_of(bytes(salt), bytes(content)) != bytes(digest):
            yield f"record {record_id}: entry {seq} has another digest"
        link = chain.Link(record_id, seq, prev, kind, ts, bytes(digest))
        if link.hash != bytes(found):
            yield f"record {record_id}: entry {seq} does not follow the one before"
        heads[record_id] = seq, bytes(found)
    for record_id, entries, head, gone in database.rows("SELECT record_id, entries, head, erased FROM records"):
        if heads.get(record_id, (0, chain.START)) != (entries, bytes(head)):
            yield f"record {record_id} says that it has {entries} entries, and another head than its last one"
        if erased.get(record_id, 0) != gone:
            yield f"record {record_id} says that {gone} entries are erased"
    for (media_id,) in database.rows(
        "SELECT media_id FROM record_media WHERE media_id NOT IN (SELECT media_id FROM media)"
    ):
        yield f"a record needs the medium {media_id}, which is gone"
