"""What of the senses needs no model: language, pieces of sounds, scenes of films, weights, places of words."""

from __future__ import annotations

import io
import os
import pickle
from typing import Any

import numpy as np
import pytest

from roomkeeper.capabilities.screening.detectors.interface import Scores, Text
from roomkeeper.capabilities.screening.detectors.interface import Span as TextSpan
from roomkeeper.capabilities.screening.detectors.sight import scenes
from roomkeeper.capabilities.screening.judging import Place, _search
from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.rules import TextRules
from roomkeeper.core.analysis.senses import films, speech, voices
from roomkeeper.core.analysis.senses.pictures import area
from roomkeeper.core.analysis.senses.sight import Moment


def test_what_is_english() -> None:
    assert speech.is_english("Please send it to the second floor.", 0.5)
    assert not speech.is_english("The second floor of the second floor.", speech.HESITATION + 0.1)
    assert not speech.is_english("", 0.05)
    assert not speech.is_english("N e s d n.", 0.9)
    assert not speech.is_english("こんにちは、あした", 0.5)
    assert not speech.is_english("a b�", 0.5)
    assert not speech.is_english("we are going to see, " * 5, 0.5)


def test_pieces_are_cut_where_it_is_quiet() -> None:
    sound = np.ones(films.RATE * 40, np.float32)
    sound[films.RATE * 11 : films.RATE * 12] = 0
    found = speech.pieces(sound)
    assert sum(len(piece) for _, piece in found) == len(sound)
    assert all(len(piece) <= speech.LONGEST * films.RATE for _, piece in found)
    assert 11 < found[1][0] / films.RATE < 12
    assert [start for start, _ in found] == list(np.cumsum([0, *(len(piece) for _, piece in found[:-1])]))
    assert len(speech.pieces(sound[:0])) == 1


def test_tokens_stand_behind_their_lengths() -> None:
    long = b"x" * 200
    assert speech.read_tokens(b"\x02ab\x00\xc8\x01" + long) == [b"ab", b"", long]


def test_scenes_of_a_film() -> None:
    moments = [Moment(score, at) for at, score in enumerate([0.1, 0.9, 0.8, 0.1, 0.7, 0.1])]
    assert [(worst, span.start, span.end) for worst, span in scenes(moments)] == [(0.9, 0.5, 2.5), (0.7, 3.5, 4.5)]
    assert scenes([Moment(0.9)]) == []


def test_moments_are_spread_over_a_film() -> None:
    assert films._moments(0.0, 5) == [0.0]
    assert films._moments(60.0, 3) == [10.0, 30.0, 50.0]
    assert len(films._moments(1.2, 12)) == 2


@pytest.mark.parametrize(
    "said",
    [
        b"  Stream #0:0[0x1](und): Video: mpeg4 (Simple Profile) (mp4v / 0x7634706D), yuv420p, 640x480 [SAR 1:1]",
        b"  Stream #0:0: Video: vp8, yuv420p(tv, progressive), 640x480, SAR 1:1, 10 fps",
        b"  Stream #0:1(eng): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 640x480\n",
    ],
)
def test_how_large_a_film_is(said: bytes) -> None:
    found = films._PICTURE.search(said)
    assert found is not None
    assert (found[1], found[2]) == (b"640", b"480")


def test_areas_stay_in_the_picture() -> None:
    assert area(-10, 50, 60, 100, (100, 100)) == area(0, 50, 50, 50, (100, 100))


def test_silence_and_hums_are_no_voice() -> None:
    at = np.arange(films.RATE * 3) / films.RATE
    for sound in (np.zeros(films.RATE * 3), np.zeros(0), 0.3 * np.sin(2 * np.pi * 220 * at)):
        assert len(voices.voiced(sound.astype(np.float32))[0]) == 0
    talk = (0.3 * np.sin(2 * np.pi * 220 * at) * (np.sin(2 * np.pi * 2 * at) > 0)).astype(np.float32)
    assert len(voices.voiced(talk)[0]) > films.RATE


def test_weights_make_nothing_but_tensors() -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.getpid, ()

    contents: list[Any] = [1, 2, 3, Hostile(), []]
    file = io.BytesIO(b"".join(pickle.dumps(each, 2) for each in contents))
    with pytest.raises(pickle.UnpicklingError):
        voices.read_weights(file)


def test_what_is_found_in_a_part_is_not_told_of_the_whole() -> None:
    rules = TextRules(
        [(TextList(list_id="l", name="words", action="block", created_ts=0, updated_ts=0), ["bad phrase", "fake"])]
    )
    scores = Scores(texts=(Text("a bad", "all"), Text("fake", "part", span=TextSpan(1, 2))))
    texts = [(Place("ocr_text", each.source, each.box, each.span), each.text) for each in scores.texts]
    texts.append((Place("ocr_text", "all"), "a bad phrase, fake"))
    found = [(place.source, [each.pattern for each in hits]) for place, hits in _search(rules, texts) if hits]
    assert found == [("part", ["fake"]), ("all", ["bad phrase"])]
