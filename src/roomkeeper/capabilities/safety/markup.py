"""XML of others: no document type, no entities, bounded in depth and number of elements. Pure."""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Iterator
from typing import Any

import msgspec


class NotXml(ValueError):
    """It is no XML that is taken; the message says why."""


class Element(msgspec.Struct):
    """An element; `name`: its namespace, a blank, and its name, or its name alone."""

    name: str
    attributes: dict[str, str]
    text: list[str]
    children: list[Element]

    @property
    def content(self) -> str:
        """The text that stands directly in it."""
        return "".join(self.text).strip()

    def all(self, name: str) -> Iterator[Element]:
        """Those of a name, wherever in it."""
        for each in self.children:
            if each.name == name:
                yield each
            else:
                yield from each.all(name)

    def one(self, *names: str) -> str:
        """The content of the first child that has the first of these names of which there is one."""
        for name in names:
            for each in self.children:
                if each.name == name:
                    return each.content
        return ""


def tree(document: bytes, most_elements: int, most_depth: int) -> Element:
    """The outermost element. Raises `NotXml`."""
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    builder = _Builder(most_elements, most_depth)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    # No document type, hence no entities: nothing is fetched, and nothing grows.
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(document, True)
    except xml.parsers.expat.ExpatError as error:
        raise NotXml(f"The document is not well-formed XML: {error}.") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, NotXml):
            raise
        raise NotXml("The document is in an encoding that is not known.") from None
    if builder.root is None:
        raise NotXml("The document is empty.")
    return builder.root


def _refuse(*_arguments: Any) -> int:
    raise NotXml("The document declares a document type or entities, which it must not.")


class _Builder:
    def __init__(self, most_elements: int, most_depth: int) -> None:
        self.root: Element | None = None
        self._left = most_elements
        self._most_depth = most_depth
        self._open: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0 or len(self._open) >= self._most_depth:
            raise NotXml("The document has too many elements, or too many within one another.")
        element = Element(name, attributes, [], [])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, content: str) -> None:
        if self._open:
            self._open[-1].text.append(content)
