"""Migrations, on both databases: up, down, no difference to the models, two at once."""

import concurrent.futures

import pytest
from alembic import command
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import MetaData, inspect

from dashboard.commands.migrate import configuration, migrate
from dashboard.core.engines import writing
from dashboard.core.models import Model, SlackBot, SlackInstallation
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


def test_names_that_were_there_are_found_without_their_accents(database):
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
    assert found == {"T1": "lodz obriens t1", "T2": "plain t2", "T3": "株式会社 が t3", "T4": "obrien t4"}
