"""Logos: whatever was given, made anew as a small WebP. Nothing of the file that came is kept, its comments neither."""

import io
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

SIDE = 128  # pixels of the square it is shown in, twice over for sharp screens
WIDEST = 3 * SIDE  # pixels of one that is wider than WIDE times its height
WIDE = 1.5
LARGEST_FILE = 5_000_000  # bytes that are looked at
LARGEST_STORED = 5_000  # bytes
MOST_PIXELS = 2048 * 2048  # decoded they take 16 MB; a small file can hold hundreds of times as many
FORMATS = ("PNG", "JPEG", "WEBP")


def made_of(file: bytes) -> bytes:
    """The logo as it is stored. Raises ValueError, saying why, if the file cannot be taken. Sizes are looked at
    before anything is decoded."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - takes 3 MiB, of every process that gets no logo

    if len(file) > LARGEST_FILE:
        raise ValueError("is larger than 5 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(file), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise ValueError("has more pixels than 2048 by 2048; a smaller picture will do")
                image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
                return _small(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError("is not a PNG, JPEG or WebP that can be read") from None


def _small(image: "Image.Image") -> bytes:
    """The whole picture on a transparent ground, a square or as wide as it is, in the best quality that fits into
    LARGEST_STORED."""
    from PIL import Image  # noqa: PLC0415 - as above

    is_wide = image.width > WIDE * image.height
    image.thumbnail((WIDEST if is_wide else SIDE, SIDE), Image.Resampling.LANCZOS)
    place = Image.new("RGBA", (image.width if is_wide else SIDE, SIDE), (0, 0, 0, 0))
    place.paste(image, ((place.width - image.width) // 2, (SIDE - image.height) // 2))
    for quality in (90, 75, 60, 45, 30, 15):
        made = io.BytesIO()
        place.save(made, "WEBP", quality=quality, method=6)
        if made.tell() <= LARGEST_STORED:
            return made.getvalue()
    raise ValueError("holds too much detail for a logo; a simpler picture will do")
