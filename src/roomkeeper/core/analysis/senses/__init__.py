"""Models that see, read and hear, one module each; `kinds.py` says in which workers they live.

They are optional: what one needs may not be installed (`Analyser.absence`), or not wanted (the setting
`analysis.senses`). Then `Analysis.run` fails with the reason ``absent``. Nothing heavy is imported before a worker
loads.
"""

from __future__ import annotations

from roomkeeper.core.analysis.models import AnyAnalyser
from roomkeeper.core.analysis.senses.faces import FaceAnalyser
from roomkeeper.core.analysis.senses.fingerprint import FingerprintAnalyser
from roomkeeper.core.analysis.senses.kinds import KINDS
from roomkeeper.core.analysis.senses.likeness import FeatureAnalyser, MatchAnalyser
from roomkeeper.core.analysis.senses.reading import ReadingAnalyser
from roomkeeper.core.analysis.senses.sight import GoreAnalyser, NudityAnalyser
from roomkeeper.core.analysis.senses.speech import SpeechAnalyser
from roomkeeper.core.analysis.senses.voices import VoiceAnalyser

__all__ = ["ALL", "FACES", "FEATURES", "FINGERPRINT", "GORE", "KINDS", "MATCH", "NUDITY", "READING", "SPEECH", "VOICES"]

FACES, GORE, NUDITY = FaceAnalyser(), GoreAnalyser(), NudityAnalyser()
READING, SPEECH, VOICES = ReadingAnalyser(), SpeechAnalyser(), VoiceAnalyser()
FEATURES, FINGERPRINT, MATCH = FeatureAnalyser(), FingerprintAnalyser(), MatchAnalyser()
"""Places that pictures have in common, and hashes of pictures; for near-duplicates."""

ALL: tuple[AnyAnalyser, ...] = (FACES, GORE, NUDITY, READING, SPEECH, VOICES, FEATURES, FINGERPRINT, MATCH)
