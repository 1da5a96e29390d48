"""The example of docs/agent-sources.md is a source that keeps the contract."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources import logs
from tests.agent.contract import ROOT, Contract, Sample

PAGE = ROOT / "docs" / "agent-sources.md"


@pytest.fixture(autouse=True)
def _known(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example as a package has it."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    folder = tmp_path_factory.mktemp("package")
    (folder / "roomkeeper_notes.py").write_text(found[1], encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setitem(sources.BUILT_IN, "notes", "roomkeeper_notes:Notes")
    monkeypatch.delitem(sys.modules, "roomkeeper_notes", raising=False)


class TestContract(Contract):
    """It keeps it."""

    @pytest.fixture
    def sample(self) -> Sample:
        """What the program would write."""
        content = "2026-11-23 10:15 desk: Hello\n2026-11-23 10:15 desk: Hello\n2026-11-23 10:16 you: one\ntwo 中文\n"
        return Sample(
            "notes",
            "shop.log",
            content.encode(),
            3,
            line=lambda number: f"2026-11-24 {number // 3600:02}:{number // 60 % 60:02} you: {number}\n".encode(),
        )

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logs, "MOST_ENTRIES", 1)


def test_each_source_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in sources.BUILT_IN:
        if name != "notes":
            assert f"| `{name}` |" in page, f"docs/agent-sources.md does not tell of {name}"


def test_found_on_a_desktop_and_not_where_it_is_not(tmp_path: Path) -> None:
    for source in sources.all_sources():
        for found in source.detect(tmp_path):
            sources.make(source.name, found.settings)
