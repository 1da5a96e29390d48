"""The generated reference pages say what the code says; `make docs` renews them."""

from __future__ import annotations

from pathlib import Path

from roomkeeper.app import settings_classes
from roomkeeper.commands.configuration import example, reference

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_the_settings_reference_is_current() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8").strip() == reference(settings_classes()).strip()


def test_the_example_file_is_current() -> None:
    assert (DOCS / "roomkeeper.example.toml").read_text(encoding="utf-8").strip() == example(settings_classes()).strip()
