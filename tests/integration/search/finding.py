"""Searching in tests."""

from __future__ import annotations

from typing import Any

from tests.harness import Answer, Client


async def try_search(client: Client, term: Any, next_batch: str | None = None, **criteria: Any) -> Answer:
    """Status and body."""
    body = {"search_categories": {"room_events": {"search_term": term, **criteria}}}
    query = {} if next_batch is None else {"next_batch": next_batch}
    return await client.attempt("POST", "/search", body, **query)


async def search(client: Client, term: str, next_batch: str | None = None, **criteria: Any) -> dict[str, Any]:
    """The results of a search that works."""
    status, answer = await try_search(client, term, next_batch, **criteria)
    assert status == 200, answer
    found: dict[str, Any] = answer["search_categories"]["room_events"]
    return found


async def bodies(client: Client, term: str, **criteria: Any) -> list[str]:
    """The bodies of what is found, in order."""
    found = await search(client, term, **criteria)
    return [item["result"]["content"].get("body") for item in found["results"]]


async def event_ids(client: Client, term: str, **criteria: Any) -> list[str]:
    """The ids of what is found, in order."""
    return [item["result"]["event_id"] for item in (await search(client, term, **criteria))["results"]]
