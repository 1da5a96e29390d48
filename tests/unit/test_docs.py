"""The generated reference pages say what the code says; `make docs` renews them."""

from __future__ import annotations

from pathlib import Path

from roomkeeper.app import settings_classes
from roomkeeper.commands.api_reference import described, page
from roomkeeper.commands.configuration import example, reference

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_the_settings_reference_is_current() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8").strip() == reference(settings_classes()).strip()


def test_the_example_file_is_current() -> None:
    assert (DOCS / "roomkeeper.example.toml").read_text(encoding="utf-8").strip() == example(settings_classes()).strip()


def test_the_reference_of_endpoints_is_current() -> None:
    assert (DOCS / "api.md").read_text(encoding="utf-8") == page(described())


def test_each_endpoint_of_the_administration_says_what_it_is() -> None:
    for path, operations in described()["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/_roomkeeper/v1/"):
                assert operation.get("summary"), f"{method} {path} has no docstring"
