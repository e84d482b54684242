"""Which installations somebody should look at: one definition, for page, list, filter, facet, count and export."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, literal, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.models import App, Installation


@dataclass(frozen=True, slots=True)
class Required:
    """The scopes an app cannot do without: those it asks for, but those that a person may decline."""

    bot: tuple[str, ...] = ()
    user: tuple[str, ...] = ()


_SCOPES = select(App.client_id, App.scopes, App.user_scopes, App.optional_scopes)


def required(db: Connection) -> dict[str, Required]:
    """What each app requires today, by client id."""
    rows = db.execute(_SCOPES)
    return {row.client_id: required_by(row.scopes, row.user_scopes, row.optional_scopes) for row in rows}


def required_by(scopes: str | None, user_scopes: str | None, optional_scopes: str | None) -> Required:
    """What an app with these comma-joined scopes requires."""
    optional = _words(optional_scopes)
    return Required(
        bot=tuple(scope for scope in _words(scopes) if scope not in optional),
        user=tuple(scope for scope in _words(user_scopes) if scope not in optional),
    )


def missing(wanted: Required, bot_scopes: str | None, user_scopes: str | None) -> tuple[str, ...]:
    """What of it an installation with these scopes lacks."""
    bot, user = _words(bot_scopes), _words(user_scopes)
    lacking = [scope for scope in wanted.bot if scope not in bot]
    return tuple(dict.fromkeys(lacking + [scope for scope in wanted.user if scope not in user]))


def counted(wanted: Required, bot_scopes: str | None, user_scopes: str | None) -> str:
    """How much of it there is, in words; where nothing is required, how many scopes there are."""
    in_all = len({*wanted.bot, *wanted.user})
    if not in_all:
        return str(len({*_words(bot_scopes), *_words(user_scopes)}))
    return f"{in_all - len(missing(wanted, bot_scopes, user_scopes))} of {in_all}"


def needed(db: Connection) -> ColumnElement[bool]:
    """The condition that an installation, if it is active, should be looked at: its token was not checked, or it lacks
    what its app requires."""
    return or_(Installation.to_check, drifted(db))


def drifted(db: Connection) -> ColumnElement[bool]:
    """The condition that an installation lacks some of what its app requires today."""
    return _lacks_some(tuple(sorted(required(db).items())))


@lru_cache(maxsize=64)
def _lacks_some(required_by_app: tuple[tuple[str, Required], ...]) -> ColumnElement[bool]:
    """Most pages ask for it, and apps change seldom."""
    of_apps = [
        and_(Installation.client_id == client_id, lacks(wanted))
        for client_id, wanted in required_by_app
        if wanted.bot or wanted.user
    ]
    # Within CASE no index is looked for: each app by itself would be read whole, and then be sorted.
    return case((or_(false(), *of_apps), true()), else_=false())


def lacks(wanted: Required) -> ColumnElement[bool]:
    """The condition that an installation lacks some of it: `missing`, for the database."""
    return or_(
        *(not_(holds(Installation.bot_scopes, scope)) for scope in wanted.bot),
        *(not_(holds(Installation.user_scopes, scope)) for scope in wanted.user),
    )


def holds(scopes: InstrumentedAttribute[str | None], scope: str) -> ColumnElement[bool]:
    """The condition that a column of comma-joined scopes holds one; never NULL."""
    return (literal(",") + func.coalesce(scopes, "") + ",").contains(f",{scope},", autoescape=True)


def required_of(apps: Mapping[str, Required], client_id: str) -> Required:
    return apps.get(client_id, Required())


def _words(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(",")) if joined else ()
