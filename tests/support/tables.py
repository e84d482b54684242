"""What stands in the tables of a page."""

import re


def column(html: str, word: str) -> list[str]:
    """The cells under this word, as HTML, in all tables that have it."""
    return [cell for (cell,) in columns(html, word)]


def columns(html: str, *words: str) -> list[tuple[str, ...]]:
    """Of each row the cells under these words, as HTML, in all tables that have them all."""
    found = []
    for table in re.findall(r"<table[^>]*>(.*?)</table>", html, re.DOTALL):
        head, _, body = table.partition("<tbody")
        headings = [re.sub("<[^>]+>", "", word) for word in re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.DOTALL)]
        if not set(words) <= set(headings):
            continue
        for row in re.findall(r"<tr\b[^>]*>(.*?)</tr>", body, re.DOTALL):
            cells = re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL)
            found.append(tuple(cells[headings.index(word)] for word in words))
    return found
