"""Voices: a vector by which the same speaker is known again.

The network of Resemblyzer (three LSTM layers over 40 mel bands, after "Generalized End-to-End Loss for Speaker
Verification", 2018), run by numpy. Good to rank candidates for somebody who listens, and for nothing else: the same
speaker over another microphone may be further away than another speaker over the same.
"""

from __future__ import annotations

import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.models import Analyser, Refused
from roomkeeper.core.analysis.senses import films, kinds, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "resemblyzer"
WEIGHTS = "pretrained.pt"
DIMENSIONS = 256
WINDOW, HOP, BANDS = 400, 160, 40
"""Samples of a window (25 ms) and between two (10 ms); mel bands."""
PARTIAL, STEP = 160, 80
"""Windows of the pieces that are looked at (1.6 s), and between two."""
PIECES = 60
LOUDNESS = -30.0
"""Decibels (of full scale) to which what is quieter is raised."""
AUDIBLE = -60.0
ABOVE_NOISE = 10.0
"""Decibels above the quietest tenth of a sound, from which on it is taken for a voice."""
FRAME = 480
LEAST = 1.0
"""Seconds of voice below which nothing can be told."""
LONG = 5.0
"""Seconds of voice, from which on more is hardly better."""
ENOUGH = 0.35
CLEAR = 25.0
"""Decibels between voice and noise, from which on more is no better."""


class VoiceParameters(msgspec.Struct, frozen=True):
    """`seconds` of the sound that are listened to, from its beginning."""

    seconds: Annotated[float, Meta(gt=0, le=300)] = 60.0


class Voice(msgspec.Struct, frozen=True):
    """A voice.

    `vector`: `DIMENSIONS` numbers of length 1; empty where there is less than a second of voice. `seconds` of voice, of
    `duration` in all. `clearness`: decibels between voice and noise. `quality` (0 to 1): below `ENOUGH` it should
    not be enrolled.
    """

    vector: list[float]
    seconds: float
    duration: float
    clearness: float
    quality: float


class VoiceAnalyser(Analyser[VoiceParameters, Voice]):
    """Listens to a sound, or to a film's."""

    name = "voices"
    version = "resemblyzer-0.1.4-1"
    kind = kinds.VOICES
    seconds = 30.0
    parameters = VoiceParameters
    result = Voice

    def __init__(self) -> None:
        self._network: _Network | None = None

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return films.absence() or weights.absence("", PACKAGE)

    def load(self) -> None:
        """The weights."""
        with weights.find(PACKAGE, WEIGHTS).open("rb") as file:
            self._network = _Network(read_weights(file))

    def run(self, path: Path, parameters: VoiceParameters) -> Voice:
        """See `Analyser.run`."""
        samples = films.sound(path, parameters.seconds)
        spoken, clearness = voiced(samples)
        seconds, duration = len(spoken) / films.RATE, len(samples) / films.RATE
        if seconds < LEAST:
            return Voice([], round(seconds, 2), round(duration, 2), round(clearness, 1), 0.0)
        assert self._network is not None
        vector = self._network.embed(mel(raised(spoken)))
        quality = min(seconds / LONG, max(clearness, 0.0) / CLEAR, 1.0)
        return Voice(
            [round(float(value), 6) for value in vector],
            round(seconds, 2),
            round(duration, 2),
            round(clearness, 1),
            round(quality, 3),
        )


def voiced(samples: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """What of a sound is louder than its quietest parts, and by how many decibels; little for a steady noise."""
    import numpy as np

    count = len(samples) // FRAME
    if not count:
        return samples[:0], 0.0
    frames = samples[: count * FRAME].reshape(count, FRAME)
    loudness = 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + 1e-10)
    noise = max(float(np.percentile(loudness, 10)), AUDIBLE - ABOVE_NOISE)
    if float(np.percentile(loudness, 90)) - noise < ABOVE_NOISE:
        # No pauses: a voice that never stops, or a hum, which the network is left to judge.
        noise = AUDIBLE - ABOVE_NOISE if float(loudness.std()) > 3 else float(loudness.max())
    loud = loudness > noise + ABOVE_NOISE
    # Pauses of a fifth of a second belong to speech.
    kept = np.convolve(loud, np.ones(7), "same") > 0
    clearness = float(loudness[loud].mean() - noise) if loud.any() else 0.0
    return frames[kept & (loudness > AUDIBLE)].ravel(), min(clearness, 60.0)


def raised(samples: NDArray[Any]) -> NDArray[Any]:
    """What is quiet, louder."""
    import numpy as np

    loudness = 10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12)
    factor = 1.0 if loudness > LOUDNESS else 10 ** ((LOUDNESS - loudness) / 20)
    louder: NDArray[Any] = samples * np.float32(factor)
    return louder


def mel(samples: NDArray[Any]) -> NDArray[Any]:
    """Power in `BANDS` mel bands (Slaney's scale and areas) for each 10 ms: what the network was trained on."""
    import numpy as np

    padded = np.pad(samples, WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.abs(np.fft.rfft(windows * hann, axis=1)) ** 2
    bands: NDArray[Any] = (power @ _filters().T).astype(np.float32)
    return bands


def _filters() -> NDArray[Any]:
    import numpy as np

    def to_hertz(mels: NDArray[Any]) -> Any:
        return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))

    highest = 15 + 27 * np.log(films.RATE / 2 / 1000) / np.log(6.4)
    edges = to_hertz(np.linspace(0, highest, BANDS + 2))
    bins = np.linspace(0, films.RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    filters: NDArray[Any] = triangles * (2 / (edges[2:] - edges[:-2]))[:, None]
    return filters


class _Network:
    """Three LSTM layers and a linear one."""

    def __init__(self, state: dict[str, NDArray[Any]]) -> None:
        self._layers = [
            (
                state[f"lstm.weight_ih_l{number}"].T.copy(),
                state[f"lstm.weight_hh_l{number}"].T.copy(),
                state[f"lstm.bias_ih_l{number}"] + state[f"lstm.bias_hh_l{number}"],
            )
            for number in range(3)
        ]
        self._linear, self._bias = state["linear.weight"].T.copy(), state["linear.bias"]

    def embed(self, bands: NDArray[Any]) -> NDArray[Any]:
        """The vector: the mean of those of pieces."""
        import numpy as np

        if len(bands) < PARTIAL:
            bands = np.pad(bands, ((0, PARTIAL - len(bands)), (0, 0)))
        starts = list(range(0, len(bands) - PARTIAL + 1, STEP))
        if len(starts) > PIECES:
            starts = starts[:: -(-len(starts) // PIECES)]
        hidden = np.stack([bands[start : start + PARTIAL] for start in starts])
        for layer in self._layers:
            hidden = _lstm(hidden, *layer)
        found = np.maximum(hidden[:, -1] @ self._linear + self._bias, 0)
        found = found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9)
        mean = found.mean(axis=0)
        vector: NDArray[Any] = mean / (np.linalg.norm(mean) + 1e-9)
        return vector


def _lstm(inputs: NDArray[Any], by_input: NDArray[Any], by_hidden: NDArray[Any], bias: NDArray[Any]) -> NDArray[Any]:
    """One layer over pieces x windows x numbers; the gates stand in torch's order: input, forget, cell, output."""
    import numpy as np

    size = by_hidden.shape[0]
    hidden = np.zeros((len(inputs), size), np.float32)
    cell = np.zeros_like(hidden)
    found = np.empty((*inputs.shape[:2], size), np.float32)
    ahead = inputs @ by_input + bias
    for step in range(inputs.shape[1]):
        gates = ahead[:, step] + hidden @ by_hidden
        lets = 1 / (1 + np.exp(-gates[:, : 2 * size]))
        cell = lets[:, size:] * cell + lets[:, :size] * np.tanh(gates[:, 2 * size : 3 * size])
        hidden = np.tanh(cell) / (1 + np.exp(-gates[:, 3 * size :]))
        found[:, step] = hidden
    return found


# ---------------------------------------------------------------- torch's old format


class _Storage:
    """Numbers that are read behind the description of the tensors."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.numbers: Any = None


class _Tensor:
    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...]) -> None:
        self.storage, self.offset, self.shape = storage, offset, shape

    def array(self) -> NDArray[Any]:
        """Its numbers."""
        numbers: NDArray[Any] = self.storage.numbers[self.offset : self.offset + math.prod(self.shape)].reshape(
            self.shape
        )
        return numbers


def _rebuilt(storage: _Storage, offset: int, shape: tuple[int, ...], *_rest: Any) -> _Tensor:
    return _Tensor(storage, offset, shape)


class _Unpickler(pickle.Unpickler):
    """Makes tensors and dictionaries, and nothing else, whatever a file asks for."""

    ALLOWED: dict[tuple[str, str], Callable[..., Any] | str] = {  # noqa: RUF012 - never changed
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
        ("torch._utils", "_rebuild_parameter"): lambda data, *_rest: data,
        ("torch", "FloatStorage"): "float32",
        ("torch", "LongStorage"): "int64",
    }

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, tuple[_Storage, str]] = {}

    def find_class(self, module: str, name: str) -> Any:
        """See `Unpickler.find_class`."""
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place among weights") from None

    def persistent_load(self, reference: Any) -> _Storage:
        """See `Unpickler.persistent_load`: (``storage``, type, key, location, size, view)."""
        _, kind, key, _, size, _ = reference
        return self.storages.setdefault(key, (_Storage(size), kind))[0]


def read_weights(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """The tensors of a file in the format of torch before 1.6: three pickles about the format, one with the tensors,
    one with the keys of their storages, then for each its length (64 bits) and its numbers."""
    import numpy as np

    for _ in range(3):
        _Unpickler(file).load()
    unpickler = _Unpickler(file)
    content = unpickler.load()
    for key in _Unpickler(file).load():
        storage, kind = unpickler.storages[key]
        size = int.from_bytes(file.read(8), "little")
        if size != storage.size:
            raise Refused("unreadable", "The weights are broken.")
        data = file.read(size * np.dtype(kind).itemsize)
        storage.numbers = np.frombuffer(data, np.dtype(kind))
    return {name: each.array() for name, each in content["model_state"].items() if isinstance(each, _Tensor)}
