"""The command line: what each command prints, and one sentence with a next step for each mistake."""

import hashlib
import hmac
import json
import subprocess
import sys
import time
from urllib.parse import quote

import pytest

from tests.support.command_line import basic_environment, run_dashboard
from tests.support.stage import CLIENT_ID, SECRET_KEY
from tests.support.visitor import Visitor, query_of


def _run(*arguments, **environment):
    return run_dashboard(*arguments, environment=basic_environment(**environment))


def test_help_lists_every_command():
    done = _run("--help")
    assert done.returncode == 0
    for command in ("serve", "demo", "migrate", "secret", "attempt", "app", "operator"):
        assert command in done.stdout


def test_help_loads_neither_database_nor_web():
    heavy = ("sqlalchemy", "litestar", "slack_sdk", "asyncio", "cryptography")
    script = (
        "import sys, dashboard.__main__ as m; m.main(['--help'], standalone_mode=False);"
        f" print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_serve_does_without_what_few_processes_need():
    unneeded = ("rich", "pygments", "PIL", "alembic")
    script = (
        "import sys, dashboard.__main__ as m\nwith m._loading(): import dashboard.server\n"
        f"print([name for name in {unneeded} if name in sys.modules])\nimport rich.traceback"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_secret_is_long_and_new_each_time():
    first, second = _run("secret").stdout.strip(), _run("secret").stdout.strip()
    assert len(first) >= 32
    assert first != second


def test_attempt_prints_the_verdict_and_what_is_kept(shared):
    page = Visitor(shared).install(demand="exchange/bad_client_secret")
    loose = page.reference.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    done = shared.run("attempt", loose)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{page.reference}  Slack refused the exchange of the code")
    for kept in (
        "Whose it is:   ",
        "never right. ",
        "We:            Copy the client secret anew",
        "  Reference: ",
        "slack_error            bad_client_secret",
        "outcome                failed",
        "slack_status           200",
    ):
        assert kept in done.stdout


def test_attempt_tells_a_success_and_a_start(shared):
    visitor = Visitor(shared)
    page = visitor.install()
    assert "  It was installed " in shared.run("attempt", page.reference).stdout


def test_attempt_prints_the_same_as_data(shared):
    page = Visitor(shared).install(demand="exchange/user_email_unverified")
    data = json.loads(shared.run("attempt", page.reference, "--json").stdout)
    assert (data["code"], data["owner"], data["retry"]) == ("user_email_unverified", "installer", "after_fix")
    assert data["causes"][0].keys() == {"cause", "likelihood", "sentence"}
    assert page.reference in data["reply"]
    assert data["kept"]["outcome"] == "failed"


def test_attempt_prints_nothing_that_a_terminal_obeys(shared):
    page = Visitor(shared).install(demand="exchange/invalid_code")
    shared.database.execute(
        "UPDATE dashboard_attempts SET user_agent = :awkward WHERE reference = :reference",
        awkward="Mozilla\x1b]0;owned\x07\x9b31m\u202e \u00fc",
        reference=page.reference.replace("-", ""),
    )

    done = shared.run("attempt", page.reference)

    assert r"Mozilla\x1b]0;owned\x07\x9b31m\u202e ü" in done.stdout
    assert all(character.isprintable() or character == "\n" for character in done.stdout)


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("K7QF-2M9X-5", "is not a reference."),
        ("rubbish", "'rubbish' is not a reference."),
        ("0000-0000-0", "Nothing is kept under 0000-0000-0."),
    ],
)
def test_attempt_says_what_is_wrong(shared, reference, sentence):
    done = shared.run("attempt", reference)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [("attempt", "0000-0000-0"), ("app", "list"), ("doctor",), ("reindex",), ("serve",), ("operator", "list")],
)
def test_nothing_but_migrate_makes_a_database(tmp_path, command):
    file = tmp_path / "new ?#%41.db"
    environment = {"DATABASE_URL": f"sqlite:///{quote(str(file))}", "SECRET_KEY": SECRET_KEY}
    done = _run(*command, **environment)
    assert done.returncode == 1
    assert f"There is no database at {file} yet." in done.stdout + done.stderr
    assert "dashboard migrate" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []

    assert _run("migrate", **environment).returncode == 0
    assert file.exists()
    assert "There is no database" not in _run("attempt", "0000-0000-0", **environment).stderr


def test_link_prints_a_signed_address(shared):
    done = shared.run("app", "link", "default", "--metadata", "account 7", "--team", "T0ACME001")
    address = done.stdout.strip()

    assert address.startswith(f"{shared.url}/slack/install?team=T0ACME001&metadata=account+7&sig=")
    assert Visitor(shared).get(address).status == 200


def test_the_link_secret_signs_as_the_docs_say(shared):
    secret = shared.run("app", "link", "default", "--secret").stdout.strip()
    signature = hmac.new(secret.encode(), b"account-7", hashlib.sha256).hexdigest()
    assert Visitor(shared).get(f"/slack/install?metadata=account-7&sig={signature}").status == 200


def test_a_link_that_expires_works_until_then(shared):
    secret = shared.run("app", "link", "default", "--secret").stdout.strip()
    address = shared.run("app", "link", "default", "--metadata", "account-7", "--days", "7").stdout.strip()
    visitor, query = Visitor(shared), query_of(address)
    assert 6.9 < (int(query["exp"]) - time.time()) / 86_400 <= 7

    page = visitor.get(address)
    assert query_of(page.links["Add to Slack"]) == {**query, "source": "page"}
    cancelled = visitor.get(visitor.cancel(visitor.start(**query)))
    assert query_of(cancelled.links["Start again"]) == query
    assert shared.database.attempt(cancelled.reference)["metadata_signed"] == 1

    over = hmac.new(secret.encode(), b"account-7\n1700000000", hashlib.sha256).hexdigest()
    refused = visitor.get(f"/slack/start?metadata=account-7&exp=1700000000&sig={over}")
    assert (refused.status, "It has expired." in refused.text) == (400, True)
    assert visitor.get(f"/slack/start?metadata=account-7&sig={query['sig']}").status == 400


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("app", "link", "default", "--days", "7"), 2, "only what is signed can expire"),
        (("app", "link", "default", "--team", "nonsense"), 2, "looks like T0123ABC"),
        (("app", "link", "default", "--metadata", "x" * 513), 1, "longer than 512 characters"),
        (("app", "key", "elsewhere"), 1, "There is no app 'elsewhere'."),
        (("app", "link", "default", "--metadata", "a\udcff"), 2, "The value of --metadata is not text in UTF-8."),
        (("app", "link", "default", "--metadata=\udcff"), 2, "The value of --metadata is not text in UTF-8."),
        (("attempt", "\udcff"), 2, "An argument is not text in UTF-8."),
        (("demo", "--host", "192.0.2.1"), 1, "--host 192.0.2.1 is an address in a network"),
        (("nonsense",), 2, "No such command"),
        (("serve", "--port", "x"), 2, "not a valid integer"),
    ],
)
def test_mistakes_on_the_command_line(shared, arguments, status, sentence):
    done = shared.run(*arguments)
    assert done.returncode == status
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY needs at least 32 characters in each key"),
        ({"PUBLIC_URL": "http://slack.example.com"}, "PUBLIC_URL must begin with https://"),
        ({"PUBLIC_URL": "https://slack.example.com/bot"}, "PUBLIC_URL must be a scheme and host without a path"),
        ({"SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_SECRET is missing"),
        ({"SLACK_CLIENT_ID": ""}, "SLACK_CLIENT_ID is missing"),
        ({"SLACK_SCOPES": "chat write<>"}, "SLACK_SCOPES holds 'write<>'"),
        ({"SLACK_API_URL": "ftp://x"}, "SLACK_API_URL must begin with https://"),
        ({"DASHBOARD_STATE_TTL": "soon"}, "DASHBOARD_STATE_TTL must be a whole number"),
        ({"DASHBOARD_STATE_COOKIE": "a;b"}, "DASHBOARD_STATE_COOKIE must be"),
        ({"DASHBOARD_TOKEN_ENCRYPTION": "perhaps"}, "DASHBOARD_TOKEN_ENCRYPTION must be on or off"),
        ({"DASHBOARD_TOKEN_KEYS": "short"}, "DASHBOARD_TOKEN_KEYS needs at least"),
        ({"DASHBOARD_LOG_LEVEL": "loud"}, "DASHBOARD_LOG_LEVEL must be one of"),
        ({"DASHBOARD_PROXY_HOPS": "-1"}, "DASHBOARD_PROXY_HOPS must be a whole number"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with sqlite+aiosqlite:/// or postgresql://"),
        ({"DATABASE_URL": "sqlite+aiosqlite://"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": "sqlite+aiosqlite:///:memory:"}, "DATABASE_URL must name a file"),
        ({"DATABASE_URL": "sqlite:///a.db?foo=bar"}, "DATABASE_URL takes no options for SQLite"),
        ({"DATABASE_URL": "postgresql://u@127.0.0.1:port/x"}, "DATABASE_URL is not a database's address"),
        ({"DATABASE_URL": "postgresql://u@127.0.0.1:70000/x"}, "DATABASE_URL has an invalid port"),
        ({"DATABASE_URL": "postgresql://u@127.0.0.1/x?foo=bar"}, "DATABASE_URL has the option 'foo'"),
        ({"PUBLIC_URL": "https://:pw@slack.example.com"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://b\u00fccher.example"}, "PUBLIC_URL must be in ASCII"),
        (
            {"SLACK_AUTHORIZE_URL": "https://slack.example.com/a?b=c"},
            "SLACK_AUTHORIZE_URL must be an address without ?",
        ),
        ({"SLACK_AUTHORIZE_URL": "https://slack.example.com/a#b"}, "SLACK_AUTHORIZE_URL must be an address without ?"),
        ({"SLACK_CLIENT_SECRET": "a\udcff"}, "SLACK_CLIENT_SECRET is not text in UTF-8."),
        ({"PORT": "http"}, "PORT must be a whole number"),
    ],
)
def test_serve_refuses_a_wrong_environment_in_one_sentence(shared, environment, sentence):
    done = shared.run("serve", "--port", "0", **environment)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2  # the sentence and the next step


def test_every_mistake_is_named_at_once(shared):
    done = shared.run("serve", PUBLIC_URL="http://x.example", DASHBOARD_STATE_TTL="0")
    assert "PUBLIC_URL" in done.stderr
    assert "DASHBOARD_STATE_TTL" in done.stderr


def test_a_wrong_value_of_a_secret_is_not_repeated(shared):
    done = shared.run("serve", SECRET_KEY="my-short-secret", DATABASE_URL="mysql://user:pa55@host/x")
    assert "my-short-secret" not in done.stderr
    assert "pa55" not in done.stderr


def test_python_m_dashboard_is_the_same_as_dashboard():
    done = subprocess.run([sys.executable, "-m", "dashboard", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith("dashboard, version ")


def test_the_key_of_an_app_is_its_own_and_stable(shared):
    keys = [shared.run("app", "key", "default", SLACK_CLIENT_ID=name).stdout for name in (CLIENT_ID, CLIENT_ID, "9.9")]
    assert keys[0] == keys[1] != keys[2]
    rotated = shared.run("app", "key", "default", SECRET_KEY=f"{'n' * 40},{SECRET_KEY}").stdout.strip()
    assert rotated.endswith(f",{keys[0].strip()}")


def test_what_the_database_refuses_is_said_in_a_sentence(new_database):
    database = new_database("postgresql")
    database.execute(f'ALTER DATABASE "{database.engine.url.database}" SET default_transaction_read_only = on')
    done = _run("reindex", DATABASE_URL=database.url, DASHBOARD_SECRET_KEY=SECRET_KEY)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "It was broken off by the database: the database takes no writes.",
        "What was done before stays done. Put that right, and run the command again.",
    ]
