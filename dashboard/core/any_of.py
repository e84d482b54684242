"""A column that holds one of many values, given as one parameter: the statement is the same however many they are.

SQLAlchemy writes a parameter for each value, and for a thousand of them that, with the driver's and the database's
reading of it, takes longer than the query.
"""

import json
from collections.abc import Iterable

from sqlalchemy import ARRAY, ColumnElement, String, any_, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute


def condition(kind: str, column: InstrumentedAttribute[str | None], name: str) -> ColumnElement[bool]:
    """That a column of text holds one of the values given by this name, on a kind of database."""
    if kind == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(String)))
    listed = func.json_each(bindparam(name, type_=String)).table_valued("value")  # https://www.sqlite.org/json1.html
    return column.in_(select(listed.c.value))


def value(kind: str, values: Iterable[str | None]) -> list[str | None] | str:
    """What is given for them by that name."""
    return list(values) if kind == "postgresql" else json.dumps(list(values))
