"""A real Bolt app, async and sync, working with what the flow stored; and what its deletes leave behind."""

import asyncio
import concurrent.futures
import json
import subprocess
import sys
import time

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from dashboard.bolt import InstallationStore
from dashboard.core.errors import ConfigurationError, SealError
from tests.support import coroutines, desk
from tests.support.stage import CLIENT_ID, CLIENT_SECRET, stage
from tests.support.visitor import GRID_WORKSPACE, ORGANIZATION, WORKSPACE, Visitor

SIGNING_SECRET = "signing-secret-of-the-tests"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installed(request, new_database):
    """A service where a workspace, a workspace of an organization and another organization have the app."""
    with stage(new_database(request.param), SLACK_USER_SCOPES="search:read") as running:
        visitor = Visitor(running)
        for place in (WORKSPACE, GRID_WORKSPACE, ORGANIZATION):
            assert visitor.install(place).status == 200
        yield running


@pytest.fixture
def store(installed):
    key = installed.run("app", "key", "default").stdout.strip()
    made = InstallationStore(database_url=installed.database.url, client_id=CLIENT_ID, token_key=key)
    yield made
    made.close()


def _event(kind: str, team_id: str | None, enterprise_id: str | None, organization: bool, **event) -> tuple[str, dict]:
    """The body and headers of an event as Slack signs it."""
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": team_id,
            "enterprise_id": enterprise_id,
            "api_app_id": "A0ACMEBOT",
            "event": {"type": kind, "user": "U0ANA", "text": "hello", "channel": "C1", "ts": "1.2", **event},
            "authorizations": [
                {
                    "enterprise_id": enterprise_id,
                    "team_id": team_id,
                    "user_id": "UBOT",
                    "is_bot": True,
                    "is_enterprise_install": organization,
                }
            ],
        }
    )
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=timestamp, body=body)
    headers = {"x-slack-signature": signature, "x-slack-request-timestamp": timestamp}
    return body, {**headers, "content-type": "application/json"}


PLACES = [
    pytest.param(WORKSPACE, None, False, id="workspace"),
    pytest.param(GRID_WORKSPACE, "E0GLOBEX1", False, id="workspace of an organization"),
    pytest.param("T0ELSEWHE", "E0GLOBEX1", True, id="organization"),
]


@pytest.mark.parametrize(("team_id", "enterprise_id", "organization"), PLACES)
def test_an_async_bolt_app_authorizes_an_event(installed, store, team_id, enterprise_id, organization):
    heard = []

    async def run() -> int:
        app = _async_app(installed, store)

        @app.event("app_mention")
        async def listen(context) -> None:
            heard.append((context.bot_token, context.user_token, context.authorize_result.bot_id))

        body, headers = _event("app_mention", team_id, enterprise_id, organization)
        response = await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        await asyncio.sleep(0.2)
        await store.async_close()
        return response.status

    assert coroutines.run(run()) == 200
    ((bot_token, user_token, bot_id),) = heard
    assert bot_token.startswith("xoxb-")
    assert user_token.startswith("xoxp-")
    assert bot_id == "BA0ACMEBOT"


@pytest.mark.parametrize(("team_id", "enterprise_id", "organization"), PLACES)
def test_a_sync_bolt_app_authorizes_an_event(installed, store, team_id, enterprise_id, organization):
    heard = []
    app = _sync_app(installed, store)

    @app.event("app_mention")
    def listen(context) -> None:
        heard.append((context.bot_token, context.user_token, context.authorize_result.bot_id))

    body, headers = _event("app_mention", team_id, enterprise_id, organization)
    assert _dispatched(app, body, headers).status == 200
    ((bot_token, user_token, bot_id),) = heard
    assert (bot_token[:5], user_token[:5], bot_id) == ("xoxb-", "xoxp-", "BA0ACMEBOT")


def _sync_app(installed, store, **settings) -> App:
    return App(
        signing_secret=SIGNING_SECRET,
        listener_executor=concurrent.futures.ThreadPoolExecutor(1),
        client=WebClient(base_url=f"{installed.slack.url}/api/"),
        oauth_settings=OAuthSettings(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, installation_store=store, **settings
        ),
    )


def _dispatched(app: App, body: str, headers: dict):
    """Bolt's answer to an event, once all listeners of the event have done their work."""
    response = app.dispatch(BoltRequest(body=body, headers=headers))
    app.listener_runner.listener_executor.submit(lambda: None).result()  # of its one thread, last in line
    return response


ACTS = [("suspend", False), ("resume", True), ("forget", False), ("restore", True), ("uninstall", False)]


def test_running_bolt_apps_while_operators_act(database):
    """A sync and an async app, which run all the time: each hears an event as long as the installation is there."""
    with stage(database, SLACK_USER_SCOPES="search:read") as running:
        desk.people(running)
        Visitor(running).install()
        owner = desk.Desk(running, "owner")
        owner.post("/ops/confirm", password=desk.PASSWORD)
        row = running.database.row("SELECT id FROM dashboard_installations")
        store, heard = desk.bolt(running, CLIENT_ID), []
        app = _sync_app(running, store)
        app.event("app_mention")(lambda context: heard.append(("sync", context.bot_token)))
        body, headers = _event("app_mention", WORKSPACE, None, False)

        async def hear() -> None:
            listening = _async_app(running, store)

            @listening.event("app_mention")
            async def listen(context) -> None:
                heard.append(("async", context.bot_token))

            await listening.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
            await asyncio.sleep(0.2)
            await store.async_close()

        for act, hears in [("check", True), *ACTS]:
            assert owner.post(f"/ops/installations/{row['id']}/{act}").status_code == 303, act
            heard.clear()
            _dispatched(app, body, headers)
            coroutines.run(hear())
            assert [who for who, _ in heard] == (["sync", "async"] if hears else []), act
        store.close()


def _async_app(running, store) -> AsyncApp:
    return AsyncApp(
        signing_secret=SIGNING_SECRET,
        client=AsyncWebClient(base_url=f"{running.slack.url}/api/"),
        oauth_settings=AsyncOAuthSettings(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, installation_store=store),
    )


def test_an_uninstall_destroys_the_tokens_and_leaves_a_tombstone(database):
    with stage(database) as running:
        assert Visitor(running).install().status == 200
        key = running.run("app", "key", "default").stdout.strip()
        store = InstallationStore(database_url=running.database.url, client_id=CLIENT_ID, token_key=key)
        app = _sync_app(running, store)
        app.enable_token_revocation_listeners()

        body, headers = _event("app_uninstalled", WORKSPACE, None, organization=False)
        assert _dispatched(app, body, headers).status == 200
        body, headers = _event(
            "tokens_revoked", WORKSPACE, None, organization=False, tokens={"oauth": ["U0ANA"], "bot": ["UBOT"]}
        )
        assert _dispatched(app, body, headers).status == 200

        assert running.database.rows("SELECT * FROM slack_installations") == []
        assert running.database.rows("SELECT * FROM slack_bots") == []
        tombstone = running.database.row("SELECT * FROM dashboard_installations")
        assert (tombstone["status"], tombstone["team_name"]) == ("uninstalled", "Acme Europe")
        assert tombstone["removed_at"] is not None

        assert Visitor(running).install().status == 200
        summary = running.database.row("SELECT * FROM dashboard_installations")
        assert (summary["status"], summary["removed_at"]) == ("active", None)
        assert summary["first_installed_at"] == tombstone["first_installed_at"]
        store.close()


def test_bolt_rotates_and_nobody_elses_token_is_blanked(database):
    rotating = {"rotating": True}
    with stage(database, app=rotating, SLACK_USER_SCOPES="search:read") as running:
        assert Visitor(running).install(user="U0ANA").status == 200
        key = running.run("app", "key", "default").stdout.strip()
        store = InstallationStore(database_url=running.database.url, client_id=CLIENT_ID, token_key=key)
        before = store.find_installation(enterprise_id=None, team_id=WORKSPACE)
        app = _sync_app(running, store, token_rotation_expiration_minutes=60 * 24)
        app.oauth_flow.settings.authorize.token_rotator.client = WebClient(base_url=f"{running.slack.url}/api/")
        heard = []
        app.event("app_mention")(lambda context: heard.append(context.bot_token))

        body, headers = _event("app_mention", WORKSPACE, None, organization=False, user="U0OTHER")
        assert _dispatched(app, body, headers).status == 200

        after = store.find_installation(enterprise_id=None, team_id=WORKSPACE)
        assert heard == [after.bot_token]
        assert after.bot_token != before.bot_token
        assert (after.user_token, after.user_refresh_token) == (before.user_token, before.user_refresh_token)
        assert after.user_scopes == ["search:read"]
        assert after.installed_at == before.installed_at
        assert len(running.database.rows("SELECT * FROM slack_installations")) == 1
        assert len(running.database.rows("SELECT * FROM slack_bots")) == 1
        store.close()


def test_a_key_of_another_app_opens_nothing(installed):
    other = installed.run("app", "key", "default", SLACK_CLIENT_ID="999.888").stdout.strip()
    store = InstallationStore(database_url=installed.database.url, client_id=CLIENT_ID, token_key=other)

    with pytest.raises(SealError, match="not among the keys given"):
        store.find_installation(enterprise_id=None, team_id=WORKSPACE)
    store.close()


def test_a_row_moved_between_tenants_is_refused(installed, store):
    database = installed.database
    row = database.row("SELECT * FROM slack_bots WHERE team_id = :team", team=WORKSPACE)
    database.execute(
        "INSERT INTO slack_bots (client_id, app_id, team_id, bot_token, is_enterprise_install, installed_at)"
        " VALUES (:client, 'A1', 'T0THIEF', :token, false, '2026-01-01 00:00:00')",
        client=CLIENT_ID,
        token=row["bot_token"],
    )

    with pytest.raises(SealError, match="does not belong"):
        store.find_bot(enterprise_id=None, team_id="T0THIEF")


def test_the_store_reads_its_settings_from_the_environment(installed):
    environment = installed.environment
    with_roots = InstallationStore.from_env({**environment, "DASHBOARD_TOKEN_KEY": ""})
    assert with_roots.find_bot(enterprise_id=None, team_id=WORKSPACE).bot_token.startswith("xoxb-")
    with_roots.close()

    plain = InstallationStore.from_env({**environment, "DASHBOARD_TOKEN_ENCRYPTION": " OFF "})
    plain.save_bot(
        Bot(app_id="A1", bot_id="B1", bot_token="xoxb-1", bot_user_id="U1", team_id="T0PLAIN", installed_at=1.5)
    )
    plain.close()
    assert installed.database.row("SELECT * FROM slack_bots WHERE team_id = 'T0PLAIN'")["bot_token"] == "xoxb-1"
    for name, wrong in (("DASHBOARD_TOKEN_ENCRYPTION", "perhaps"), ("DATABASE_URL", "sqlite:///:memory:")):
        with pytest.raises(ConfigurationError, match=name):
            InstallationStore.from_env({**environment, name: wrong})
    for missing in ("DATABASE_URL", "SLACK_CLIENT_ID"):
        with pytest.raises(ConfigurationError, match=missing):
            InstallationStore.from_env({**environment, missing: ""})
    with pytest.raises(ConfigurationError, match="DASHBOARD_TOKEN_KEY"):
        InstallationStore.from_env({**environment, "SECRET_KEY": ""})
    with pytest.raises(ConfigurationError, match="DASHBOARD_TOKEN_KEY"):
        InstallationStore.from_env({**environment, "DASHBOARD_TOKEN_KEY": "rubbish"})


def test_with_encryption_off_slack_sdks_own_store_reads_the_rows(new_database):
    with stage(new_database("sqlite"), DASHBOARD_TOKEN_ENCRYPTION="off") as running:
        assert Visitor(running).install().status == 200
        theirs = SQLAlchemyInstallationStore(CLIENT_ID, running.database.engine)

        found = theirs.find_installation(enterprise_id=None, team_id=WORKSPACE)

        assert found.bot_token.startswith("xoxb-")
        assert theirs.find_bot(enterprise_id=None, team_id=WORKSPACE).bot_token == found.bot_token


def test_the_store_needs_neither_the_web_framework_nor_templates():
    script = "import sys, dashboard.bolt; print([m for m in ('litestar', 'jinja2', 'uvicorn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
