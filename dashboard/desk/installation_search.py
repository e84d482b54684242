"""Installations by words: of their names, ids and address, and of who installed them."""

import re
from urllib.parse import urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    false,
    func,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import without_index
from dashboard.core.models import Installation
from dashboard.desk.filters import Searched
from dashboard.slack import installation_indexes
from dashboard.slack.tenant import is_without_case, plain

COMMON = 1_000  # more hits than that, and the newest are found sooner by reading rows in order than by the index
NEWEST, MET_SOON = 2_000, 20  # rows, and how many hits among them show that a page of hits is met soon

_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")
_ID_IN_ADDRESS = re.compile(r"(?<![A-Z0-9])[TE][A-Z0-9]{7,20}(?![A-Z0-9])")
_INDEX = table("dashboard_installations_search", column("rowid"))
_TRIGRAM = 3  # characters of which there is an index

Text = ColumnElement[str] | InstrumentedAttribute[str]


def search(db: Connection, operator: Operator, words: str) -> Searched:
    """An id of Slack's exactly; else every word, in the names, ids and address, and in who installed it where the
    operator may see people: anywhere, but for a word of two letters, which is where a word begins, and of one, which is
    a word by itself; letters without case are found anywhere. Of an address at Slack, the workspace that it names."""
    words = _named_by(words)
    id_ = words.upper()
    if _SLACK_ID.fullmatch(id_):
        exactly = or_(Installation.team_id == id_, Installation.enterprise_id == id_)
        if db.execute(select(Installation.id).where(exactly).limit(1)).first():
            return Searched(exactly, are_few=True)
    parts = plain(words).split()
    if not parts:  # an apostrophe alone
        return Searched(false(), are_few=True)
    contains = _contains(operator, parts)
    if db.dialect.name != "sqlite" or not installation_indexes.searches_by_index(db):
        # PostgreSQL knows by itself what is rare, and has an index for it where it may have one.
        return Searched(contains, are_few=False)
    phrases = [phrase for part in parts if (phrase := _phrase(part))]
    hits = _matching(phrases)
    if phrases and _are_few(db, operator, hits, contains):
        return Searched(and_(Installation.id.in_(hits), contains), are_few=True)
    return Searched(contains, are_few=False)


def has_short_words(text: str) -> bool:
    """Whether there are words in it that are looked for only where a word begins."""
    parts = plain(_named_by(text)).split()
    return any(len(part) < _TRIGRAM and not any(map(is_without_case, part)) for part in parts)


def _are_few(db: Connection, operator: Operator, hits: Select[int], contains: ColumnElement[bool]) -> bool:
    """Whether there are few among those that the operator may see: what others have often is not met in their order."""
    if _has_at_most(db, hits, COMMON):
        return True
    if operator.owner:
        return False
    visible = select(Installation.id).where(without_index(visible_to(operator, Installation.client_id)))
    newest = select(Installation.id).order_by(Installation.installed_at.desc()).limit(NEWEST)
    if not _has_at_most(db, visible.where(Installation.id.in_(newest), contains), MET_SOON):
        return False
    return _has_at_most(db, visible.where(Installation.id.in_(hits)), COMMON)


def _has_at_most(db: Connection, ids: Select[int], many: int) -> bool:
    return len(db.execute(ids.limit(many + 1)).all()) <= many


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
    """What stands behind a space where the word is: what a word begins with, or two letters without case, see `pairs`
    in slack/tenant.py; of one letter also the space behind it. None if it may be anywhere: it is long enough for an
    index, or a single letter of a script in which words do not begin with a space."""
    without_case = list(map(is_without_case, part))
    if len(part) >= _TRIGRAM or (any(without_case) and without_case != [True, True]):
        return None
    return part if len(part) == _TRIGRAM - 1 else f"{part} "


def _phrase(part: str) -> str | None:
    """A word as SQLite's index of trigrams finds it; None if it has too few letters, and may be anywhere."""
    beginning = _beginning(part)
    if beginning is not None:
        return f" {beginning}"
    return part if len(part) >= _TRIGRAM else None


def _matching(phrases: list[str]) -> Select[int]:
    """What SQLite's index finds: the rows that have all of them."""
    quoted = " ".join('"' + phrase.replace('"', '""') + '"' for phrase in phrases)
    matches = text("dashboard_installations_search MATCH :phrases").bindparams(phrases=quoted)
    return select(_INDEX.c.rowid).where(matches)
