"""Installations by words: of their names, ids and address, and of who installed them."""

import re
import unicodedata
from urllib.parse import urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    func,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import without_index
from dashboard.core.models import Installation
from dashboard.desk.filters import Searched
from dashboard.slack import installation_indexes
from dashboard.slack.tenant import plain

COMMON = 1_000  # more hits than that, and the newest are found sooner by reading rows in order than by the index

_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")
_ID_IN_ADDRESS = re.compile(r"(?<![A-Z0-9])[TE][A-Z0-9]{7,20}(?![A-Z0-9])")
_INDEX = table("dashboard_installations_search", column("rowid"))
_TRIGRAM = 3  # characters of which there is an index
_WITHOUT_CASE = "Lo"  # letters of scripts most of which put no spaces between words
_LAST = "\U0010ffff"

Text = ColumnElement[str] | InstrumentedAttribute[str]


def search(db: Connection, operator: Operator, words: str) -> Searched:
    """An id of Slack's exactly; else every word, in the names, ids and address, and in who installed it where the
    operator may see people: anywhere, but for a word of two letters, which is where a word begins, and of one, which is
    a word by itself. Of an address at Slack, the workspace that it names."""
    words = _named_by(words)
    id_ = words.upper()
    if _SLACK_ID.fullmatch(id_):
        exactly = or_(Installation.team_id == id_, Installation.enterprise_id == id_)
        if db.execute(select(Installation.id).where(exactly).limit(1)).first():
            return Searched(exactly, are_few=True)
    parts = plain(words).split()
    contains = _contains(operator, parts)
    if db.dialect.name != "sqlite" or not installation_indexes.searches_by_index(db):
        # PostgreSQL knows by itself what is rare, and has an index for it where it may have one.
        return Searched(contains, are_few=False)
    for hits in _hits(parts):
        if _are_few(db, operator, hits):
            return Searched(and_(Installation.id.in_(hits), contains), are_few=True)
    return Searched(contains, are_few=False)


def has_short_words(text: str) -> bool:
    """Whether there are words in it that are looked for only where a word begins."""
    return any(_beginning(part) for part in plain(_named_by(text)).split())


def _are_few(db: Connection, operator: Operator, hits: Select[int]) -> bool:
    """Whether there are few among those that the operator may see: what others have often is not met in their order."""
    if not operator.owner:
        visible = without_index(visible_to(operator, Installation.client_id))
        hits = select(Installation.id).where(Installation.id.in_(hits), visible)
    return len(db.execute(hits.limit(COMMON + 1)).all()) <= COMMON


def _named_by(words: str) -> str:
    """What is looked for: of a pasted address its workspace's id, else its host."""
    try:
        address = urlsplit(words.strip() if "://" in words else f"//{words.strip()}")
        host = address.hostname or ""
    except ValueError:
        return words
    if " " in words.strip() or not host.endswith(".slack.com"):
        return words
    id_ = _ID_IN_ADDRESS.search(f"{address.path}?{address.query}")
    return id_[0] if id_ else host


def _contains(operator: Operator, parts: list[str]) -> ColumnElement[bool]:
    def every(searched: Text) -> ColumnElement[bool]:
        return and_(*(_is_in(searched, part) for part in parts))

    # Whoever may not see who installed it may not find it by that either.
    without_people = func.replace(Installation.search, func.lower(Installation.installer_id), " ")
    sees_people = visible_to(operator, Installation.client_id, "see_people")
    return every(Installation.search) & (sees_people | every(without_people))


def _is_in(searched: Text, part: str) -> ColumnElement[bool]:
    beginning = _beginning(part)
    if beginning is None:
        return searched.contains(part, autoescape=True)
    return or_(searched.startswith(beginning, autoescape=True), searched.contains(f" {beginning}", autoescape=True))


def _beginning(part: str) -> str | None:
    """What a word begins with, the space behind it included where it is a whole one; None if it may be anywhere: it is
    long enough for an index, or of a script in which words do not begin with a space."""
    if len(part) >= _TRIGRAM or any(unicodedata.category(letter) == _WITHOUT_CASE for letter in part):
        return None
    return part if len(part) == _TRIGRAM - 1 else f"{part} "


def _hits(parts: list[str]) -> list[Select[int]]:
    """What SQLite's index finds: rows that have all longer words, and rows that have each of the shorter ones. They
    stand behind a space, or at the beginning of the name by which it is sorted, which has its accents: there two
    letters find only what is written with them. PostgreSQL's index finds both."""
    long = [part for part in parts if len(part) >= _TRIGRAM]
    hits = [_matching(*long)] if long else []
    for beginning in filter(None, map(_beginning, parts)):
        is_first = Installation.sort_name >= beginning.rstrip(), Installation.sort_name < beginning + _LAST
        first = select(Installation.id).where(*is_first)
        hits.append(select(union_all(_matching(f" {beginning}"), first).subquery().c.rowid))
    return hits


def _matching(*words: str) -> Select[int]:
    phrases = " ".join('"' + word.replace('"', '""') + '"' for word in words)
    matches = text("dashboard_installations_search MATCH :phrases").bindparams(phrases=phrases)
    return select(_INDEX.c.rowid).where(matches)
