"""The validator that every answer in the tests passes through finds what is wrong, and nothing else."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests import spec

present = pytest.mark.skipif(not spec.CLIENT_SERVER.is_dir(), reason="the specification is absent")
SYNC = "/_matrix/client/v3/sync?timeout=0"
MEMBER = {
    "type": "m.room.member",
    "state_key": "@ann:example.org",
    "sender": "@ann:example.org",
    "event_id": "$x",
    "origin_server_ts": 1,
    "content": {"membership": "join"},
}


def joined(event: dict[str, object]) -> dict[str, object]:
    """An answer to sync with one event in it."""
    return {"next_batch": "s", "rooms": {"join": {"!x:example.org": {"timeline": {"events": [event]}}}}}


@present
def test_what_conforms() -> None:
    spec.check("GET", SYNC, 200, joined(MEMBER))
    spec.check("GET", SYNC, 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "No."})
    spec.check("POST", "/_matrix/client/v3/account/password", 401, {"flows": [], "params": {}, "session": "x"})
    spec.check("GET", "/_roomkeeper/elsewhere", 200, {"anything": 1})


@present
@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (SYNC, 200, {}),
        (SYNC, 200, {"next_batch": 5}),
        (SYNC, 200, joined({**MEMBER, "event_id": 5})),
        (SYNC, 200, joined({key: value for key, value in MEMBER.items() if key != "sender"})),
        (SYNC, 200, joined({**MEMBER, "content": {"membership": "dance"}})),
        (SYNC, 418, {"errcode": "M_UNKNOWN"}),
        (SYNC, 400, []),
        ("/_roomkeeper/elsewhere", 500, {"error": "x"}),
        ("/_matrix/client/versions", 200, {"versions": "v1.1"}),
    ],
)
def test_what_does_not(path: str, status: int, body: object) -> None:
    with pytest.raises(spec.SpecViolation):
        spec.check("GET", path, status, body)


def test_without_the_specification_nothing_is_checked_and_that_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "CLIENT_SERVER", Path("/nowhere"))
    spec.available.cache_clear()
    try:
        with warnings.catch_warnings(record=True) as said:
            for _ in range(3):
                spec.check("GET", SYNC, 200, {})
        assert len(said) == 1
        assert "not checked" in str(said[0].message)
    finally:
        spec.available.cache_clear()
