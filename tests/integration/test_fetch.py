"""Rows of a query as dataclasses and models: what does not fit is refused by name."""

from dataclasses import dataclass

import pytest
from sqlalchemy import insert, select

from dashboard.core.db import fetch, fetch_one
from dashboard.core.engines import writing
from dashboard.core.models import TokenKey


@dataclass(frozen=True)
class Key:
    client_id: str
    key_id: str


@pytest.fixture
def db(new_database):
    with writing(new_database("sqlite").engine).begin() as connection:
        connection.execute(insert(TokenKey), [{"client_id": "1.1", "key_id": key} for key in ("a", "b")])
        yield connection


def test_each_row_is_what_was_asked_for(db):
    assert fetch(db, select(TokenKey.key_id, TokenKey.client_id).order_by(TokenKey.key_id), Key) == [
        Key("1.1", "a"),
        Key("1.1", "b"),
    ]
    whole = fetch_one(db, select(TokenKey).where(TokenKey.key_id == "b"), TokenKey)
    assert whole is not None
    assert (whole.client_id, whole.key_id) == ("1.1", "b")
    assert fetch_one(db, select(TokenKey).where(TokenKey.key_id == "c"), TokenKey) is None


def test_a_column_too_few_or_too_many_is_refused_by_name(db):
    with pytest.raises(TypeError, match="key_id"):
        fetch(db, select(TokenKey.client_id), Key)
    with pytest.raises(TypeError, match="called"):
        fetch(db, select(TokenKey.client_id, TokenKey.key_id, TokenKey.key_id.label("called")), Key)
    with pytest.raises(TypeError, match="called"):
        fetch(db, select(TokenKey.key_id.label("called")), TokenKey)
