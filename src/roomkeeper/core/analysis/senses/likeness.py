"""What in a picture can be found again where it was cropped, framed or turned: ORB features, compared by RANSAC.

A picture's features are up to `COUNT` places in it with 32 bytes each that describe their surroundings, also of its
mirror image. Two pictures show the same where at least `INLIERS` of them agree on one way to lay one over the other.
Runs in a worker process. OpenCV is in the extra `roomkeeper[images]`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.models import Analyser, Refused
from roomkeeper.core.analysis.senses import fingerprint, weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COUNT = 500
RECORD = 36
"""Bytes of a feature: x and y (16 bits each, little-endian), then its description."""
DESCRIPTION = 32
INLIERS = 15
FEW = 20
"""Features: what has fewer cannot be told from anything else."""
RATIO = 0.8
"""The second best partner of a feature must be that much worse than the best one."""
RANSAC_PIXELS = 5.0
MOST_PAIRS = 64
"""Pictures that one is compared with at a time."""


class FeatureParameters(msgspec.Struct, frozen=True):
    """`max_pixels`: what the image may have."""

    max_pixels: Annotated[int, Meta(ge=1)] = fingerprint.MAX_PIXELS


class Features(msgspec.Struct, frozen=True):
    """The features of a picture and of its mirror image, `RECORD` bytes each; empty where it has too few."""

    plain: bytes
    mirrored: bytes


class FeatureAnalyser(Analyser[FeatureParameters, Features]):
    """Finds the features of the (first) picture."""

    name = "features"
    version = "orb-1"
    parameters = FeatureParameters
    result = Features

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("images", "cv2")

    def load(self) -> None:
        """Pillow and OpenCV."""
        fingerprint.load()
        cv2 = importlib.import_module("cv2")
        cv2.setNumThreads(1)

    def run(self, path: Path, parameters: FeatureParameters) -> Features:
        """See `Analyser.run`."""
        import numpy as np

        with fingerprint.opened(path, parameters.max_pixels) as image:
            image.load()
            grey = np.asarray(fingerprint.small(image).convert("L"))
        return Features(_found(grey), _found(np.ascontiguousarray(grey[:, ::-1])))


class MatchParameters(msgspec.Struct, frozen=True):
    """The features of a picture, and those of others (not mirrored) that it may be."""

    features: Features = Features(b"", b"")
    others: Annotated[list[bytes], Meta(max_length=MOST_PAIRS)] = []


class Matches(msgspec.Struct, frozen=True):
    """For each of the others, how many features agree; 0 where they are fewer than `INLIERS`."""

    inliers: list[int]


class MatchAnalyser(Analyser[MatchParameters, Matches]):
    """Compares features; the file itself is not looked at."""

    name = "match"
    version = "ransac-1"
    parameters = MatchParameters
    result = Matches

    def absence(self) -> str | None:
        """See `Analyser.absence`."""
        return weights.absence("images", "cv2")

    def load(self) -> None:
        """OpenCV."""
        importlib.import_module("cv2")

    def run(self, path: Path, parameters: MatchParameters) -> Matches:  # noqa: ARG002 - see above
        """See `Analyser.run`."""
        ways = [parameters.features.plain, parameters.features.mirrored]
        if any(len(data) % RECORD for data in (*ways, *parameters.others)):
            raise Refused("unreadable", "These are no features.")
        return Matches([max(inliers(way, other) for way in ways) for other in parameters.others])


def _found(grey: NDArray[np.uint8]) -> bytes:
    """The features of a grey picture."""
    import cv2
    import numpy as np

    places, descriptions = cv2.ORB_create(nfeatures=COUNT).detectAndCompute(grey, None)  # type: ignore[attr-defined]
    if len(places) < FEW:
        return b""
    points = np.rint([place.pt for place in places]).astype("<u2").view(np.uint8).reshape(len(places), 4)
    return np.hstack([points, descriptions]).tobytes()


def split(data: bytes) -> tuple[Any, Any]:
    """The places (x, y) and the descriptions of features."""
    import numpy as np

    rows = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    return np.ascontiguousarray(rows[:, :4]).view("<u2").astype(np.float32), np.ascontiguousarray(rows[:, 4:])


def inliers(one: bytes, other: bytes) -> int:
    """How many features agree on one way to lay a picture over another; 0 where they are too few."""
    import cv2
    import numpy as np

    if not one or not other:
        return 0
    (one_places, one_descriptions), (other_places, other_descriptions) = split(one), split(other)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(one_descriptions, other_descriptions, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    if len(good) < INLIERS:
        return 0
    source = np.array([one_places[match.queryIdx] for match in good])
    target = np.array([other_places[match.trainIdx] for match in good])
    cv2.setRNGSeed(1)  # the same answer each time
    found: Any = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=RANSAC_PIXELS)
    matrix, mask = found
    if matrix is None or not _is_plausible(matrix):
        return 0
    # Several features at one place say the same thing once.
    agreeing = {tuple(target[number]) for number in np.flatnonzero(mask)}
    return len(agreeing) if len(agreeing) >= INLIERS else 0


def _is_plausible(matrix: Any) -> bool:
    """Whether that is a picture laid over another, rather than squeezed into a point or a line."""
    import numpy as np

    stretches = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(stretches[1] > 0.1 and stretches[0] < 10 and stretches[0] / stretches[1] < 3)
