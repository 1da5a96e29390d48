"""How well the models see, read and hear: sets made of packages' sample pictures, rendered words and plates, and voices
of espeak-ng. Small sets: they show that a model works here, not how well it does elsewhere.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from tests import senses as material

from roomkeeper.core.analysis import AnalysisSettings, AnyAnalyser, WorkerKind, senses
from roomkeeper.core.analysis.models import IMAGES
from roomkeeper.core.analysis.senses import FACES, GORE, NUDITY, READING, SPEECH, VOICES, faces
from roomkeeper.core.analysis.service import Analysis

LINES = (
    *("出售假护照", "低价代办证件", "请勿转发", "明天上午十点开会", "Sell fake passports", "Meet me at the back door"),
    *("沪A·12345", "京B·88K66", "粤Z·9F21港", "AB 1234 CD", "M-XY 4821", "工号 20731"),
)
"""Words, plates of cars, badges; Chinese and Latin."""
LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "small": {"size": 20},
    "turned": {"turned": 25},
    "on its side": {"turned": 90},
    "white on blue": {"behind": "#1040a0", "colour": "white"},
    "grey on grey": {"behind": "#909090", "colour": "#606060"},
}
SENTENCES = (
    "We sell fake passports and driving licences to everybody who wants one",
    "Please send the delivery to the second floor of our office tomorrow morning",
    "Do not tell anybody about the secret bank account in Switzerland",
)
ENGLISH = ("en-us", "en-gb", "en-us+f3", "en-us+m7")
FOREIGN = {
    "cmn": "你好，我们明天上午在公司的会议室见面，请带上合同",
    "de": "Guten Tag, wir treffen uns morgen um zehn Uhr im Büro und besprechen den Vertrag",
    "es": "Buenos días, nos vemos mañana en la oficina para firmar el contrato",
    "fr": "Bonjour, nous nous retrouvons demain matin au bureau pour signer le contrat",
    "it": "Buongiorno, ci vediamo domani mattina in ufficio per firmare il contratto",
    "ja": "こんにちは、あしたのあさ、かいしゃであいましょう",
    "ru": "Здравствуйте, мы встретимся завтра утром в офисе и подпишем договор",
}
FLAGGED = 0.5


class Sets:
    """Asks the models, and counts."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self._file = folder / "blob"
        self._quick = quick
        self._analysis = Analysis(AnalysisSettings())
        for kind in (WorkerKind(name=IMAGES, processes=1, memory=2**30), *senses.KINDS):
            self._analysis.add_kind(kind)
        for analyser in senses.ALL:
            self._analysis.register(analyser)

    async def stop(self) -> None:
        await self._analysis.stop()

    async def _ask(self, sense: AnyAnalyser, data: bytes) -> Any:
        self._file.write_bytes(data)
        return await self._analysis.run(sense, self._file, sense.parameters(), user="bench")

    def _some(self, all_of_them: list[Any]) -> list[Any]:
        return all_of_them[:: max(1, len(all_of_them) // 4)] if self._quick else all_of_them

    async def reading(self) -> dict[str, float]:
        """Lines that are read to the letter, and words that are read where none are."""
        asked = self._some([(text, look) for text in LINES for look in LOOKS.values()])
        read = 0
        for text, look in asked:
            lines = (await self._ask(READING, material.encoded(material.written(text, **look)))).lines
            read += _bare(text) == _bare("".join(line.text for line in lines))
        blank = self._some([name for name in material.SAMPLES if name not in ("page.png", "text.png", "officer")])
        ghosts = [name for name in blank if _letters((await self._ask(READING, material.sample(name))).lines) > 3]
        return {"read": 100 * read / len(asked), "ghosts": 100 * len(ghosts) / len(blank)}

    async def sight(self) -> dict[str, float]:
        """Harmless pictures that are taken for something else, and the highest score of one."""
        names = self._some(list(material.SAMPLES))
        found = {}
        for sense in (NUDITY, GORE):
            scores = [(await self._ask(sense, material.sample(name))).worst.score for name in names]
            found[f"{sense.name}_false"] = 100 * sum(score >= FLAGGED for score in scores) / len(scores)
            found[f"{sense.name}_highest"] = max(scores)
        return found

    async def faces(self) -> dict[str, float]:
        """Changed pictures of a face that are known again, and pictures of another that are."""
        people = {name: list(_changed(material.opened(name))) for name in ("astronaut", "officer")}
        vectors = {
            name: [await self._face(material.encoded(image)) for image in images] for name, images in people.items()
        }
        known = [float(np.dot(own[0], other)) if len(other) else 0.0 for own in vectors.values() for other in own[1:]]
        strangers = [
            float(np.dot(one, other))
            for one in vectors["astronaut"]
            for other in vectors["officer"]
            if len(one) and len(other)
        ]
        return {
            "faces_known": 100 * sum(each >= faces.SAME for each in known) / len(known),
            "faces_confused": 100 * sum(each >= faces.SAME for each in strangers) / len(strangers),
        }

    async def _face(self, data: bytes) -> list[float]:
        found = (await self._ask(FACES, data)).faces
        return list(found[0].vector) if found else []

    async def speech(self) -> dict[str, float]:
        """Words that are heard, and other languages that are taken for English."""
        asked = self._some([(text, voice) for text in SENTENCES for voice in ENGLISH])
        heard = total = 0
        for text, voice in asked:
            words = " ".join(each.text for each in (await self._ask(SPEECH, material.spoken(text, voice))).utterances)
            wanted = text.lower().split()
            total += len(wanted)
            heard += sum(word in words.lower().replace("licenses", "licences") for word in wanted)
        foreign = self._some(list(FOREIGN.items()))
        taken = 0
        for voice, text in foreign:
            taken += any(each.english for each in (await self._ask(SPEECH, material.spoken(text, voice))).utterances)
        return {"heard": 100 * heard / total, "taken": 100 * taken / len(foreign)}

    async def voices(self) -> dict[str, float]:
        """How often a voice is nearest to itself, saying something else."""
        voices = ("en-us+f3", "en-us+m7", "en-us+croak", "en-us+f5", "en-us+m3")
        first = [(await self._ask(VOICES, material.spoken(SENTENCES[0], voice))).vector for voice in voices]
        second = [(await self._ask(VOICES, material.spoken(SENTENCES[1], voice))).vector for voice in voices]
        likeness = np.array(first) @ np.array(second).T
        return {"voices": 100 * float((likeness.argmax(axis=1) == np.arange(len(voices))).mean())}


async def measure(quick: bool) -> dict[str, float]:
    """All sets."""
    material.install()
    with TemporaryDirectory() as folder:
        sets = Sets(Path(folder), quick)
        try:
            return {
                **(await sets.reading()),
                **(await sets.sight()),
                **(await sets.faces()),
                **(await sets.speech()),
                **(await sets.voices()),
            }
        finally:
            await sets.stop()


def _changed(image: Image.Image) -> Iterator[Image.Image]:
    """A picture and what becomes of it on its way."""
    yield image
    yield image.resize((image.width * 2 // 3, image.height * 2 // 3))
    yield image.rotate(15)
    yield image.convert("L").convert("RGB")
    yield image.filter(ImageFilter.GaussianBlur(1.5))
    yield image.point([min(255, value * 3 // 2) for value in range(256)] * 3)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=25)
    yield Image.open(file)


def _bare(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def _letters(lines: list[Any]) -> int:
    return sum(character.isalpha() for line in lines for character in line.text)
