"""What a form sends, read without trust."""

from urllib.parse import parse_qsl

from dashboard.core.text import clean
from dashboard.web.kit.request import Request

MOST_FIELDS = 200
LONGEST_FIELD = 20_000  # characters


async def fields(request: Request) -> dict[str, str]:
    """The first value of each field of a plain HTML form, as sent. Whatever is no such form has no fields."""
    raw = (await request.body()).decode("latin-1")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: value[:LONGEST_FIELD] for name, value in reversed(pairs)}


def line(text: str | None, longest: int = 200) -> str:
    """One line fit to be stored or shown: no control characters, no longer than so many."""
    return clean(text, longest) or ""
