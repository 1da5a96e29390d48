"""The formats of exports: each writes a volume, some entries of one record, and can do so again without harm.

A format either appends to one file, whose size before is known, or makes a file for each volume.
"""

from __future__ import annotations

from roomkeeper.capabilities.records.formats.mail import Mail
from roomkeeper.capabilities.records.formats.pages import Pages
from roomkeeper.capabilities.records.formats.pdf import Pdf
from roomkeeper.capabilities.records.formats.tables import JsonLines, Table
from roomkeeper.capabilities.records.formats.volumes import File, Volume, Writer
from roomkeeper.capabilities.records.models import Format

__all__ = ["File", "Volume", "Writer", "writer_for"]


def writer_for(form: Format, server_name: str) -> Writer:
    """What writes a format."""
    if form == "jsonl":
        return JsonLines()
    if form == "csv":
        return Table()
    if form == "html":
        return Pages()
    return Pdf() if form == "pdf" else Mail(server_name)
