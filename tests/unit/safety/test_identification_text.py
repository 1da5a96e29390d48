"""Names, numbers, plates and badges are found in what was read, as reading has them; and others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.safety.identification import text
from roomkeeper.capabilities.safety.identification.text import TextIndex, TextKind


def score(kind: TextKind, registered: str, *lines: str) -> float:
    index: TextIndex[str] = TextIndex()
    index.put("it", kind, registered)
    found = index.search(lines)
    return found["it"].score if found else 0.0


@pytest.mark.parametrize(
    ("kind", "registered", "line"),
    [
        ("plate", "RK 2026", "rk·2026"),
        ("plate", "RK-AB 123", "D RKAB 123"),
        ("plate", "京A·12345", "京A12345"),
        ("plate", "粤B·D12345", "车牌 粤B D12345 深圳"),
        ("plate", "京A12345", "京Ａ１２３４５"),
        ("badge", "4711-0815", "No. 4711 0815"),
        ("name", "Night Desk", "NIGHT DESK"),
        ("name", "Night Desk", "Desk Night, Sales"),
        ("name", "门岗", "姓名:门岗 部门:保安"),
        ("name", "Ångström Person", "ÅNGSTRÖM PERSON"),
        ("phone", "+49 30 1234567", "Tel. +49 30 / 123 45-67"),
        ("belonging", "Blue Suitcase 77", "a blue suitcase 77 stands here"),
    ],
)
def test_the_same(kind: TextKind, registered: str, line: str) -> None:
    assert score(kind, registered, line) == text.EXACT


@pytest.mark.parametrize(
    ("kind", "registered", "line"),
    [
        ("plate", "RKO 2018", "RK0 2O1B"),
        ("badge", "SB-501", "58-S0I"),
        ("plate", "粤B12345", "奥B12345"),
        ("plate", "沪A8B123", "泸A88123"),
    ],
)
def test_what_reading_confuses(kind: TextKind, registered: str, line: str) -> None:
    assert score(kind, registered, line) == text.CONFUSED


@pytest.mark.parametrize(
    ("kind", "registered", "line"),
    [
        ("plate", "RK 202677", "RK 20267"),
        ("plate", "RK 20267", "RK 202677"),
        ("plate", "京A12345", "京A12X45"),
        ("name", "Example Person", "Exampel Person".replace("el", "le")[:-1]),
    ],
)
def test_one_letter_is_forgiven_in_long_ones(kind: TextKind, registered: str, line: str) -> None:
    assert score(kind, registered, line) == text.CLOSE


@pytest.mark.parametrize(
    ("kind", "registered", "line"),
    [
        ("name", "Anne", "Planning Annexe"),
        ("plate", "RK 2026", "RK 2027"),
        ("plate", "京A12345", "京A54321"),
        ("plate", "粤B12345", "京B12346"),
        ("phone", "+49 30 1234567", "+49 30 7654321"),
        ("phone", "+49 30 1234567", "+86 10 1234567"),
        ("name", "门岗", "门卫 员岗"),
        ("badge", "4711", "14711"),
    ],
)
def test_others_are_not_found(kind: TextKind, registered: str, line: str) -> None:
    assert score(kind, registered, line) == 0


def test_a_number_is_told_with_and_without_its_country() -> None:
    assert score("phone", "+49 30 1234567", "030 1234567") == text.PARTIAL_PHONE
    assert score("phone", "0049 30 1234567", "+49301234567") == text.EXACT


@pytest.mark.parametrize(
    ("kind", "registered"), [("name", "Ed"), ("name", "岗"), ("phone", "110"), ("plate", "AB1"), ("badge", "ABCDE")]
)
def test_what_would_be_found_everywhere_is_not_compared(kind: TextKind, registered: str) -> None:
    assert not text.is_telling(kind, registered)
    assert score(kind, registered, registered) == 0


@given(st.lists(st.tuples(st.sampled_from(["name", "phone", "plate", "badge"]), st.text(max_size=50)), max_size=8))
def test_what_is_removed_leaves_nothing(texts: list[tuple[TextKind, str]]) -> None:
    index: TextIndex[int] = TextIndex()
    for number, (kind, words) in enumerate(texts):
        index.put(number % 3, kind, words)
    index.search([words for _, words in texts])
    for number in range(3):
        index.remove(number)
    assert len(index) == 0
    assert not index._places


@given(st.text(alphabet="ABC10O-京粤 ", max_size=60))
def test_any_line_is_looked_through(line: str) -> None:
    index: TextIndex[str] = TextIndex()
    index.put("it", "plate", "京A·B0C1")
    assert set(index.search([line])) <= {"it"}


def test_a_long_page_is_looked_at_in_a_moment() -> None:
    index: TextIndex[int] = TextIndex()
    for number in range(2_000):
        index.put(number, "plate", f"京A{number:05}")
    found = index.search(["京A00042 " + "word 12345 " * 100_000])
    assert found[42].score == text.EXACT
