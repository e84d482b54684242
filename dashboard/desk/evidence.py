"""Gathers what the causes of a failure are decided by: a fixed number of queries, each bounded, and each from what the
operator may see."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    union,
    union_all,
)

from dashboard.access.permissions import OPERATORS, Operator, require, visible_to
from dashboard.core import compiled
from dashboard.core.clock import DAY, MINUTE, WEEK
from dashboard.core.config import Settings
from dashboard.core.db import fetch
from dashboard.core.models import Attempt
from dashboard.desk import app_places, app_today
from dashboard.install.attempts import SUCCEEDED
from dashboard.install.catalogue.evidence import Evidence, Kept, Place

AROUND = 500  # attempts of the app looked at, before and after: those whose return was verified, and the others
OWN = 100  # of the same browser, or of the same customer
ELSEWHERE = 200  # of other apps
NEAR = 5 * MINUTE
ORGANIZATIONS, COUNTED = 20, 1_000

_KEPT = select(*(getattr(Attempt, name) for name in Kept._fields))  # one list of them


def _first(query: Select[*tuple[Any, ...]], most: int) -> Select[*tuple[Any, ...]]:
    """The first rows of a query, for one of several queries in one."""
    limit: ColumnElement[int] = literal_column(str(most))
    return select(query.limit(limit).subquery())


# Asked of every attempt that somebody opens, and built once: each would take longer to build than to answer.
_THIS = _KEPT.where(Attempt.id == bindparam("attempt_id"))
_OTHERS = _KEPT.where(Attempt.client_id == bindparam("client_id"), Attempt.id != bindparam("attempt_id"))
_AT, _SINCE, _UNTIL = (
    bindparam("at", type_=BigInteger),
    bindparam("since", type_=BigInteger),
    bindparam("until", type_=BigInteger),
)
_IN_ORDER, _BACK = Attempt.seen_at, Attempt.seen_at.desc()
_AROUND = union_all(
    *(
        _first(others, AROUND)
        for verified in (Attempt.verified, ~Attempt.verified)
        for others in (
            _OTHERS.where(verified, Attempt.seen_at.between(_SINCE, _AT)).order_by(_BACK),
            _OTHERS.where(verified, Attempt.seen_at > _AT, Attempt.seen_at <= _UNTIL).order_by(_IN_ORDER),
        )
    )
)
_STORED = _OTHERS.where(Attempt.outcome == SUCCEEDED)
_SUCCESSES = union_all(
    _first(_STORED.where(Attempt.seen_at <= _AT).order_by(_BACK), 1),
    _first(_STORED.where(Attempt.seen_at > _AT).order_by(_IN_ORDER), 1),
)
_LATEST = _first(
    _STORED.with_only_columns(Attempt.redirect_uri, Attempt.last_returned_at).order_by(_BACK), COUNTED
).subquery()
_STORED_AT_ADDRESS = select(func.count(), func.max(_LATEST.c.last_returned_at)).where(
    _LATEST.c.redirect_uri == bindparam("redirect_uri")
)

_THESE = _KEPT.where(Attempt.id.in_(bindparam("ids", expanding=True)))


def _latest_of(*whose: ColumnElement[bool]) -> Select[str]:
    """The ids of the app's latest other attempts that meet any of the conditions, each of which an index answers."""
    columns = Attempt.id, Attempt.reference, Attempt.client_id, Attempt.seen_at
    theirs = union(*(select(*columns).where(condition) for condition in whose)).subquery()
    # Not the bare column: its index would find all of the app's attempts, and these are few.
    of_app = func.coalesce(theirs.c.client_id, "") == bindparam("client_id")
    others = select(theirs.c.id).where(of_app, theirs.c.reference != bindparam("reference"))
    return others.order_by(theirs.c.seen_at.desc()).limit(OWN)


_DIGEST: BindParameter[str] = bindparam("digest")
_OF_BROWSER = _latest_of(
    Attempt.browser_digest == _DIGEST, Attempt.browser_digest.is_(None) & (Attempt.return_browser_digest == _DIGEST)
)
_OF_BROWSERS = _latest_of(Attempt.browser_digest.in_(bindparam("digests", expanding=True)))
_OF_WORKSPACE = _latest_of(Attempt.team_id == bindparam("team_id"))
_OF_ORGANIZATION = _latest_of((Attempt.enterprise_id == bindparam("enterprise_id")) & Attempt.team_id.is_(None))
Whose = tuple[Select[str], dict[str, object]]  # one of these, and its own parameters


def gather(
    db: Connection,
    operator: Operator,
    settings: Settings,
    attempt: Attempt,
    *,
    now: int,
    read: frozenset[str] = frozenset(),
) -> Evidence:
    """Everything about an attempt that the operator is known to be allowed to see, as of `now` (ms). `read` is what the
    customer read on Slack's page, by code."""
    require(operator, "see_attempts", attempt.client_id)
    this = _this(db, attempt)
    return _Gathered(
        db,
        operator,
        attempt=attempt,
        this=this,
        now=now,
        app=app_today.read(db, settings, attempt.client_id),
        browser=_own(db, operator, this, _of_browser(this)),
        read=read,
    )


class _Gathered(Evidence):
    """Evidence of which a thing is read when a cause first looks at it, within the same transaction: few causes look at
    much, and those of an attempt that succeeded at none of it."""

    def __init__(self, db: Connection, operator: Operator, **known: Any) -> None:
        super().__init__(**known)
        self._db = db
        self._operator = operator

    @cached_property
    def around(self) -> tuple[Kept, ...]:
        """The nearest before and after. Returns that anybody can make up do not push the others out."""
        within = {"at": self.this.at, "since": self.this.at - WEEK, "until": self.this.at + DAY}
        return tuple(sorted(_read(self._db, _AROUND, {**self._others, **within}), key=lambda each: each.at))

    @cached_property
    def customer(self) -> tuple[Kept, ...]:
        return _of_customer(self._db, self._operator, self.this, self._customer)

    @cached_property
    def elsewhere(self) -> tuple[Kept, ...]:
        at = self.this.at
        near = {"client_id": self.this.client_id, "since": at - NEAR, "until": at + NEAR}
        return tuple(fetch(self._db, _near(self._operator), Kept, near))

    @cached_property
    def last_success(self) -> Kept | None:
        return next((each for each in self._successes if each.seen_at <= self.this.at), None)

    @cached_property
    def next_success(self) -> Kept | None:
        return next((each for each in self._successes if each.seen_at > self.this.at), None)

    @cached_property
    def stored_at_address(self) -> tuple[int, int | None]:
        if not self.this.redirect_uri:
            return 0, None
        here = {**self._others, "redirect_uri": self.this.redirect_uri}
        ((count, last),) = compiled.rows(self._db, _STORED_AT_ADDRESS, here)
        return count, last

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return app_places.first(self._db, self._operator, self.this.client_id, most=2)

    @cached_property
    def organizations(self) -> tuple[Place, ...]:
        whole = "whole organizations"
        return app_places.first(self._db, self._operator, self.this.client_id, whole, most=ORGANIZATIONS)

    @cached_property
    def there(self) -> tuple[Place, ...]:
        return app_places.of_customer(self._db, self._operator, self.this.client_id, self._customer)

    @cached_property
    def app_ids(self) -> tuple[str, ...]:
        return app_places.app_ids(self._db, self._operator, self.this.client_id)

    @cached_property
    def ids_of_others(self) -> tuple[str, ...]:
        return app_places.ids_of_others(self._db, self._operator, self.this.client_id, self.app_ids)

    @property
    def _others(self) -> dict[str, object]:
        return {"client_id": self.attempt.client_id, "attempt_id": self.attempt.id}

    @property
    def _customer(self) -> tuple[str | None, str | None]:
        return _customer(self.this, self.browser)

    @cached_property
    def _successes(self) -> list[Kept]:
        return _read(self._db, _SUCCESSES, {**self._others, "at": self.this.at})


def customer_of(db: Connection, operator: Operator, attempt: Attempt) -> tuple[str | None, str | None]:
    """The workspace and organization that Slack named in the attempt, or in an earlier success of the same browser."""
    this = _this(db, attempt)
    return _customer(this, _own(db, operator, this, _of_browser(this)))


def customer(known: Evidence) -> tuple[str | None, str | None]:
    """The same, where the evidence is gathered."""
    return _customer(known.this, known.browser)


def _this(db: Connection, attempt: Attempt) -> Kept:
    """Raises LookupError if it was deleted meanwhile."""
    found = _read(db, _THIS, {"attempt_id": attempt.id})
    if not found:
        raise LookupError
    return found[0]


def _read(
    db: Connection, query: Select[*tuple[Any, ...]] | CompoundSelect[Any], values: Mapping[str, object]
) -> list[Kept]:
    return [Kept._make(row) for row in compiled.rows(db, query, values)]


def _own(db: Connection, operator: Operator, this: Kept, whose: Whose | None) -> tuple[Kept, ...]:
    """The app's latest other attempts of somebody, in order of time. Raises NotFoundError or NotAllowedError where the
    operator may not see the app's attempts."""
    require(operator, "see_attempts", this.client_id)
    if not whose:
        return ()
    query, values = whose
    ids = db.scalars(query, {**values, "client_id": this.client_id, "reference": this.reference}).all()
    return tuple(sorted(fetch(db, _THESE, Kept, {"ids": ids}), key=lambda each: each.seen_at)) if ids else ()


def _of_browser(this: Kept) -> Whose | None:
    """Who began it; of a return that belongs to no start, who came back."""
    digest = this.browser_digest or this.return_browser_digest
    return (_OF_BROWSER, {"digest": digest}) if digest else None


def _of(customer: tuple[str | None, str | None]) -> Whose | None:
    """In whose attempts Slack named the customer."""
    team_id, enterprise_id = customer
    if team_id:
        return _OF_WORKSPACE, {"team_id": team_id}
    return (_OF_ORGANIZATION, {"enterprise_id": enterprise_id}) if enterprise_id else None


def _customer(this: Kept, browser: Sequence[Kept]) -> tuple[str | None, str | None]:
    """The workspace and organization that Slack named here, or in an earlier success of the same browser."""
    earlier = [each for each in reversed(browser) if each.is_stored and each.at < this.at]
    named = next((each for each in (this, *earlier) if each.customer), this)
    return named.team_id, named.enterprise_id


def _of_customer(
    db: Connection, operator: Operator, this: Kept, customer: tuple[str | None, str | None]
) -> tuple[Kept, ...]:
    """Attempts in which Slack named the customer, and later ones of browsers that were stored for it, in which Slack
    named nobody: a refusal does not say whom it refused."""
    named = _own(db, operator, this, _of(customer))
    browsers = {each.browser_digest for each in named if each.is_stored and each.browser_digest}
    if not browsers:
        return named
    theirs = _own(db, operator, this, (_OF_BROWSERS, {"digests": list(browsers)}))
    last: dict[str | None, str | None] = {}  # whom each browser was stored for last
    unnamed = []
    for each in sorted((*named, *theirs), key=lambda each: each.at):
        if each.is_stored:
            last[each.browser_digest] = each.customer
        elif not each.customer and last.get(each.browser_digest) == (customer[0] or customer[1]):
            unnamed.append(each)
    return tuple(sorted((*named, *unnamed), key=lambda each: each.seen_at))


@lru_cache(OPERATORS)
def _near(operator: Operator) -> Select[*tuple[Any, ...]]:
    """What other apps sent to Slack in a time."""
    visible = visible_to(operator, Attempt.client_id, "see_attempts"), Attempt.client_id != bindparam("client_id")
    near = Attempt.seen_at.between(_SINCE, _UNTIL), Attempt.spent_at.is_not(None)
    return _KEPT.where(*visible, *near).order_by(Attempt.seen_at).limit(ELSEWHERE)
