"""From whatever somebody pasted to what it names: references, also mistyped ones, Slack's ids, addresses, codes, names.

The text is looked at and forgotten. What is not among the operator's apps is not found, and nothing tells it from what
does not exist: the same queries run for both.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, or_

from dashboard.access.permissions import Operator, visible_to
from dashboard.core import reference
from dashboard.core.db import fetch, without_index
from dashboard.core.models import Attempt, Installation
from dashboard.core.reference import ALPHABET, LENGTH
from dashboard.desk import attempts, installation_search, lists, names, rows, sentences
from dashboard.desk.conditions import View
from dashboard.desk.filters import Filters
from dashboard.desk.rows import AttemptRow, InstallationRow
from dashboard.install import catalogue

LONGEST_TEXT = 20_000  # characters; the rest is not read
MOST_OF_A_KIND = 20
MOST_SLIPS = 50
LONGEST_SENTENCE = 500  # characters in which each name is looked for
LONGEST_NAME = 80  # characters; a longer text names nothing by itself

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad]")
# Nine characters in groups of four, four and one, or with one too few or too many; between them what mail puts where it
# breaks a line. It is looked for at every word, since the one before may seem to belong to it; the second group leaves
# out a last part that may be the next word.
_LIKE_A_REFERENCE = re.compile(
    r"(?<![0-9A-Za-z-])(?=(([0-9A-Za-z]{3,5}[-\s>]{0,4}[0-9A-Za-z]{3,5})(?:[-\s>]{0,4}[0-9A-Za-z]{1,2})?)(?![0-9A-Za-z]))"
)
_SLACK_ID = re.compile(r"(?<![0-9A-Za-z-])(?=[A-Z]+[0-9])[TEUWA][A-Z0-9]{4,20}(?![0-9A-Za-z-])")
_DOMAIN = re.compile(r"(?<![\w.-])([a-z0-9-]+(?:\.enterprise)?)\.slack\.com", re.IGNORECASE)
# Both begin where a word begins, and every repetition has an end: a text of one letter is read once, not once a letter.
_E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@([\w-]{1,63}\.[\w.-]{1,190})")
_CODE = re.compile(r"(?<![a-z0-9])[a-z][a-z0-9]{0,30}(?:_[a-z0-9]{1,30}){1,8}")
_SECOND_LEVEL = ("ac", "co", "com", "edu", "gov", "net", "ne", "or", "org")
_DIGIT_OR_DASH = re.compile(r"[0-9-]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a text may name."""

    references: tuple[str, ...]  # stored form
    near: tuple[str, ...]  # the references one slip away from what was written
    ids: tuple[str, ...]
    codes: tuple[str, ...]
    unlisted: tuple[str, ...]  # what has the form of a code and is not in the catalogue
    words: tuple[str, ...]  # to be searched for among names and addresses, the first that finds something
    read: frozenset[str]  # what was read on Slack's page, by what it means
    sentence: str  # the whole of a short text, in which a name may stand


@dataclass(frozen=True, slots=True)
class Found:
    only: AttemptRow | None = None  # the one attempt whose reference is named
    attempts: Sequence[AttemptRow] = ()
    near: Sequence[AttemptRow] = ()
    people: Sequence[AttemptRow] = ()  # attempts of a person's id
    places: Sequence[AttemptRow] = ()  # attempts at a workspace or organization
    installations: Sequence[InstallationRow] = ()
    ended_so: Sequence[AttemptRow] = ()  # the latest of the codes, where nothing names an attempt
    never_back: Sequence[AttemptRow] = ()  # the latest starts, if a sentence of Slack's page was sent
    codes: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        return bool(self.attempts or self.near or self.people or self.places or self.installations)

    @property
    def nothing(self) -> bool:
        return not (self.named or self.codes or self.never_back)


def tokens(text: str, own: frozenset[str] = frozenset()) -> Tokens:
    """Every token of a text that something could be found by. `own` are the vendor's domains: mails quote them."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text[:LONGEST_TEXT]))
    line = " ".join(text.split())
    is_short = len(line) <= LONGEST_NAME  # then it may be a name as a whole
    exact, slips = _references(text)
    near = tuple(dict.fromkeys(correct for slip in slips for correct in corrections(slip)))
    read = sentences.read_on_slack(text)
    like_codes = _CODE.findall(text)
    codes = [*(code for code in like_codes if catalogue.is_catalogued(code)), *sentences.codes_of(text)]
    unlisted = [code for code in like_codes if not catalogue.is_catalogued(code)]
    words = _hosts(text, own)
    if not words and is_short and not (exact or near or codes or read):
        words = [line]
    ids = _SLACK_ID.findall(text)
    if not ids and is_short:
        ids = _SLACK_ID.findall(text.upper())
    return Tokens(
        references=_some(exact),
        near=near,
        ids=_some(ids),
        codes=_some(codes),
        unlisted=_some(unlisted),
        words=_some(words),
        read=read,
        sentence=line if len(line) <= LONGEST_SENTENCE else "",
    )


def _references(text: str) -> tuple[list[str], list[str]]:
    """The references in a text, and what looks like one and is none; a word without digit or dash is a word."""
    exact, slips = [], []
    for match in _LIKE_A_REFERENCE.finditer(text):
        whole, without_last = (part.replace(">", "") for part in match.groups())
        last = whole[len(without_last) :]
        stored = reference.parse(whole) or (reference.parse(without_last) if "-" not in last else None)
        if stored:
            exact.append(stored)
        elif _DIGIT_OR_DASH.search(whole):
            slips.append(whole)
    return exact, slips[:MOST_SLIPS]


def _hosts(text: str, own: frozenset[str]) -> list[str]:
    """The workspaces' names in Slack's addresses, then the names in the domains of e-mail addresses."""
    domains = [domain.lower().rstrip(".") for domain in _E_MAIL.findall(text)]
    theirs = [domain for domain in domains if not any(f".{domain}".endswith(f".{one}") for one in own)]
    return [*_DOMAIN.findall(text), *map(_name_in, theirs)]


def _name_in(domain: str) -> str:
    """What stands before the public part of a domain: `acme` of mail.acme.example and of acme.co.uk."""
    parts = domain.split(".")
    public = 2 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else 1
    return parts[max(0, len(parts) - public - 1)]


def find(db: Connection, operator: Operator, named: Tokens, now: int) -> Found:
    """What the tokens name, among what the operator may see, at `now` (ms). Where they name one attempt by its
    reference, nothing else is looked for."""
    attempts_named = _attempts(db, operator, Attempt.reference.in_(named.references)) if named.references else []
    if len(attempts_named) == 1 == len(named.references):
        return Found(attempts=attempts_named, only=attempts_named[0])
    people = [id_ for id_ in named.ids if id_[0] in "UW"]
    there = _installations(db, operator, named)
    found = Found(
        attempts=attempts_named,
        near=_attempts(db, operator, Attempt.reference.in_(named.near)) if named.near else [],
        people=_attempts(db, operator, Attempt.user_id.in_(people)) if people else [],
        places=_at_places(db, operator, named, there),
        installations=there,
        never_back=_listed(db, operator, now, _NEVER_BACK) if named.read else [],
        codes=named.codes,
    )
    like_codes = (*named.codes, *named.unlisted)
    if found.named or not like_codes:
        return found
    ended_so = _listed(db, operator, now, (("code", like_codes),))
    met = {attempt.code for attempt in ended_so}  # Slack has more codes than the catalogue
    return replace(found, ended_so=ended_so, codes=(*named.codes, *(code for code in named.unlisted if code in met)))


_NEVER_BACK = (("outcome", ("abandoned", "running")), ("step", ("started",)), ("verified", ("1",)))


def _listed(
    db: Connection, operator: Operator, now: int, values: tuple[tuple[str, tuple[str, ...]], ...]
) -> Sequence[AttemptRow]:
    """The newest of the list of attempts, filtered: there it is known which of many rows are wanted."""
    view = View(attempts.LIST, operator, Filters(values=values), now)
    return lists.page(db, view, most=MOST_OF_A_KIND).rows


def _at_places(
    db: Connection, operator: Operator, named: Tokens, there: Sequence[InstallationRow]
) -> Sequence[AttemptRow]:
    """The attempts at a place that is named: by its id, or by a name that an installation has."""
    teams = {id_ for id_ in named.ids if id_[0] == "T"} | {row.team_id for row in there if row.team_id}
    enterprises = {id_ for id_ in named.ids if id_[0] == "E"}
    enterprises |= {row.enterprise_id for row in there if row.enterprise_id and not row.team_id}
    if not teams and not enterprises:
        return []
    return _attempts(db, operator, or_(Attempt.team_id.in_(teams), Attempt.enterprise_id.in_(enterprises)))


def corrections(text: str) -> Iterator[str]:
    """The references that one slip would turn into this: a character wrong, missing, doubled, or two swapped."""
    body = "".join(character for character in text.upper() if character != "-" and not character.isspace())
    body = body.translate(str.maketrans("OIL", "011"))
    candidates: list[str] = []
    if len(body) == LENGTH:
        candidates += [body[:at] + other + body[at + 1 :] for at in range(LENGTH) for other in ALPHABET]
        candidates += [body[:at] + body[at + 1] + body[at] + body[at + 2 :] for at in range(LENGTH - 1)]
    elif len(body) == LENGTH - 1:
        candidates += [body[:at] + other + body[at:] for at in range(LENGTH) for other in ALPHABET]
    elif len(body) == LENGTH + 1:
        candidates += [body[:at] + body[at + 1 :] for at in range(LENGTH + 1)]
    yield from dict.fromkeys(candidate for candidate in candidates if reference.parse(candidate))


def _attempts(db: Connection, operator: Operator, condition: ColumnElement[bool]) -> list[AttemptRow]:
    visible = without_index(visible_to(operator, Attempt.client_id, "see_attempts"))
    return rows.attempts(db, visible, condition, most=MOST_OF_A_KIND)


def _installations(db: Connection, operator: Operator, named: Tokens) -> list[InstallationRow]:
    """By exact ids, else by words; whatever their state: who asks may well be somebody who left."""
    conditions: list[ColumnElement[bool]] = []
    if named.ids:
        conditions.append(or_(Installation.team_id.in_(named.ids), Installation.enterprise_id.in_(named.ids)))
    conditions += [installation_search.search(db, operator, words).condition for words in named.words]
    if named.sentence and not named.words:
        conditions += names.conditions(operator, named.sentence)
    visible = rows.installations(db).where(without_index(visible_to(operator, Installation.client_id)))
    for condition in conditions:
        newest = visible.where(condition).order_by(Installation.installed_at.desc()).limit(MOST_OF_A_KIND)
        matches = fetch(db, newest, InstallationRow)
        if matches:
            return matches
    return []


def _some(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:MOST_OF_A_KIND]
