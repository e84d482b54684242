"""The kinds of installations: an app, a status, and what else the desk filters by.

What installations of a kind may do is said by any one of them: their sets of scopes have a name, see slack/tenant.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    union,
    union_all,
)

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core import tally
from dashboard.core.models import Installation, InstallationKind, InstallationKindChange
from dashboard.core.tally import Tally
from dashboard.desk import attention
from dashboard.desk.attention import Required
from dashboard.desk.kinds import Kinds

TALLY = Tally(
    counts=InstallationKind,
    changes=InstallationKindChange,
    key=("client_id", "status", "is_enterprise_install", "to_check", "scope_set"),
    lock=0x6B696E64,
)

Scopes = tuple[str | None, str | None]  # comma-joined: the bot's and the person's

MOST_KNOWN = 1_000  # sets of scopes that a process remembers
_KNOWN: dict[str, Scopes] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    client_id: str
    status: str
    is_enterprise_install: bool
    to_check: bool
    scope_set: str
    scopes: Scopes
    is_drifted: bool  # they lack some of what their app requires today
    many: int

    @property
    def needs_attention(self) -> bool:
        """Whether they should be looked at, if they are active."""
        return self.to_check or self.is_drifted


_KEY = [getattr(Installation, name) for name in TALLY.key]
_ROWS = select(*_KEY, Installation.bot_scopes, Installation.user_scopes)


def counted(db: Connection, client_ids: Collection[str] | None = None) -> list[Kind]:
    """The kinds of the installations of some apps, or of all."""
    wanted = attention.required(db)
    found: list[Kind] = []
    unnamed: set[str] = set()
    of_some = {} if client_ids is None else {"client_ids": list(client_ids)}
    for *named, scope_set, many in db.execute(_counted(of_some=bool(of_some)), of_some):
        if scope_set:
            found.append(_kind(wanted, named, scope_set, _scopes(db, named[0], scope_set), many))
        else:
            unnamed.add(named[0])
    return found + _unnamed(db, wanted, unnamed)


@cache
def _counted(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    rows = union_all(*tally.parts(TALLY)).subquery()
    key, many = [rows.c[name] for name in TALLY.key], tally.total(rows)
    query = select(*key, many).group_by(*key).having(many > 0)
    return query.where(rows.c.client_id.in_(bindparam("client_ids", expanding=True))) if of_some else query


def client_ids(db: Connection, operator: Operator) -> set[str]:
    """The apps that have installations, or had some a moment ago, among those the operator may see."""
    return set(db.scalars(_client_ids(operator)))


@lru_cache(OPERATORS)
def _client_ids(operator: Operator) -> CompoundSelect[str]:
    tables = InstallationKind, InstallationKindChange
    return union(*(select(table.client_id).where(visible_to(operator, table.client_id)) for table in tables))


def recount(db: Connection) -> int:
    """Count them all from the rows again. How many counts were wrong."""
    wrong = tally.correct(db, TALLY, select(*_KEY, literal(1, BigInteger).label("many")))
    tally.fold(db, TALLY)
    return wrong


def _kind(wanted: Mapping[str, Required], named: Sequence[Any], scope_set: str, scopes: Scopes, many: int) -> Kind:
    client_id, status, is_enterprise_install, to_check = named
    is_drifted = bool(attention.missing(attention.required_of(wanted, client_id), *scopes))
    return Kind(client_id, status, bool(is_enterprise_install), bool(to_check), scope_set, scopes, is_drifted, many)


def _scopes(db: Connection, client_id: str, scope_set: str) -> Scopes:
    """What any one that has the set may do. A set's name is a digest of it: what it says never changes."""
    if scope_set in _KNOWN:
        return _KNOWN[scope_set]
    here = Installation.client_id == client_id, Installation.scope_set == scope_set
    row = db.execute(select(Installation.bot_scopes, Installation.user_scopes).where(*here).limit(1)).one_or_none()
    if row is None:
        return None, None
    if len(_KNOWN) < MOST_KNOWN:
        _KNOWN[scope_set] = (row.bot_scopes, row.user_scopes)
    return row.bot_scopes, row.user_scopes


def _unnamed(db: Connection, wanted: Mapping[str, Required], client_ids: Collection[str]) -> list[Kind]:
    """The kinds of those whose set of scopes has no name: a process of an older release has written them."""
    if not client_ids:
        return []
    grouped = (*_KEY, Installation.bot_scopes, Installation.user_scopes)
    rows = _ROWS.add_columns(func.count()).where(Installation.client_id.in_(client_ids), Installation.scope_set == "")
    return [
        _kind(wanted, named, "", (bot_scopes, user_scopes), many)
        for *named, _, bot_scopes, user_scopes, many in db.execute(rows.group_by(*grouped))
    ]


def _read(db: Connection, since: int | None, until: int | None, _now: int) -> list[Kind] | None:
    return None if since is not None or until is not None else counted(db)


def _is_of(kind: Kind) -> ColumnElement[bool]:
    same = and_(*(column == getattr(kind, column.key) for column in _KEY))
    if kind.scope_set:
        return same
    bot_scopes, user_scopes = kind.scopes
    return and_(
        same,
        Installation.bot_scopes.is_not_distinct_from(bot_scopes),
        Installation.user_scopes.is_not_distinct_from(user_scopes),
    )


def _of_rows(db: Connection, rows: Sequence[Any], _now: int) -> list[Kind]:
    wanted = attention.required(db)
    return [_kind(wanted, named, scope_set, (bot, user), many) for *named, scope_set, bot, user, many in rows]


KINDS = Kinds(_read, _is_of, lambda _now: _ROWS, _of_rows)
