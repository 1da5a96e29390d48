"""The detectors that are there."""

from __future__ import annotations

from collections.abc import Callable

from roomkeeper.capabilities.screening.detectors.interface import Detector, MediaFile
from roomkeeper.platform.hooks import Slot


class Detectors:
    """The slot that detectors are put into when they are installed."""

    def __init__(self) -> None:
        self._slot: Slot[Detector] = Slot("detectors")
        self._listeners: list[Callable[[Detector], None]] = []

    def add(self, detector: Detector) -> None:
        """Contribute one. `ValueError` where there is one of its name."""
        self._slot.add(detector.name, detector)

    def all(self) -> list[Detector]:
        """All, in the order in which they were contributed."""
        return self._slot.values()

    def get(self, name: str) -> Detector | None:
        """The one of that name."""
        return self._slot.get(name)

    def concerning(self, file: MediaFile) -> list[Detector]:
        """Those that have something to say about the file, absent ones too."""
        return [detector for detector in self._slot.values() if detector.concerns(file)]

    def version_changed(self, detector: Detector) -> None:
        """A detector says that its `version` is another one now; called when that is durable."""
        for listener in self._listeners:
            listener(detector)

    def on_change(self, listener: Callable[[Detector], None]) -> None:
        """Call `listener` with each detector whose version has changed."""
        self._listeners.append(listener)
