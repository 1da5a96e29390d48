"""Words that are spoken: English, by Moonshine (base), whose weights moonshine-cpp packs.

The model makes fluent English of any language, so it is judged first whether what was said is English at all: where
the model hesitates between words (`HESITATION`), writes other letters, or says one thing over and over, it is not. What
is not English has no text here.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.models import Analyser
from roomkeeper.core.analysis.senses import films, kinds, weights
from roomkeeper.core.analysis.senses.voices import FRAME, raised, voiced

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "moonshine_cpp"
FOLDER = "models/base-en"
LONGEST, SHORTEST = 15.0, 6.0
"""Seconds of a piece: the model was trained on no longer ones; it is cut at its quietest place between the two."""
LEAST = 0.4
"""Seconds of voice below which a piece has no words."""
WORDS_A_SECOND = 6.5
"""Tokens, at most, as the model's authors bound them."""
START, END = 1, 2
HESITATION = 1.15
"""Nats: the mean entropy of the model's choices. English speech has 0.1 to 1.0, other languages 1.3 to 4."""
FOREIGN = 0.1
"""Part of the letters that may not be Latin."""
REPEATED = 3
"""Times that the same four words may be said in one piece."""


class SpeechParameters(msgspec.Struct, frozen=True):
    """`seconds` that are listened to, from its beginning."""

    seconds: Annotated[float, Meta(gt=0, le=600)] = 120.0


class Utterance(msgspec.Struct, frozen=True):
    """What is said between two seconds; `english`: whether it is, else `text` is empty. `hesitation`: see above."""

    start: float
    end: float
    english: bool
    hesitation: float
    text: str


class Speech(msgspec.Struct, frozen=True):
    """What is said; nothing where nobody speaks. `heard`: seconds that were listened to, of `duration` in all."""

    utterances: list[Utterance]
    heard: float
    duration: float


class SpeechAnalyser(Analyser[SpeechParameters, Speech]):
    """Listens to a sound, or to a film's."""

    name = "speech"
    version = "moonshine-base-en-1"
    kind = kinds.SPEECH
    seconds = 120.0
    parameters = SpeechParameters
    result = Speech

    def __init__(self) -> None:
        self._encoder: Any = None
        self._decoder: Any = None
        self._tokens: list[bytes] = []

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return films.absence() or weights.absence("speech", PACKAGE, "onnxruntime")

    def load(self) -> None:
        """Both models and the tokens."""
        importlib.import_module("numpy")
        self._encoder = weights.session(weights.find(PACKAGE, f"{FOLDER}/encoder_model.ort"))
        self._decoder = weights.session(weights.find(PACKAGE, f"{FOLDER}/decoder_model_merged.ort"))
        self._tokens = read_tokens(weights.find(PACKAGE, f"{FOLDER}/tokenizer.bin").read_bytes())

    def run(self, path: Path, parameters: SpeechParameters) -> Speech:
        """See `Analyser.run`."""
        samples = films.sound(path, parameters.seconds)
        heard = len(samples) / films.RATE
        found = [
            utterance for start, piece in pieces(samples) if (utterance := self._utterance(start, piece)) is not None
        ]
        return Speech(found, round(heard, 2), round(max(films.duration_of(path), heard), 2))

    def _utterance(self, start: int, piece: NDArray[Any]) -> Utterance | None:
        if len(voiced(piece)[0]) < LEAST * films.RATE:
            return None
        text, hesitation = self._words(raised(piece))
        first, behind = start / films.RATE, (start + len(piece)) / films.RATE
        english = is_english(text, hesitation)
        return Utterance(round(first, 2), round(behind, 2), english, round(hesitation, 2), text if english else "")

    def _words(self, piece: NDArray[Any]) -> tuple[str, float]:
        """What the model hears, and by how much it hesitates."""
        import numpy as np

        state = self._encoder.run(None, {"input_values": piece[None]})[0]
        inputs = [each.name for each in self._decoder.get_inputs()]
        outputs = [each.name for each in self._decoder.get_outputs()]
        kept = {name: np.zeros((1, 8, 0, 52), np.float32) for name in inputs if name.startswith("past_key_values")}
        said, hesitations, token, first = list[int](), list[float](), START, True
        for _ in range(int(len(piece) / films.RATE * WORDS_A_SECOND) + 2):
            feed = {
                "input_ids": np.array([[token]], np.int64),
                "encoder_hidden_states": state,
                "use_cache_branch": np.array([not first]),
                **kept,
            }
            answer = dict(zip(outputs, self._decoder.run(None, feed), strict=True))
            token, hesitation = _choice(answer["logits"][0, -1])
            hesitations.append(hesitation)
            if token == END:
                break
            said.append(token)
            for name in kept:
                if first or "decoder" in name:
                    kept[name] = answer[name.replace("past_key_values", "present")]
            first = False
        text = b"".join(self._tokens[token] for token in said if token < len(self._tokens))
        return text.decode(errors="replace").replace("\u2581", " ").strip(), sum(hesitations) / len(hesitations)


def _choice(logits: NDArray[Any]) -> tuple[int, float]:
    """The likeliest token, and the entropy (nats) of the choice."""
    import numpy as np

    shifted = logits.astype(np.float64) - logits.max()
    likely = np.exp(shifted)
    total = likely.sum()
    return int(shifted.argmax()), float(np.log(total) - (likely * shifted).sum() / total)


def is_english(text: str, hesitation: float) -> bool:
    """Whether what the model heard can be what was said."""
    letters = [character for character in text if character.isalpha()]
    if hesitation > HESITATION or not letters:
        return False
    if sum(not character.isascii() for character in letters) > FOREIGN * len(letters) or "\ufffd" in text:
        return False
    words = re.findall(r"[a-z']+", text.lower())
    if sum(len(word) > 1 for word in words) * 2 < len(words):
        return False  # letters that are spelt, or noises that are taken for some
    runs = Counter(tuple(words[at : at + 4]) for at in range(len(words) - 3))
    return max(runs.values(), default=0) <= REPEATED


def pieces(samples: NDArray[Any]) -> list[tuple[int, NDArray[Any]]]:
    """A sound in pieces of `LONGEST` at most: the first sample of each, and it."""
    import numpy as np

    found, start = [], 0
    shortest, longest = int(SHORTEST * films.RATE), int(LONGEST * films.RATE)
    while len(samples) - start > longest:
        among = samples[start + shortest : start + longest]
        frames = among[: len(among) // FRAME * FRAME].reshape(-1, FRAME)
        loudness = np.convolve(np.abs(frames).mean(axis=1), np.ones(7) / 7, "same")
        cut = start + shortest + int(loudness.argmin()) * FRAME + FRAME // 2
        found.append((start, samples[start:cut]))
        start = cut
    return [*found, (start, samples[start:])]


def read_tokens(data: bytes) -> list[bytes]:
    """The tokens of a file in which each stands behind its length: a byte, or two where the first is 128 or more."""
    found, at = list[bytes](), 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length += data[at] * 128 - 128
            at += 1
        found.append(data[at : at + length])
        at += length
    return found
