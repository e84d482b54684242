"""Colours that can be read, and logos that are made anew."""

import io

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
def test_an_accent_is_taken_where_it_can_be_read_on_both_grounds(colour):
    if brand.contrast(colour, brand.LIGHT) < brand.ENOUGH_CONTRAST:
        with pytest.raises(ValueError, match="cannot be read on white"):
            fields.accent(colour)
        return
    accent = fields.accent(colour)
    assert brand.contrast(brand.on_dark(accent), brand.DARK) >= brand.ENOUGH_CONTRAST


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
