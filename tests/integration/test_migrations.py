"""Migrations, on both databases: up, down, no difference to the models, two at once."""

import concurrent.futures

import pytest
from alembic import command
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import MetaData, inspect, select

from dashboard.access.permissions import Operator
from dashboard.commands.migrate import configuration, migrate
from dashboard.core import models
from dashboard.core.engines import writing
from dashboard.core.models import Model, SlackBot, SlackInstallation
from dashboard.desk import installation_search
from tests.benchmarks.filling import fill
from tests.support.command_line import basic_environment, run_dashboard, run_process

OURS = {
    "dashboard_apps",
    "dashboard_attempts",
    "dashboard_attempt_changes",
    "dashboard_attempt_counts",
    "dashboard_attempt_entries",
    "dashboard_archived_bots",
    "dashboard_archived_installations",
    "dashboard_code_notes",
    "dashboard_installation_day_changes",
    "dashboard_installation_days",
    "dashboard_installation_kind_changes",
    "dashboard_installation_kinds",
    "dashboard_installation_notes",
    "dashboard_installation_organization_changes",
    "dashboard_installation_organizations",
    "dashboard_invitations",
    "dashboard_job_rows",
    "dashboard_jobs",
    "dashboard_lookups",
    "dashboard_changes",
    "dashboard_audit",
    "dashboard_failure_groups",
    "dashboard_installations",
    "dashboard_memberships",
    "dashboard_one_time_links",
    "dashboard_operators",
    "dashboard_organization_workspaces",
    "dashboard_recovery_codes",
    "dashboard_saved_views",
    "dashboard_sessions",
    "dashboard_throttles",
    "dashboard_token_keys",
}
SLACKS = {"slack_installations", "slack_bots"}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, new_database):
    return new_database(request.param, migrated=False)


def _tables(database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_up_and_again_and_down_and_up(empty):
    assert migrate(empty.url)[0] is None
    assert _tables(empty) >= OURS | SLACKS
    before, after = migrate(empty.url)
    assert before == after

    with writing(empty.engine).begin() as connection:
        command.downgrade(configuration(connection), "base")
    assert not OURS & _tables(empty)
    assert _tables(empty) >= SLACKS  # they hold tokens: nothing of ours drops them
    SQLAlchemyInstallationStore("1.1", empty.engine).save(
        Installation(app_id="A1", team_id="T1", user_id="U1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U2")
    )  # nothing of ours is left that could be in a Bolt app's way
    left = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT proname FROM pg_proc",
    }
    assert not [row for row in empty.rows(left[empty.kind]) if "dashboard" in str(row)]


def test_no_difference_between_migrations_and_models(empty):
    migrate(empty.url)
    with writing(empty.engine).begin() as connection:
        command.check(configuration(connection))


def test_tables_of_others_are_left_alone(empty):
    empty.execute("CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE apps (id INTEGER)")
    migrate(empty.url)
    with writing(empty.engine).begin() as connection:
        command.check(configuration(connection))
        command.downgrade(configuration(connection), "base")
    assert {"alembic_version", "apps"} <= _tables(empty)


def test_two_at_once_take_turns(empty):
    environment = basic_environment(DATABASE_URL=empty.url)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda _: run_process("migrate", environment=environment), range(3)))

    assert [run.returncode for run in runs] == [0, 0, 0], [run.stderr for run in runs]
    assert sorted("up to date" in run.stdout for run in runs) == [False, True, True]


def test_a_newer_database_is_not_touched(empty):
    migrate(empty.url)
    empty.execute("UPDATE dashboard_alembic_version SET version_num = '9999'")
    done = run_dashboard("migrate", environment=basic_environment(DATABASE_URL=empty.url))
    assert done.returncode == 1
    assert "which this release does not know" in done.stderr


@pytest.mark.parametrize(
    ("model", "build"),
    [
        (SlackInstallation, SQLAlchemyInstallationStore.build_installations_table),
        (SlackBot, SQLAlchemyInstallationStore.build_bots_table),
    ],
)
def test_slack_sdks_tables_are_slack_sdks(model, build):
    theirs = build(MetaData(), model.__tablename__)
    ours = model.__table__

    assert [(column.name, column.nullable) for column in ours.columns] == [
        (column.name, column.nullable) for column in theirs.columns
    ]
    indexes = {index.name: [column.name for column in index.columns] for index in ours.indexes}
    for index in theirs.indexes:
        assert indexes[index.name] == [column.name for column in index.columns]
    assert set(Model.metadata.tables) == OURS | SLACKS


def test_names_that_were_there_are_found_without_their_accents_and_by_pairs(database):
    with writing(database.engine).begin() as connection:
        command.downgrade(configuration(connection), "0015")
    words = {"T1": "łódź o'brien’s t1", "T2": "plain t2", "T3": "株式会社 が t3", "T4": "o'brien t4"}
    for team_id, search in words.items():
        database.execute(
            "INSERT INTO dashboard_installations (client_id, app_id, tenant, team_id, is_enterprise_install, status,"
            " to_check, installer_id, first_installed_at, installed_at, search, sort_name)"
            " VALUES ('1.1', 'A1', :tenant, :team_id, false, 'active', false, 'U1', 1, 1, :search, '')",
            tenant=f"/{team_id}",
            team_id=team_id,
            search=search,
        )
    migrate(database.url)
    found = {row["team_id"]: row["search"] for row in database.rows("SELECT * FROM dashboard_installations")}
    plain = {"T1": "lodz obriens t1", "T2": "plain t2", "T4": "obrien t4"}
    assert found == {**plain, "T3": "株式 式会 会社 株式会社 が t3"}
    with database.engine.connect() as db:
        for words, team_id in {"lo": "T1", "会社": "T3", "ob t4": "T4"}.items():
            searched = installation_search.search(db, Operator(1, "o@example.com", owner=True), words)
            assert db.scalars(select(models.Installation.team_id).where(searched.condition)).all() == [team_id]
            assert searched.are_few == (db.dialect.name == "sqlite")


def test_sqlites_index_of_words_follows_the_rows_up_and_down(new_database):
    database = new_database("sqlite")
    fill(database.url, "installations", 20)
    found = "SELECT rowid FROM dashboard_installations_search WHERE dashboard_installations_search MATCH '\" new\"'"
    for revision, hits in {"0023": [], "0024": [1]}.items():
        with writing(database.engine).begin() as connection:
            command.downgrade(configuration(connection), "0023")
            command.upgrade(configuration(connection), revision)
        database.execute("UPDATE dashboard_installations SET search = 'new name' WHERE id = 1")
        assert [row["rowid"] for row in database.rows(found)] == hits  # a first word has no space before it in 0023
        database.execute("UPDATE dashboard_installations SET search = 'the new one' WHERE id = 1")
        assert [row["rowid"] for row in database.rows(found)] == [1]
        database.execute("UPDATE dashboard_installations SET search = 'old name' WHERE id = 1")
        assert database.rows(found) == []
        database.execute(
            "INSERT INTO dashboard_installations_search (dashboard_installations_search) VALUES ('integrity-check')"
        )
