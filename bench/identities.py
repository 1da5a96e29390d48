"""A labelled folder for `roomkeeper evaluate`, made of what packages ship and what is drawn and spoken here: faces,
plates and badges (Chinese and Latin), voices, belongings; each submitted in several ways, and pictures of nobody.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter
from tests import identities, senses
from tests.samples import encoded

VOICES = ("en-us", "en-us+f2", "en-us+f5", "en-us+m3", "en-us+m7", "en-gb-scotland+f1", "de+m1", "fr-fr+f4")
SENTENCES = (
    *identities.SENTENCES,
    "We close at five today, so come early if you want to see all of it, and bring somebody along.",
)
PROVINCES = "京沪粤苏浙鲁川渝辽闽"
PLACES, TITLES = ("仓库", "门岗", "质检", "财务", "前台", "车间", "食堂", "物流", "机房", "码头"), ("主管", "值班员")
"""What badges call people: by what they do."""
NOBODY = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "page.png", "text.png")


def make(folder: Path, people: int) -> None:
    """Write it: two faces, so many plates, badges and belongings, all voices."""
    for name, data in _files(people):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _files(people: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(7)
    yield from _faces(chance, max(people, 4))
    for number in range(people):
        yield from _plate(chance, number)
        yield from _badge(chance, number)
        if number < 10:
            yield from _belonging(chance, number)
    for number, voice in enumerate(VOICES[: max(people // 2, 2)]):
        yield f"enrolled/voice{number}/voice.wav", senses.spoken(SENTENCES[0], voice)
        for other in (1, 2):
            yield f"submitted/voice{number}/voice{other}.wav", senses.spoken(SENTENCES[other], voice)
    for name in NOBODY:
        yield f"submitted/nobody/{name}", senses.sample(name)


def _faces(chance: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    for person in ("astronaut", "officer"):
        yield f"enrolled/{person}/face.jpg", identities.face(person)
        head = identities.portrait(person).crop(identities.HEADS[person])
        for number in range(count):
            yield f"submitted/{person}/face{number}.jpg", _changed(head, chance, turned=12)


def _changed(image: Image.Image, chance: random.Random, turned: float) -> bytes:
    """As another camera has it: turned, lit otherwise, smaller, blurred, compressed."""
    made = image.rotate(chance.uniform(-turned, turned), expand=True, fillcolor=(120, 120, 120))
    made = ImageEnhance.Brightness(made).enhance(chance.uniform(0.6, 1.3))
    scale = chance.uniform(0.6, 1.0)
    made = made.resize((round(made.width * scale), round(made.height * scale)))
    made = made.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.0)))
    return identities.jpeg(made, quality=chance.randrange(50, 90))


def _drawn(data: bytes) -> Image.Image:
    import io

    return Image.open(io.BytesIO(data)).convert("RGB")


def _plate(chance: random.Random, number: int) -> Iterator[tuple[str, bytes]]:
    digits = f"{chance.randrange(100_000):05}"
    is_chinese = number % 2 == 0
    text = f"{PROVINCES[number % 10]}{chance.choice('ABCDE')}·{digits}" if is_chinese else f"RK {digits}"
    ink, paper = ("white", "#1747a6") if is_chinese else ("black", "#f4f4f0")
    yield f"enrolled/plate{number}/texts.csv", f"plate,{text}\n".encode()
    yield f"submitted/plate{number}/plate.jpg", _changed(_drawn(identities.plate(text, ink, paper)), chance, turned=6)


def _badge(chance: random.Random, number: int) -> Iterator[tuple[str, bytes]]:
    code = f"K-{chance.randrange(10_000):04}-{chance.randrange(100):02}"
    name = f"{PLACES[number % 10]}{TITLES[number // 10 % 2]}"
    yield f"enrolled/badge{number}/texts.csv", f"badge,{code}\nname,{name}\n".encode()
    drawn = _drawn(identities.badge("示例公司", name, f"No. {code}"))
    yield f"submitted/badge{number}/badge.jpg", _changed(drawn, chance, turned=6)
    yield f"submitted/badge{number}/name.jpg", _changed(_drawn(identities.badge(name, "访客")), chance, turned=6)


def _belonging(chance: random.Random, number: int) -> Iterator[tuple[str, bytes]]:
    thing = identities.thing(number)
    yield f"enrolled/thing{number}/belonging.jpg", encoded(thing, "JPEG")
    part = thing.crop((40, 30, 600, 450))
    yield f"submitted/thing{number}/belonging.jpg", _changed(part, chance, turned=40)
