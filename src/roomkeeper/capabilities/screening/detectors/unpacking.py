"""Archives, read member by member without trusting what they say of themselves. Runs in a worker process.

Everything that is unpacked counts against one budget, however deep it lies: bytes, members, depth. Nothing is written
to disk, and no name is used as one.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

import msgspec

from roomkeeper.core.analysis.analysers.types import HEAD, sniff

CHUNK = 64 * 1024
KEPT = 32 * 1024 * 1024
"""Bytes of a member that are kept to be looked into: a nested archive, a document."""
LZMA_MEMORY = 128 * 1024 * 1024
"""Bytes that an xz file may ask for its dictionary."""
TAR_HEADER = 512
ZIP_END = 22 + 65_535
"""Bytes at the end of a ZIP file in which it says where its directory is."""
ENTRY = 1000
"""Bytes that a member's entry in that directory may have, on average."""

ZIP, TAR = "application/zip", "application/x-tar"
COMPRESSED = {"application/gzip": "gzip", "application/x-bzip2": "bzip2", "application/x-xz": "xz"}
CLOSED = frozenset({"application/x-7z-compressed", "application/vnd.rar", "application/zstd"})
"""Archives that are known for what they are, but not opened."""
OPENED = frozenset({ZIP, TAR, *COMPRESSED})


class Limits(msgspec.Struct, frozen=True):
    """`size`: bytes that all members may have, unpacked; how many members; how many archives in one another."""

    size: int
    members: int
    depth: int


class Member(msgspec.Struct, frozen=True):
    """A file in an archive: where it is (``a.zip/b.txt``), its bytes, SHA-256 (hexadecimal) and type by content.

    `sha256` is empty where it could not be unpacked.
    """

    path: str
    size: int
    sha256: str
    content_type: str | None


class Exhausted(Exception):
    """More than the limits allow; `label` says what of it."""

    def __init__(self, label: str, message: str) -> None:
        super().__init__(message)
        self.label = label


Reader = Callable[[Member, bytes], None]
"""Called with each member that was unpacked, and its content where that is small enough to be kept (else empty)."""


class Unpacker:
    """Walks one archive. What is noteworthy is in `notes`: (label, what)."""

    def __init__(self, limits: Limits, read: Reader) -> None:
        self._limits = limits
        self._read = read
        self._left = limits.size
        self.members: list[Member] = []
        self.notes: dict[tuple[str, str], None] = {}

    def walk(self, file: IO[bytes], content_type: str, path: str = "", depth: int = 1) -> None:
        """Look at all members. Raises `Exhausted`; a broken archive is noted, with the members up to there."""
        if depth > self._limits.depth:
            raise Exhausted("too_deep", f"More than {self._limits.depth} archives in one another.")
        try:
            if content_type == ZIP:
                self._zip(file, path, depth)
            elif content_type == TAR:
                self._tar(file, path, depth)
            else:
                self._compressed(file, COMPRESSED[content_type], path, depth)
        except (Exhausted, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - these libraries raise anything on broken input
            self.note("damaged", f"{path or 'the archive'}: {type(error).__name__}: {error}")

    def note(self, label: str, text: str) -> None:
        """Remember something, once."""
        self.notes[label, text[:300]] = None

    # ------------------------------------------------------------ kinds

    def _zip(self, file: IO[bytes], path: str, depth: int) -> None:
        self._check_directory(file)
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            self._check_count(len(entries))
            if _overlap(entries):
                raise Exhausted("bomb", "Members lie over one another, so that few bytes unpack to a great many.")
            for entry in entries:
                self._zip_member(archive, entry, path, depth)

    def _check_directory(self, file: IO[bytes]) -> None:
        """The library reads the whole directory at once: refuse one that is longer than so many members need."""
        file.seek(-min(file.seek(0, io.SEEK_END), ZIP_END), io.SEEK_END)
        end = file.read()
        place = end.rfind(b"PK\x05\x06")
        if place >= 0 and int.from_bytes(end[place + 12 : place + 16], "little") > self._limits.members * ENTRY:
            raise Exhausted("too_many", f"It has more than {self._limits.members} members.")

    def _zip_member(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, depth: int) -> None:
        name = join(path, entry.filename)
        self._note_name(entry.filename)
        if entry.flag_bits & 0x1:
            self._closed(name, entry.file_size, "encrypted", "is encrypted")
            return
        try:
            stream = archive.open(entry)
        except NotImplementedError:
            self._closed(name, entry.file_size, "unread", "is compressed in a way that is not read here")
            return
        except (zipfile.BadZipFile, OSError, ValueError, KeyError) as error:
            self._closed(name, entry.file_size, "damaged", f"{error}")
            return
        with stream:
            self._member(name, stream, depth)

    def _tar(self, file: IO[bytes], path: str, depth: int) -> None:
        with tarfile.open(fileobj=_Metered(self, file), mode="r|", errorlevel=1) as archive:
            for entry in archive:
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
                if not entry.isfile():
                    if entry.issym() or entry.islnk():
                        self._note_name(entry.linkname)
                    self._check_count(1)
                    continue
                self._note_name(entry.name)
                stream = archive.extractfile(entry)
                if stream is not None:
                    self._member(join(path, entry.name), stream, depth, counted=True)

    def _compressed(self, file: IO[bytes], kind: str, path: str, depth: int) -> None:
        stream = io.BufferedReader(Decompressed(file, kind), CHUNK)
        if sniff(stream.peek(TAR_HEADER)[:TAR_HEADER]) == TAR:
            self._tar(stream, path, depth)
        else:
            self._member(join(path, "content"), stream, depth)

    # ------------------------------------------------------------ members

    def _member(self, path: str, stream: IO[bytes], depth: int, *, counted: bool = False) -> None:
        """Unpack a member, and look into it. `counted`: its bytes count already."""
        self._check_count(1)
        digest, kept, size, head, problem = hashlib.sha256(), bytearray(), 0, b"", ""
        try:
            while chunk := stream.read(CHUNK):
                self.spend(0 if counted else len(chunk))
                digest.update(chunk)
                size += len(chunk)
                head = head or chunk[:HEAD]
                if size <= KEPT:
                    kept += chunk
        except (Exhausted, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - as above
            problem = f"{path}: {type(error).__name__}: {error}"
        content_type = sniff(head)
        member = Member(path[:500], size, "" if problem else digest.hexdigest(), content_type)
        self.members.append(member)
        if problem:
            self.note("damaged", problem)
        whole = bytes(kept) if size <= KEPT and not problem else b""
        self._read(member, whole)
        del kept
        self._nested(member, whole, depth)

    def _nested(self, member: Member, content: bytes, depth: int) -> None:
        if member.content_type in CLOSED:
            self.note("unread", f"{member.path} is an archive of a kind that is not opened here")
        elif member.content_type in OPENED and not content:
            self.note("unread", f"{member.path} is an archive that is too large to be opened inside of another")
        elif member.content_type in OPENED:
            self.walk(io.BytesIO(content), member.content_type, member.path, depth + 1)

    def _closed(self, path: str, size: int, label: str, why: str) -> None:
        self._check_count(1)
        member = Member(path[:500], size, "", None)
        self.members.append(member)
        self.note(label, f"{path} {why}")
        self._read(member, b"")

    def _note_name(self, name: str) -> None:
        """Note a name that does something else than it looks like."""
        if is_hostile(name):
            self.note("hostile_name", name)

    def spend(self, size: int) -> None:
        """Count unpacked bytes. Raises `Exhausted`."""
        self._left -= size
        if self._left < 0:
            raise Exhausted("bomb", f"Unpacked it has more than {self._limits.size // 1024 // 1024} MiB.")

    def _check_count(self, more: int) -> None:
        if len(self.members) + more > self._limits.members:
            raise Exhausted("too_many", f"It has more than {self._limits.members} members.")


class _Metered(io.RawIOBase):
    """A tar file, each byte of which counts: its headers may be as long as they like."""

    def __init__(self, unpacker: Unpacker, file: IO[bytes]) -> None:
        super().__init__()
        self._unpacker = unpacker
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """See `RawIOBase.read`."""
        data = self._file.read(size if 0 <= size <= KEPT else KEPT)
        self._unpacker.spend(len(data))
        return data


class Decompressed(io.RawIOBase):
    """What a gzip, bzip2 or xz file has in it, never more than is asked for at a time."""

    def __init__(self, file: IO[bytes], kind: str) -> None:
        super().__init__()
        self._file = file
        self._kind = kind
        self._waiting = b""
        self._decompressor: Any = _decompressor(kind)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """See `RawIOBase.readinto`. Raises `EOFError` where it ends too early, and what the libraries raise."""
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        while True:
            if self._decompressor.eof:
                # Several can stand behind one another; what else stands there belongs to nobody.
                rest = (self._decompressor.unused_data or self._waiting) or self._file.read(CHUNK)
                self._waiting = rest.lstrip(b"\x00") if self._kind != "bzip2" else rest
                if not self._waiting or not _begins(self._kind, self._waiting):
                    return b""
                self._decompressor = _decompressor(self._kind)
            if data := self._more(size):
                return data

    def _more(self, size: int) -> bytes:
        if not self._waiting and getattr(self._decompressor, "needs_input", True):
            self._waiting = self._file.read(CHUNK)
        ends = not self._waiting and getattr(self._decompressor, "needs_input", True)
        data: bytes = self._decompressor.decompress(self._waiting, size)
        self._waiting = self._decompressor.unconsumed_tail if self._kind == "gzip" else b""
        if ends and not data and not self._decompressor.eof:
            raise EOFError("it ends too early")
        return data


def _decompressor(kind: str) -> Any:
    if kind == "gzip":
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    if kind == "bzip2":
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=LZMA_MEMORY)


def _begins(kind: str, data: bytes) -> bool:
    return data.startswith({"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ"}[kind])


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether members share bytes, as in the bombs that unpack to far more than compression allows."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + 30 + entry.compress_size
    return False


def join(path: str, name: str) -> str:
    """The path of a member."""
    plain = name.encode("utf-8", "replace").decode()
    return f"{path}/{plain}" if path else plain


_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_hostile(path: str) -> bool:
    """Whether a name leads out of the folder that one unpacks into, or looks like another one."""
    parts = path.replace("\\", "/").split("/")
    leads_out = path.startswith(("/", "\\", "~")) or ".." in parts or path[1:3] in (":\\", ":/")
    return leads_out or any(c in _TURNING or (c < " " or c == "\x7f") for c in path)
