"""Colours that can be read, and logos that are made anew."""

import io
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dashboard.apps import brand, fields, logo

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0b57b0", "#ffffff", 6.99),
        ("#ffffff", "#ffffff", 1.0),
    ],
)
def test_known_contrasts(one, other, expected):
    assert brand.contrast(one, other) == pytest.approx(expected, abs=0.01)
    assert brand.contrast(other, one) == brand.contrast(one, other)


@given(colours)
def test_every_accent_has_a_shade_that_can_be_read_on_each_ground(colour):
    accent = fields.accent(colour)
    assert accent == colour.lower()
    assert brand.contrast(brand.on_light(accent), brand.LIGHT) >= brand.ENOUGH_CONTRAST
    assert brand.contrast(brand.on_dark(accent), brand.DARK) >= brand.ENOUGH_CONTRAST


def test_an_accent_that_can_be_read_stays_as_it_is():
    assert brand.on_light("#0b57b0") == "#0b57b0"
    assert brand.on_dark("#8ab8ff") == "#8ab8ff"


def picture(kind: str, size=(300, 200), **more) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(made, kind, **more)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_made_anew_small_and_without_what_came_along(kind):
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    made = logo.made_of(picture(kind, exif=exif))
    assert len(made) <= logo.LARGEST_STORED
    assert b"SECRET" not in made
    with Image.open(io.BytesIO(made)) as found:
        assert (found.format, found.size) == ("WEBP", (128, 128))


@pytest.mark.parametrize(
    ("size", "made"),
    [((300, 200), (128, 128)), ((900, 300), (384, 128)), ((1800, 200), (384, 128)), ((100, 900), (128, 128))],
)
def test_a_logo_is_whole_and_a_wide_one_is_wide(size, made):
    """Nothing of it is cut off: its four corners, which are red, are still there."""
    drawn = Image.new("RGB", size, "white")
    for x in (0, size[0] - size[0] // 5):
        for y in (0, size[1] - size[1] // 5):
            drawn.paste("red", (x, y, x + size[0] // 5, y + size[1] // 5))
    file = io.BytesIO()
    drawn.save(file, "PNG")
    with Image.open(io.BytesIO(logo.made_of(file.getvalue()))) as found:
        assert found.size == made
        shown = found.convert("RGBA")
        box = shown.getchannel("A").getbbox()
        for x in (box[0] + 1, box[2] - 2):
            for y in (box[1] + 1, box[3] - 2):
                red, green, _, _ = shown.getpixel((x, y))
                assert (red > 180, green < 100) == (True, True)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a PNG"),
        (b"", "is not a PNG"),
        (picture("PNG")[:300], "is not a PNG"),
        (picture("GIF"), "is not a PNG"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(file, why):
    with pytest.raises(ValueError, match=why):
        logo.made_of(file)


def test_a_bomb_is_not_unpacked():
    made = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(made, "PNG")
    with pytest.raises(ValueError, match=r"is not a PNG|pixels"):
        logo.made_of(made.getvalue())


PEAK = """
import io, resource, sys
from PIL import Image
from dashboard.apps import logo

def picture(side, kind):
    made = io.BytesIO()
    Image.new("RGBA" if kind != "JPEG" else "RGB", (side, side), "teal").save(made, kind)
    return made.getvalue()

side, kind = int(sys.argv[1]), sys.argv[2]
if side > 3000:  # made without decoding: a head that promises so many pixels
    file = bytearray(picture(64, kind))
    file[16:24] = side.to_bytes(4, "big") * 2
    import zlib
    file[29:33] = zlib.crc32(bytes(file[12:29])).to_bytes(4, "big")
    file = bytes(file)
else:
    file = picture(side, kind)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    logo.made_of(file)
except ValueError as why:
    print(why, file=sys.stderr)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(("side", "kind"), [(2048, "PNG"), (2048, "JPEG"), (2048, "WEBP"), (6_300, "PNG")])
def test_a_picture_takes_a_bounded_amount_of_memory(side, kind):
    done = subprocess.run([sys.executable, "-c", PEAK, str(side), kind], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 80, "MB"
    assert ("pixels" in done.stderr) == (side > 2048)
