"""Faces, words, nakedness and gore in pictures and films: right ones, and what is hard, odd or hostile."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from roomkeeper.core.analysis import AnalysisFailed
from roomkeeper.core.analysis.senses import FACES, FEATURES, GORE, MATCH, NUDITY, READING, faces, likeness
from tests import samples
from tests import senses as material
from tests.integration.senses.conftest import Look

pytestmark = pytest.mark.asyncio(loop_scope="package")

PICTURE_SENSES = pytest.mark.parametrize("sense", [FACES, NUDITY, GORE, READING], ids=lambda sense: sense.name)


def jpeg(image: Image.Image, quality: int = 60) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def cosine(one: Any, other: Any) -> float:
    return float(np.dot(one.vector, other.vector))


# ------------------------------------------------------------------ faces


async def test_the_same_face_is_known_again_and_another_is_not(look: Look) -> None:
    astronaut = material.opened("astronaut")
    first = (await look(FACES, material.sample("astronaut"))).faces
    assert len(first) == 1
    assert len(first[0].vector) == faces.DIMENSIONS
    assert np.linalg.norm(first[0].vector) == pytest.approx(1, abs=1e-3)
    assert first[0].quality > faces.ENOUGH
    box = first[0].box
    assert 0.3 < box.x < 0.4
    assert 0.08 < box.y < 0.16
    assert all(box.x < x < box.x + box.width and box.y < y < box.y + box.height for x, y in first[0].landmarks)
    for changed in (jpeg(astronaut.resize((300, 300))), jpeg(astronaut.rotate(12)), jpeg(astronaut.convert("L"), 40)):
        again = (await look(FACES, changed)).faces
        assert cosine(first[0], again[0]) > 0.6
    other = (await look(FACES, material.sample("officer"))).faces
    assert len(other) == 1
    assert cosine(first[0], other[0]) < faces.SAME


async def test_many_faces_the_largest_first(look: Look) -> None:
    crowd = Image.new("RGB", (1200, 900), "grey")
    small = material.opened("astronaut").resize((300, 300))
    for number in range(8):
        crowd.paste(small, (number % 4 * 300, number // 4 * 300))
    crowd.paste(material.opened("officer").resize((260, 300)), (0, 600))
    found = (await look(FACES, jpeg(crowd, 90))).faces
    assert len(found) == 9
    assert found[0].box.y > 0.6, "the officer's is the largest"


async def test_no_face_and_faces_that_are_too_poor(look: Look) -> None:
    for name in ("coffee.png", "page.png", "chelsea.png"):
        assert not (await look(FACES, material.sample(name))).faces
    astronaut = material.opened("astronaut")
    blurred = (await look(FACES, material.encoded(astronaut.filter(ImageFilter.GaussianBlur(6))))).faces
    assert all(face.quality < faces.ENOUGH for face in blurred)
    tiny = (await look(FACES, material.encoded(astronaut.resize((96, 96))))).faces
    assert all(face.quality < faces.ENOUGH for face in tiny)
    assert all(not face.vector for face in tiny)


async def test_faces_in_a_film_have_a_time(look: Look) -> None:
    film = material.film(
        [material.opened("coffee.png")] * 3 + [material.opened("astronaut").crop((60, 0, 400, 255))] * 3
    )
    found = (await look(FACES, film)).faces
    assert found
    assert all(face.at is not None and face.at > 2.5 for face in found)
    still = (await look(FACES, material.sample("astronaut"))).faces[0]
    assert max(cosine(still, face) for face in found) > 0.6


# ------------------------------------------------------------------ words


async def words(look: Look, image: Image.Image) -> str:
    return " ".join(line.text for line in (await look(READING, material.encoded(image))).lines)


async def test_chinese_and_latin_words_where_they_stand(look: Look) -> None:
    image = material.written("低价代办证件", canvas=(960, 720))
    lines = (await look(READING, material.encoded(image))).lines
    assert [line.text for line in lines] == ["低价代办证件"]
    assert lines[0].box.x == pytest.approx(0.35, abs=0.05)
    assert lines[0].box.y == pytest.approx(0.46, abs=0.05)
    assert lines[0].box.width == pytest.approx(0.3, abs=0.05)
    assert "沪A·12345" in (await words(look, material.written("沪A·12345", behind="blue", colour="white"))).replace(
        " ", ""
    )
    assert "Region-based segmentation" in [
        line.text for line in (await look(READING, material.sample("page.png"))).lines
    ]


@pytest.mark.parametrize("turned", [90, 180, 270, 30])
async def test_words_that_are_turned(look: Look, turned: int) -> None:
    assert "低价代办证件" in await words(look, material.written("低价代办证件", turned=turned))


async def test_words_that_are_spaced_or_stand_in_a_column(look: Look) -> None:
    assert (await words(look, material.written("低 价 代 办 证 件", size=60))).replace(" ", "") == "低价代办证件"
    column = await words(look, material.written("\n".join("低价代办证件"), size=60))
    assert column.replace(" ", "") == "低价代办证件"


async def test_words_that_are_too_small_are_not_read(look: Look) -> None:
    """Which the manual says: here is where that begins."""
    assert "低价代办证件" in await words(look, material.written("低价代办证件", size=16, canvas=(960, 720)))
    assert "低价代办证件" not in await words(look, material.written("低价代办证件", size=20, canvas=(4000, 3000)))


async def test_words_in_a_film(look: Look) -> None:
    film = material.film([material.opened("coffee.png")] * 3 + [material.written("低价代办证件", size=90)] * 3)
    lines = [line for line in (await look(READING, film)).lines if line.text == "低价代办证件"]
    assert len(lines) == 1, "the same line of several frames is one"
    assert lines[0].at is not None
    assert 2.5 < lines[0].at < 4.5


# ------------------------------------------------------------------ nakedness, gore


@pytest.mark.parametrize("sense", [NUDITY, GORE], ids=lambda sense: sense.name)
async def test_harmless_pictures_are_harmless(look: Look, sense: Any) -> None:
    scores = {name: (await look(sense, material.sample(name))).worst.score for name in material.SAMPLES}
    assert max(scores.values()) < 0.5, scores


async def test_the_score_of_nakedness_follows_the_picture(look: Look) -> None:
    """No picture of a naked person is in this repository: a torso's outline in the colour of skin must count for more
    than the same in another colour."""
    skin, blue = [
        (await look(NUDITY, material.encoded(torso(colour)))).worst.score for colour in ("#d9a083", "#3060c0")
    ]
    assert skin > blue


def torso(colour: str) -> Image.Image:
    from PIL import ImageDraw

    image = Image.new("RGB", (480, 640), "#eeeeee")
    drawn = ImageDraw.Draw(image)
    drawn.ellipse((120, 60, 360, 330), fill=colour)
    drawn.rectangle((140, 200, 340, 640), fill=colour)
    for x in (190, 290):
        drawn.ellipse((x - 45, 200, x + 45, 290), fill=colour, outline="#b07055", width=4)
        drawn.ellipse((x - 10, 240, x + 10, 260), fill="#9c5540")
    return image.filter(ImageFilter.GaussianBlur(3))


async def test_moments_of_what_moves(look: Look) -> None:
    found = (await look(GORE, material.film([material.opened("coffee.png")] * 4))).moments
    assert len(found) == 8, "one for each half second, twelve at most"
    assert [moment.at for moment in found] == sorted(moment.at for moment in found)
    gif = (await look(GORE, samples.moving("GIF"))).moments
    assert gif[0].at == 0
    assert [moment.at for moment in (await look(GORE, samples.png())).moments] == [None]


# ------------------------------------------------------------------ likeness


async def test_the_same_thing_cropped_turned_mirrored(look: Look) -> None:
    bag = material.opened("coffee.png")
    known = await look(FEATURES, material.encoded(bag))
    other = await look(FEATURES, material.sample("chelsea.png"))
    for image in (bag.crop((100, 50, 450, 350)), bag.rotate(25), bag.transpose(Image.Transpose.FLIP_LEFT_RIGHT)):
        features = await look(FEATURES, jpeg(image))
        found = await look(MATCH, b"", features=features, others=[known.plain, other.plain])
        assert found.inliers[0] >= likeness.INLIERS
        assert found.inliers[1] == 0


# ------------------------------------------------------------------ odd and hostile files


@PICTURE_SENSES
async def test_pictures_that_show_nothing_or_too_much(look: Look, sense: Any) -> None:
    for data in (samples.png(1, 1), samples.png(4, 900)):
        with pytest.raises(AnalysisFailed) as failed:
            await look(sense, data)
        assert failed.value.reason == "unreadable"
    for name, data in samples.too_large().items():
        allowed = ["too_large", "unreadable", "memory"]
        if "jpeg" in name or "gif" in name:
            allowed.append(
                ""
            )  # which are made smaller while they are decoded, or of which some frames are fit to be seen
        assert await reason(look, sense, data) in allowed, name
    await look(sense, samples.png(16, 3000))
    await look(sense, samples.png(3000, 16))


async def reason(look: Look, sense: Any, data: bytes) -> str:
    """Why there is no result; empty where there is one."""
    try:
        await look(sense, data)
    except AnalysisFailed as failure:
        return failure.reason
    return ""


@PICTURE_SENSES
async def test_broken_pictures_and_films(look: Look, sense: Any) -> None:
    film = material.film([material.opened("coffee.png")] * 2)
    broken = [film[: len(film) // 3], b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 500, *samples.broken().values()]
    for data in broken:
        assert await reason(look, sense, data) in ("", "unreadable", "too_large", "memory")


async def test_a_playlist_is_no_film(look: Look, tmp_path: Any) -> None:
    """The program must open nothing but the file that it is given."""
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(material.film([material.written("secret words", size=90)]))
    listed = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode()
    for data in (listed, f"ffconcat version 1.0\nfile {secret}\n".encode()):
        for disguised in (data, b"\x00\x00\x00\x18ftypmp42" + data):
            with pytest.raises(AnalysisFailed) as failed:
                await look(READING, disguised)
            assert failed.value.reason == "unreadable"
