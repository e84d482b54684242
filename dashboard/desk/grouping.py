"""Which failures are alike: of one app, at the same step, with the same code. That makes them a failure group."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    column,
    literal_column,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.models import Attempt, FailureGroup
from dashboard.core.models.attempt import HAS_FAILED
from dashboard.install import catalogue

# The code of the group that gathers whatever the catalogue does not hold, at each step of an app. Anybody can follow a
# link of ours and make up names for Slack's errors: a group for each would be groups without end.
UNCATALOGUED = "uncatalogued"
FEW_PARTS = 3  # that PostgreSQL plans one by one

_CATALOGUED = tuple(sorted(catalogue.ENTRIES))

Code = InstrumentedAttribute[str | None] | ColumnElement[str]


def is_group(client_id: str, step: str, code: str) -> ColumnElement[bool]:
    """The condition that finds the one group of an app, a step and a code."""
    return and_(FailureGroup.client_id == client_id, FailureGroup.step == step, FailureGroup.code == code)


def attempts_of(group: FailureGroup) -> ColumnElement[bool]:
    """The condition that an attempt belongs to a group."""
    return and_(
        Attempt.client_id == group.client_id, Attempt.step == group.step, has_code(Attempt.code, group.code), HAS_FAILED
    )


def has_code(known: Code, code: str) -> ColumnElement[bool]:
    """The condition that a column holds a code; of UNCATALOGUED: one that the catalogue does not hold."""
    return known.not_in(_CATALOGUED) if code == UNCATALOGUED else known == code


def is_code(known: str, code: str) -> bool:
    """The same of a code that is known; of one that is empty, nothing holds."""
    return bool(known) and known not in catalogue.ENTRIES if code == UNCATALOGUED else known == code


def group_code(known: Code) -> ColumnElement[Any]:
    """A column's code as its group is called."""
    return case((known.in_(_CATALOGUED), known), else_=UNCATALOGUED)


def latest(
    columns: Sequence[Any], group: FailureGroup, codes: Collection[str], *, most: int, since: int = 0
) -> list[Select[*tuple[Any, ...]]]:
    """Selects of the group's latest failures since then (ms), at most so many of each code: read along an index. What
    they give together is to be put in order again."""
    newest = [_newest(columns, (group.client_id, group.step, code, since)).limit(_text(most)) for code in codes]
    return [select(each.subquery()) for each in newest]


def latest_of_parts(dialect: str, columns: Sequence[Any], parts: int, *, most: int) -> Subquery:
    """The same for whichever groups, as so many parts, each one code of a group. Their parameters: since; and of each
    part client_id_0, step_0, code_0, and of_0, a number, which is the column `of`."""
    since = bindparam("since", type_=BigInteger)
    named: list[list[BindParameter[Any]]] = [
        [bindparam(f"{name}_{number}", type_=type_) for name, type_ in _PART.items()] for number in range(parts)
    ]
    if dialect != "postgresql" or parts <= FEW_PARTS:
        newest = [_newest([*columns, of.label("of")], (*alike, since)).limit(_text(most)) for of, *alike in named]
        return union_all(*(select(each.subquery()) for each in newest)).subquery()
    # It plans each by itself, and of many that takes longer than to read them.
    part = values(*(column(name, type_) for name, type_ in _PART.items()), name="part").data([tuple(p) for p in named])
    each = _newest(columns, (part.c.client_id, part.c.step, part.c.code, since)).limit(_text(most)).lateral()
    return select(part.c.of, *each.c).select_from(part.join(each, true())).subquery()


_PART: dict[str, type[Any]] = {"of": Integer, "client_id": String, "step": String, "code": String}


def values_of_parts(parts: Sequence[tuple[int, FailureGroup, str]]) -> dict[str, object]:
    """The parameters of so many parts: of each its number, the group, and the code."""
    named: dict[str, object] = {}
    for place, (number, group, code) in enumerate(parts):
        of_part = {"of": number, "client_id": group.client_id, "step": group.step, "code": code}
        named |= {f"{name}_{place}": value for name, value in of_part.items()}
    return named


def _newest(columns: Sequence[Any], alike: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    client_id, step, code, since = alike
    same = Attempt.client_id == client_id, Attempt.step == step, Attempt.code == code, HAS_FAILED
    return select(*columns).where(*same, Attempt.seen_at >= since).order_by(Attempt.seen_at.desc())


def _text(number: int) -> ColumnElement[int]:
    """A number that stands in the statement as it is."""
    return literal_column(str(number))
