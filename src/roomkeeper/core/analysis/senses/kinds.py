"""The workers that hold models, one kind for each, so that what nobody needs takes no memory.

Memory is what a worker may take at its worst; it is replaced when it keeps more than half of that.
"""

from __future__ import annotations

from roomkeeper.core.analysis.models import WorkerKind

MIB = 1024 * 1024

SIGHT, FACES, READING, VOICES, SPEECH = "sight", "faces", "reading", "voices", "speech"
KINDS = (
    WorkerKind(name=SIGHT, processes=1, memory=1024 * MIB),
    WorkerKind(name=FACES, processes=1, memory=1024 * MIB),
    WorkerKind(name=READING, processes=1, memory=2048 * MIB),
    WorkerKind(name=VOICES, processes=1, memory=1024 * MIB),
    WorkerKind(name=SPEECH, processes=1, memory=2048 * MIB),
)
