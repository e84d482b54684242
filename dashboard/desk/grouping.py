"""Which failures are alike: of one app, at the same step, with the same code. That makes them a failure group."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.models import Attempt, FailureGroup
from dashboard.core.models.attempt import HAS_FAILED
from dashboard.install import catalogue

# The code of the group that gathers whatever the catalogue does not hold, at each step of an app. Anybody can follow a
# link of ours and make up names for Slack's errors: a group for each would be groups without end.
UNCATALOGUED = "uncatalogued"
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


def has_code(column: Code, code: str) -> ColumnElement[bool]:
    """The condition that a column holds a code; of UNCATALOGUED: one that the catalogue does not hold."""
    return column.not_in(_CATALOGUED) if code == UNCATALOGUED else column == code


def is_code(known: str, code: str) -> bool:
    """The same of a code that is known; of one that is empty, nothing holds."""
    return bool(known) and known not in catalogue.ENTRIES if code == UNCATALOGUED else known == code


def group_code(column: Code) -> ColumnElement[Any]:
    """A column's code as its group is called."""
    return case((column.in_(_CATALOGUED), column), else_=UNCATALOGUED)


def latest(
    columns: Sequence[Any], group: FailureGroup, codes: Collection[str], *, most: int, since: int = 0
) -> list[Select[*tuple[Any, ...]]]:
    """Selects of the group's latest failures since then (ms), at most so many of each code: read along an index. What
    they give together is to be put in order again."""
    return [_newest(columns, (group.client_id, group.step, code, since), most) for code in codes]


def latest_of_parts(columns: Sequence[Any], parts: int, *, most: int) -> list[Select[*tuple[Any, ...]]]:
    """The same for whichever groups, as so many parts, each one code of a group. Their parameters: since; and of each
    part client_id_0, step_0, code_0, and of_0, a number, which is the column `of`."""
    names = [tuple(f"{name}_{number}" for name in ("client_id", "step", "code")) for number in range(parts)]
    return [
        _newest(
            [*columns, bindparam(f"of_{number}", type_=Integer).label("of")],
            (*map(bindparam, alike), bindparam("since")),
            most,
        )
        for number, alike in enumerate(names)
    ]


def values_of_parts(parts: Sequence[tuple[int, FailureGroup, str]]) -> dict[str, object]:
    """The parameters of so many parts: of each its number, the group, and the code."""
    values: dict[str, object] = {}
    for place, (number, group, code) in enumerate(parts):
        of_part = {"of": number, "client_id": group.client_id, "step": group.step, "code": code}
        values |= {f"{name}_{place}": value for name, value in of_part.items()}
    return values


def _newest(columns: Sequence[Any], alike: tuple[Any, ...], most: int) -> Select[*tuple[Any, ...]]:
    client_id, step, code, since = alike
    same = Attempt.client_id == client_id, Attempt.step == step, Attempt.code == code, HAS_FAILED
    newest = select(*columns).where(*same, Attempt.seen_at >= since).order_by(Attempt.seen_at.desc())
    return select(newest.limit(literal_column(str(most))).subquery())
