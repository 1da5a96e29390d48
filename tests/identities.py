"""What identifies people in tests: faces that packages ship, voices of espeak-ng, plates that are drawn here."""

from __future__ import annotations

from typing import Literal

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from tests import senses
from tests.samples import encoded

Person = Literal["astronaut", "officer"]
"""Portraits in the public domain (NASA; United States Navy), as packages ship them for examples."""
HEADS: dict[Person, tuple[int, int, int, int]] = {"astronaut": (130, 0, 330, 260), "officer": (140, 20, 400, 360)}
"""What is cut out of them: head and shoulders."""


def portrait(person: Person) -> Image.Image:
    """Somebody's portrait."""
    return senses.opened(person)


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """As a file."""
    return encoded(image, "JPEG", quality=quality)


def face(person: Person) -> bytes:
    """A good picture of one face."""
    return jpeg(portrait(person))


def another(person: Person) -> bytes:
    """Another picture of the same face: cut, mirrored, darker, smaller, badly compressed."""
    head = portrait(person).crop(HEADS[person]).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    head = ImageEnhance.Brightness(head.rotate(8, fillcolor=(90, 90, 90))).enhance(0.75)
    return jpeg(head.resize((head.width * 4 // 5, head.height * 4 // 5)), quality=55)


def together(*people: Person) -> bytes:
    """Several in one picture."""
    heads = [portrait(person).crop(HEADS[person]).resize((260, 330)) for person in people]
    page = Image.new("RGB", (300 * len(heads), 360), (200, 200, 190))
    for number, head in enumerate(heads):
        page.paste(head, (20 + 300 * number, 15))
    return jpeg(page)


def bad_face(what: Literal["too_dark", "too_small", "blurred", "no_face", "many_faces"]) -> bytes:
    """One that should not be registered."""
    image = portrait("astronaut")
    if what == "too_dark":
        return jpeg(ImageEnhance.Brightness(image).enhance(0.12))
    if what == "too_small":
        return jpeg(image.resize((150, 150)))
    if what == "blurred":
        return jpeg(image.filter(ImageFilter.GaussianBlur(5)))
    if what == "no_face":
        return jpeg(Image.radial_gradient("L").resize((600, 400)).convert("RGB"))
    return together("astronaut", "officer")


def font(size: int) -> ImageFont.FreeTypeFont:
    """Letters of every script."""
    senses.install()
    return ImageFont.truetype(str(senses.FONT), size)


def plate(text: str, ink: str = "white", paper: str = "#1747a6") -> bytes:
    """A number plate on a car that is a grey box."""
    image = Image.new("RGB", (900, 600), (125, 128, 130))
    draw = ImageDraw.Draw(image)
    draw.rectangle((180, 330, 720, 470), fill=paper, outline=ink, width=5)
    draw.text((450, 400), text, font=font(90), fill=ink, anchor="mm")
    return jpeg(image)


def badge(*lines: str) -> bytes:
    """A card that somebody wears."""
    image = Image.new("RGB", (640, 900), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 630, 890), outline="#224466", width=8)
    for number, line in enumerate(lines):
        draw.text((320, 250 + 130 * number), line, font=font(56), fill="black", anchor="mm")
    return jpeg(image)


def thing(seed: int = 1) -> Image.Image:
    """A belonging with a pattern: a bag with stickers."""
    import random

    drawn = random.Random(seed)
    image = Image.new("RGB", (640, 480), (60, 70, 90))
    draw = ImageDraw.Draw(image)
    for _ in range(70):
        x, y = drawn.randrange(600), drawn.randrange(440)
        colour = tuple(drawn.randrange(256) for _ in range(3))
        shape = draw.rectangle if drawn.random() < 0.5 else draw.ellipse
        shape((x, y, x + drawn.randrange(15, 90), y + drawn.randrange(15, 90)), fill=colour, outline="black")
    draw.text((320, 240), f"BAG {seed}", font=font(70), fill="white", anchor="mm")
    return image


SENTENCES = (
    "The meeting begins at nine in the large hall, and everybody should bring the papers of last week along.",
    "Please send the second delivery to the other gate, since the first one is closed until further notice.",
)
