"""Rows of slack_sdk's, written by its own store and by ours, and the summary that follows them."""

import contextlib
import functools

from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import create_engine

from dashboard.core.crypto import app_key
from dashboard.core.engines import writing
from dashboard.slack import catching_up

CLIENT_ID = "111.222"
KEY = app_key("a-root-of-the-tests" * 3, CLIENT_ID)
TENANTS = [(None, "T1"), ("E1", "T2"), ("E1", None)]


TABLES = (
    "slack_installations",
    "slack_bots",
    "dashboard_installations",
    "dashboard_token_keys",
    "dashboard_changes",
)


START = 1_700_000_000


@contextlib.contextmanager
def slack_sdks(database, **changes):
    """slack_sdk's own store, on an engine that knows nothing of ours."""
    engine = create_engine(database.engine.url.set(**changes))
    try:
        yield SQLAlchemyInstallationStore(CLIENT_ID, engine)
    finally:
        engine.dispose()


def installation(tenant=TENANTS[0], user="U1", kind="both", number=7, **changes) -> Installation:
    enterprise_id, team_id = tenant
    bot = {"bot_token": f"xoxb-{number}", "bot_id": "B1", "bot_user_id": "U0BOT", "bot_scopes": ["chat:write"]}
    person = {"user_token": f"xoxp-{number}", "user_scopes": f"search:read,users:read.{user}"}
    values = {
        "app_id": "A1",
        "enterprise_id": enterprise_id,
        "enterprise_name": enterprise_id and f"Company {number}",
        "enterprise_url": enterprise_id and "https://company.enterprise.slack.com/",
        "team_id": team_id,
        "team_name": team_id and f"株式会社 {number}",
        "user_id": user,
        "is_enterprise_install": team_id is None,
        "installed_at": START + number + 0.5,
        **(bot if kind != "user" else {}),
        **(person if kind != "bot" else {}),
    }
    return Installation(**values | changes)


def where(tenant) -> dict[str, str | None]:
    return {"enterprise_id": tenant[0], "team_id": tenant[1]}


def summary_row(database, tenant=TENANTS[0]):
    key = f"{tenant[0] or ''}/{tenant[1] or ''}"
    rows = database.rows("SELECT * FROM dashboard_installations WHERE tenant = :key", key=key)
    assert len(rows) <= 1
    return rows[0] if rows else None


def catch_up(database) -> None:
    while in_transaction(database, catching_up.catch_up):
        pass
    assert database.rows("SELECT * FROM dashboard_changes") == []


def in_transaction(database, change, *args, **which):
    with writing(database.engine).begin() as connection:
        return change(connection, *args, **which)


def reindex(database) -> int:
    return catching_up.reindex(functools.partial(in_transaction, database))


def all_summaries(database) -> dict[str, dict]:
    rows = database.rows("SELECT * FROM dashboard_installations ORDER BY client_id, tenant")
    return {f"{row['client_id']} {row['tenant']}": row for row in rows}
