"""Alerts of CAP 1.2: what they say, and what is none."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from capvalidator.validate import Validator
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.safety import cap, feed_index
from roomkeeper.capabilities.safety.geometry import Area, Circle

FILES = Path(__file__).parents[2] / "integration" / "safety" / "cap"
ALERT = (FILES / "alert.xml").read_bytes()


def changed(old: str, new: str) -> bytes:
    assert old.encode() in ALERT
    return ALERT.replace(old.encode(), new.encode())


@pytest.mark.parametrize("name", ["alert", "update", "cancel"])
def test_the_files_are_alerts_by_the_schema_of_the_standard(name: str) -> None:
    """What the other tests send is what agencies may send: the schema is OASIS's, as the WMO's validator has it."""
    valid, said = Validator((FILES / f"{name}.xml").read_bytes()).schema()
    assert valid, said
    valid, _ = Validator(changed("<sender>", "<expires>").replace(b"</sender>", b"</expires>")).schema()
    assert not valid


def test_an_alert() -> None:
    alert = cap.parse(ALERT)
    assert alert.key == "cap:water@example.org,FLOOD-2026-0001"
    assert (alert.status, alert.message_type, alert.is_public) == ("Actual", "Alert", True)
    assert (alert.kind, alert.severity) == ("flood", "severe")
    assert alert.title == "The river rises above its banks"
    assert "4.2 m & rises" in alert.text
    assert "Leave the lower town" in alert.text
    assert "Lower town" in alert.text
    assert alert.area.circles == (Circle(52.54, 13.405, 1500),)
    assert alert.area.polygons[0].corners == ((52.51, 13.39), (52.51, 13.42), (52.53, 13.42), (52.53, 13.39))
    assert alert.expires_ts == 4_935_394_140_000
    assert cap.parse(ALERT, "de").title == "Hochwasser am Fluss"


def test_an_update_and_a_cancellation_refer() -> None:
    update, cancel = (cap.parse((FILES / name).read_bytes()) for name in ("update.xml", "cancel.xml"))
    assert update.references == ("cap:water@example.org,FLOOD-2026-0001",)
    assert cancel.message_type == "Cancel"
    assert cancel.references == ("cap:water@example.org,FLOOD-2026-0002", "cap:water@example.org,FLOOD-2026-0001")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<alert/>",
        ALERT[:-20],
        changed("cap:1.2", "cap:1.1"),
        changed("<status>Actual", "<status>Perhaps"),
        changed("<msgType>Alert", "<msgType>Joke"),
        changed("FLOOD-2026-0001", "FLOOD,1"),
        changed("FLOOD-2026-0001", ""),
        changed("2026-05-24T16:49:00+02:00</sent>", "yesterday</sent>"),
        changed("2026-05-24T16:49:00+02:00</sent>", "2026-05-24T16:49:00</sent>"),
        changed("52.54,13.405 1.5", "52.54,13.405 far"),
        changed("52.54,13.405 1.5", "nan,13.405 1"),
        changed("52.54,13.405 1.5", "91,13.405 1"),
        changed("52.54,13.405 1.5", "52,13 1e999"),
        changed("52.51,13.39 52.51,13.42 52.53,13.42 52.53,13.39 52.51,13.39", "52.51,13.39 52.51,13.42"),
        changed("52.51,13.39 52.51,13.42 52.53,13.42 52.53,13.39 52.51,13.39", "1,1 " * 600 + "2,2"),
        changed('encoding="UTF-8"', 'encoding="EBCDIC-INT"'),
        b"<a>" * 100 + b"</a>" * 100,
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + b"<x/>" * 6000 + b"</alert>",
        b" " * (cap.MOST_BYTES + 1),
    ],
)
def test_what_is_no_alert(document: bytes) -> None:
    with pytest.raises(cap.NotCap):
        cap.parse(document)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE alert SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE alert [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>',
        "<!DOCTYPE alert>",
    ],
)
def test_hostile_documents(prolog: str) -> None:
    with pytest.raises(cap.NotCap, match="document type"):
        cap.parse(changed('<alert xmlns="', f'{prolog}<alert xmlns="'))


def test_a_polygon_that_crosses_itself_becomes_the_circle_around_it() -> None:
    square = "52.51,13.39 52.51,13.42 52.53,13.42 52.53,13.39 52.51,13.39"
    alert = cap.parse(changed(square, "52.51,13.39 52.53,13.42 52.51,13.42 52.53,13.39 52.51,13.39"))
    assert alert.area.polygons == ()
    assert len(alert.area.circles) == 2
    assert "cross" in alert.note


@pytest.mark.parametrize(
    ("called", "kind"), [("Child abduction", "missing_person"), ("Forest fire", "fire"), ("Gale", "weather")]
)
def test_its_kind_follows_from_what_it_is_called(called: str, kind: str) -> None:
    document = changed("<event>Flood warning</event>", f"<event>{called}</event>")
    assert cap.parse(document.replace(b"The river rises above its banks", b"Look out")).kind == kind


def test_what_is_too_large_has_no_area_but_is_known() -> None:
    square = "52.51,13.39 52.51,13.42 52.53,13.42 52.53,13.39 52.51,13.39"
    alert = cap.parse(changed(square, "40,-20 40,40 65,40 65,-20"))
    assert alert.area == Area(circles=(Circle(52.54, 13.405, 1500),)), "what is not too large stays"
    huge = cap.parse(changed("52.54,13.405 1.5", "52.54,13.405 20000"))
    assert not huge.area
    assert huge.note


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: ALERT.replace(b"Lower town", text.encode(errors="replace")))
)
def test_anything_is_an_alert_or_refused(document: bytes) -> None:
    with contextlib.suppress(cap.NotCap):
        assert cap.parse(document).key


def test_an_alert_with_prefixes_a_signature_and_all_that_may_stand_in_one() -> None:
    alert = cap.parse((FILES / "signed.xml").read_bytes())
    assert alert.key == "cap:warnings@example.org,urn:oid:2.49.0.0.0.0.2026.5.24.14.49.0"
    assert (alert.kind, alert.severity, alert.title) == (
        "weather",
        "severe",
        "Severe thunderstorm until a quarter to five",
    )
    assert "HAIL" in alert.text
    assert "North county, Airfield" in alert.text
    assert alert.area.circles == (Circle(38.8, -120.0, 3500),)
    assert alert.area.polygons[0].corners[0] == (38.47, -120.14)


def test_a_feed_of_one_alert_has_that_one_alone() -> None:
    found = feed_index.read((FILES / "signed.xml").read_bytes(), "https://example.org/alert")
    assert [each.title for each in found.alerts] == ["Severe thunderstorm until a quarter to five"]
