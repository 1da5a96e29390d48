"""Speech and voices: English, other languages, silence, noise."""

from __future__ import annotations

import numpy as np
import pytest

from roomkeeper.core.analysis import AnalysisFailed
from roomkeeper.core.analysis.senses import SPEECH, VOICES, voices
from tests import samples
from tests import senses as material
from tests.integration.senses.conftest import Look

pytestmark = pytest.mark.asyncio(loop_scope="package")

SENTENCE = "Please send the delivery to the second floor of our office tomorrow morning"
OTHER_LANGUAGES = {
    "es": "Buenos días, nos vemos mañana en la oficina para firmar el contrato",
    "cmn": "你好，我们明天上午在公司的会议室见面，请带上合同",
    "de": "Guten Tag, wir treffen uns morgen um zehn Uhr im Büro und besprechen den Vertrag",
    "fr": "Bonjour, nous nous retrouvons demain matin au bureau pour signer le contrat",
    "ru": "Здравствуйте, мы встретимся завтра утром в офисе",
}


async def test_english_words_and_when(look: Look) -> None:
    speech = await look(SPEECH, material.spoken(SENTENCE))
    assert len(speech.utterances) == 1
    said = speech.utterances[0]
    assert said.english
    assert "delivery to the second floor" in said.text
    assert said.start == 0
    assert said.end == pytest.approx(speech.duration, abs=0.5)


QUICK = ("es",)
"""The hardest for the model; the others are among the long tests."""
LANGUAGES = [voice if voice in QUICK else pytest.param(voice, marks=pytest.mark.long) for voice in OTHER_LANGUAGES]


@pytest.mark.parametrize("voice", LANGUAGES)
async def test_other_languages_have_no_words(look: Look, voice: str) -> None:
    speech = await look(SPEECH, material.spoken(OTHER_LANGUAGES[voice], voice))
    assert [(each.english, each.text) for each in speech.utterances] in ([], [(False, "")])


async def test_nothing_is_said(look: Look) -> None:
    for data in (material.silence(3), material.hum(3)):
        assert not (await look(SPEECH, data)).utterances
        voice = await look(VOICES, data)
        assert voice.quality == 0
        assert not voice.vector
    for sense in (SPEECH, VOICES):
        for data in (
            samples.png(),
            b"",
            b"RIFF\x00\x00\x00\x00WAVEfmt ",
            material.film([material.opened("coffee.png")]),
        ):
            with pytest.raises(AnalysisFailed) as failed:
                await look(sense, data)
            assert failed.value.reason == "unreadable"


async def test_long_sounds_are_heard_in_pieces_up_to_a_limit(look: Look) -> None:
    text = ". ".join([SENTENCE] * 5)
    speech = await look(SPEECH, material.spoken(text), seconds=18.0)
    assert speech.heard == 18
    assert speech.duration > 20
    assert len(speech.utterances) == 2
    assert speech.utterances[0].end == speech.utterances[1].start
    assert speech.utterances[0].end <= 15
    assert sum(each.text.lower().count("second floor") for each in speech.utterances) >= 3


async def test_the_sound_of_a_film(look: Look) -> None:
    film = material.film([material.opened("coffee.png")] * 5, material.spoken(SENTENCE))
    assert "second floor" in (await look(SPEECH, film)).utterances[0].text


async def test_voices(look: Look) -> None:
    woman = await look(VOICES, material.spoken(SENTENCE, "en-us+f3"))
    man = await look(VOICES, material.spoken(SENTENCE, "en-us+m7"))
    again = await look(VOICES, material.spoken("The quick brown fox jumps over the lazy dog and runs away", "en-us+f3"))
    assert len(woman.vector) == voices.DIMENSIONS
    assert np.linalg.norm(woman.vector) == pytest.approx(1, abs=1e-3)
    assert woman.quality > voices.ENOUGH
    same, other = np.dot(woman.vector, again.vector), np.dot(woman.vector, man.vector)
    assert same > 0.85
    assert same - other > 0.15
