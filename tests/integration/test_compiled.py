"""What runs compiled gives what SQLAlchemy would give."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, literal_column, select, text, true, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from dashboard.core import compiled
from dashboard.core.db import insert_for
from dashboard.core.models import SlackBot, TokenKey

AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC).replace(tzinfo=None)  # as slack_sdk's tables have it
BOT = {**dict.fromkeys(SlackBot.__table__.columns.keys()), "client_id": "1.2", "app_id": "A1", "team_id": "T1"}
BOT |= {"bot_token": "xoxb-a-token", "bot_id": "B1", "bot_user_id": "U1", "is_enterprise_install": True}
BOT |= {"installed_at": AT, "id": 7}
ADD = insert(SlackBot)
OF_TEAM = select(*SlackBot.__table__.columns, true().label("there")).where(SlackBot.team_id == bindparam("team"))
WITH_DEFAULT = Table("things", MetaData(), Column("id", Integer), Column("size", Integer, default=lambda: 7))
END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)
NAME = update(SlackBot).where(SlackBot.app_id == "A1", SlackBot.team_id == bindparam("team"))


def test_rows_are_those_that_sqlalchemy_gives(database):
    with database.engine.begin() as db:
        assert compiled.changed(db, ADD, BOT) == 1
        by_sqlalchemy = [tuple(row) for row in db.execute(OF_TEAM, {"team": "T1"})]
        assert compiled.rows(db, OF_TEAM, {"team": "T1"}) == by_sqlalchemy
        assert compiled.rows(db, OF_TEAM, {"team": "T2"}) == []
    assert AT in by_sqlalchemy[0]


def test_what_is_written_is_what_sqlalchemy_writes(database):
    """SQLite keeps a time as text: the driver's own form of a whole second has no fraction, and sorts elsewhere."""
    whole_second = AT.replace(microsecond=0)
    with database.engine.begin() as db:
        compiled.changed(db, ADD, {**BOT, "installed_at": whole_second})
        db.execute(ADD, {**BOT, "id": 8, "installed_at": whole_second})
        written = db.execute(text("SELECT CAST(installed_at AS text) FROM slack_bots")).scalars().all()
    assert len(written) == 2
    assert len(set(written)) == 1


def test_what_is_changed_is_counted_and_what_it_returns_is_given(database):
    returning = insert_for(database.kind, TokenKey).on_conflict_do_nothing().returning(TokenKey.key_id)
    key = {"client_id": "1.2", "key_id": "a"}
    with database.engine.begin() as db:
        compiled.changed(db, ADD, BOT)
        assert compiled.changed(db, NAME, {"team": "T1", "team_name": "Ñandú"}) == 1
        assert compiled.changed(db, NAME, {"team": "T2", "team_name": "Ñandú"}) == 0
        assert db.scalar(select(SlackBot.team_name)) == "Ñandú"
        assert compiled.rows(db, returning, key) == [("a",)]
        assert compiled.rows(db, returning, key) == []


def test_a_value_may_be_named_twice_and_a_percent_sign_is_one(database):
    twice = select(SlackBot.bot_id).where(
        SlackBot.team_id == bindparam("team"), SlackBot.app_id.like("A%"), SlackBot.team_id.like(bindparam("team"))
    )
    with database.engine.begin() as db:
        compiled.changed(db, ADD, BOT)
        assert compiled.rows(db, twice, {"team": "T1"}) == [("B1",)]
        assert compiled.rows(db, select(literal_column("'100%'")), {}) == [("100%",)]


def test_an_error_is_sqlalchemys_and_quotes_nothing(database):
    with database.engine.begin() as db:
        compiled.changed(db, ADD, BOT)
        with pytest.raises(IntegrityError) as caught:
            compiled.changed(db, ADD, BOT)
        db.rollback()
    assert "xoxb-a-token" not in str(caught.value)
    assert not caught.value.connection_invalidated
    with database.engine.connect() as db:
        assert compiled.rows(db, OF_TEAM, {"team": "T1"}) == []


@pytest.mark.parametrize("count", [1, compiled.BLOCK, 2 * compiled.BLOCK + 3])
def test_many_rows_are_inserted_as_sqlalchemy_would(database, count):
    """Each with its own values, and those that are there already as the statement says."""
    upsert = insert_for(database.kind, SlackBot)
    upsert = upsert.on_conflict_do_update(index_elements=["id"], set_={"team_name": upsert.excluded.team_name})
    bots = [
        {**BOT, "id": number, "team_id": f"T{number}", "team_name": f"team {number}"} for number in range(1, count + 1)
    ]
    bots[0]["team_name"] = None
    with database.engine.begin() as db:
        compiled.changed(db, ADD, {**BOT, "id": count, "team_id": f"T{count}", "team_name": "before"})
        compiled.insert(db, upsert, bots)
        written = db.execute(select(*SlackBot.__table__.columns).order_by(SlackBot.id)).mappings().all()
    assert [dict(row) for row in written] == bots


def test_where_one_of_many_rows_cannot_be_inserted_the_error_quotes_none(database):
    bots = [{**BOT, "id": number} for number in (*range(1, compiled.BLOCK), 1)]
    with database.engine.begin() as db:
        with pytest.raises(IntegrityError) as caught:
            compiled.insert(db, ADD, bots)
        db.rollback()
    assert "xoxb-a-token" not in str(caught.value)


@pytest.mark.postgresql
def test_a_lost_connection_is_not_used_again(new_database):
    database = new_database("postgresql")
    with database.engine.connect() as db:
        compiled.rows(db, OF_TEAM, {"team": "T1"})
        with database.engine.connect() as other:
            other.execute(END_OTHERS)
        with pytest.raises(DBAPIError) as caught:
            compiled.rows(db, OF_TEAM, {"team": "T1"})
        assert caught.value.connection_invalidated
        assert db.invalidated
    with database.engine.connect() as db:
        assert compiled.rows(db, OF_TEAM, {"team": "T1"}) == []


@pytest.mark.parametrize(
    "statement",
    [insert(WITH_DEFAULT), select(SlackBot.id).where(SlackBot.team_id.in_(["T1", "T2"]))],
    ids=["a default that Python works out", "a list of any length"],
)
def test_what_the_driver_cannot_run_is_refused(database, statement):
    with database.engine.begin() as db, pytest.raises(TypeError):
        compiled.changed(db, statement, {"id": 1})
