"""HTML: pages that look like the conversation, with nothing in them that runs or is fetched from elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

from roomkeeper.capabilities.records.formats.volumes import Volume, append, put, time_of, told, who
from roomkeeper.capabilities.records.models import Attachment, Shown

INDEX: Final = "index.html"
STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}"
    ".e{margin:.5rem 0;padding:.5rem .75rem;border-radius:.75rem;background:#f1f3f5;overflow-wrap:anywhere}"
    ".s{background:none;color:#68707a;font-size:.875rem;padding:0 .75rem}.w{font-weight:600}"
    ".t,.h{color:#68707a;font-size:.75rem}.x{color:#a02020}img{max-width:100%;border-radius:.5rem}pre{white-space:pre-wrap;"
    "font:inherit;margin:0}"
)
SPOKEN: Final = ("message", "edit", "note", "screenshot", "call", "encrypted")
IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")


class Pages:
    """A page for each volume, and an index."""

    entries = 1_000
    with_redacted = False
    shows = True

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:
        """See `Writer.write`."""
        name = f"records/{volume.name}.html"
        parts = [_head(volume.title), f"<h1>{escape(volume.title)}</h1>"]
        record = volume.record
        parts.append(
            f'<p class="t">{escape(record.record)} · {record.first}–{record.last} · {escape(record.consent)}</p>'
        )
        parts += [_entry(volume, shown) for shown in volume.shown]
        if volume.number > 1:
            parts.append(f'<p><a href="{volume.record.record}-{volume.number - 1:05d}.html">←</a></p>')
        if volume.entries[-1].seq < record.last:
            parts.append(f'<p><a href="{volume.record.record}-{volume.number + 1:05d}.html">→</a></p>')
        put(folder, name, "".join([*parts, "</body></html>\n"]).encode())
        if volume.number == 1:
            start = _head("Records") + "<h1>Records</h1><ul>" if not sizes.get(INDEX) else ""
            line = (
                f'<li><a href="{name}">{escape(volume.title)}</a> <span class="t">{record.last} entries</span></li>\n'
            )
            append(folder, INDEX, (start + line).encode(), sizes)
        return {}


def _head(title: str) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:"
    return (
        f'<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>"
    )


def _entry(volume: Volume, shown: Shown) -> str:
    is_spoken = shown.kind in SPOKEN
    mark = ' <span class="x">taken back</span>' if shown.state == "redacted" else ""
    files = "".join(_file(volume, file) for file in shown.attachments)
    return (
        f'<div class="e{"" if is_spoken else " s"}" id="e{shown.seq}"><span class="w">{escape(who(shown))}</span>'
        f' <span class="t">{time_of(shown.ts)}</span>{mark}<pre>{escape(told(shown))}</pre>{files}'
        f'<span class="h">{shown.seq} · {shown.hash[:16]}</span></div>\n'
    )


def _file(volume: Volume, file: Attachment) -> str:
    here = volume.files.get(file.url)
    label = escape(file.name or file.url)
    path = f" <span class='t'>{escape(file.path)}</span>" if file.path else ""
    if here is None:
        return f"<p>{label} (not here){path}</p>"
    target = f"../media/{escape(file.url.rpartition('/')[2])}"
    if here.content_type in IMAGES:
        return f'<p><img src="{target}" alt="{label}">{path}</p>'
    return f'<p><a href="{target}" download="{label}">{label}</a>{path}</p>'
