"""The photo and the document that the demo's people send: drawn here, so that nothing has to be brought along."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter

PHOTO_SIZE = (960, 640)
FLYER_SIZE = (640, 600)
FLOOR = 430


def photo() -> bytes:
    """A parcel with a dented corner, on a floor (JPEG)."""
    image = Image.linear_gradient("L").resize(PHOTO_SIZE).convert("RGB")
    image = Image.blend(image, Image.new("RGB", PHOTO_SIZE, "#cfd6dd"), 0.82)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, FLOOR, *PHOTO_SIZE), fill="#a98f73")
    for line in range(FLOOR + 40, PHOTO_SIZE[1], 56):
        draw.line((0, line, PHOTO_SIZE[0], line), fill="#967d63", width=3)
    shadow = Image.new("L", PHOTO_SIZE, 0)
    ImageDraw.Draw(shadow).ellipse((230, 500, 800, 590), fill=150)
    image.paste("#4b3c2c", mask=shadow.filter(ImageFilter.GaussianBlur(18)))
    _parcel(ImageDraw.Draw(image))
    return _encoded(image.filter(ImageFilter.GaussianBlur(0.8)), "JPEG", quality=85)


def _parcel(draw: ImageDraw.ImageDraw) -> None:
    front, side, top = "#c58b4e", "#a3703b", "#d9a465"
    draw.polygon([(250, 250), (600, 250), (600, 540), (250, 540)], fill=front)
    draw.polygon([(600, 250), (760, 190), (760, 470), (600, 540)], fill=side)
    draw.polygon([(250, 250), (410, 190), (760, 190), (600, 250)], fill=top)
    draw.polygon([(405, 250), (455, 250), (612, 190), (562, 190)], fill="#ead7b4")
    draw.polygon([(405, 250), (455, 250), (455, 340), (405, 340)], fill="#e2cba2")
    draw.rectangle((285, 430, 385, 500), fill="#f4f4f1")
    for row in range(4):
        draw.line((297, 444 + row * 13, 372 - row * 11, 444 + row * 13), fill="#5c5c58", width=4)
    # What the customer complains about.
    draw.polygon([(520, 540), (600, 540), (600, 455), (566, 498)], fill="#7d5428")
    draw.polygon([(600, 540), (600, 455), (648, 515)], fill="#6a4621")
    draw.line((520, 540, 566, 498, 600, 455), fill="#4f3417", width=5)


def flyer() -> bytes:
    """A flyer with a lamp and a price that is crossed out (PNG)."""
    image = Image.new("RGB", FLYER_SIZE, "#ffe066")
    draw = ImageDraw.Draw(image)
    draw.polygon([(120, 300), (300, 300), (260, 150), (160, 150)], fill="#c92a2a")
    draw.rectangle((202, 300, 218, 520), fill="#343a40")
    draw.ellipse((140, 505, 280, 545), fill="#343a40")
    draw.ellipse((330, 90, 560, 320), fill="#d9480f")
    draw.line((360, 250, 530, 160), fill="#ffffff", width=14)
    draw.rectangle((385, 190, 505, 222), fill="#ffe8cc")
    for row in range(5):
        draw.rectangle((330, 370 + row * 34, 560 - row * 30, 386 + row * 34), fill="#343a40")
    return _encoded(image, "PNG")


def invoice() -> bytes:
    """A page of text (PDF)."""
    lines = (
        "Example organisation",
        "Invoice 4711",
        "",
        "1 lamp, walnut        49.00",
        "Delivery               0.00",
        "",
    )
    text = " ".join(f"({line}) Tj T*" for line in (*lines, "Total                 49.00", "", "Paid. Thank you."))
    stream = f"BT /F1 14 Tf 20 TL 72 740 Td {text} ET".encode()
    fonts = b"/Resources << /Font << /F1 4 0 R >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R %s >>" % fonts,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    return _pdf(objects)


def _pdf(objects: tuple[bytes, ...]) -> bytes:
    """The objects as a file, with the table that says where each stands."""
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()
