"""`dashboard doctor`: each thing that can be wrong is found in a deployment where just that is wrong."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.support.command_line import basic_environment, run_dashboard
from tests.support.ports import free_port
from tests.support.stage import stage
from tests.support.visitor import Visitor


def examined(environment: dict[str, str], status: int) -> list[str]:
    done = run_dashboard("doctor", environment=environment)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def running(request, new_database):
    with stage(new_database(request.param)) as running:
        yield running


def test_a_deployment_in_order_has_nothing_to_mend(running):
    before = len(running.database.rows("SELECT id FROM dashboard_attempts"))

    lines = examined(running.environment, 0)

    assert all(line.startswith("ok ") for line in lines), lines
    assert f"ok    default: the redirect URL to enter at Slack is {running.url}/slack/oauth_redirect" in lines
    assert "ok    default: Slack can be reached and knows the app." in lines
    assert f"ok    The service answers at {running.url}." in lines
    assert len(running.database.rows("SELECT id FROM dashboard_attempts")) == before


WRONG = {
    "SECRET_KEY": ("", 1, "SECRET_KEY is missing."),
    "PUBLIC_URL": ("http://slack.example.com", 1, "PUBLIC_URL must begin with https://"),
    "SLACK_CLIENT_SECRET": ("another", 1, "default: Slack does not accept its client secret (bad_client_secret)."),
    "SLACK_CLIENT_ID": ("9.9", 1, "default: Slack does not accept its client id (invalid_client_id)."),
    "SLACK_API_URL": (
        "http://127.0.0.1:1/api/",
        1,
        "Slack cannot be asked at http://127.0.0.1:1/api/ (connection_error)",
    ),
    "SLACK_REDIRECT_URI": ("https://other.example/slack/oauth_redirect", 0, "not the one we answer at"),
    "SLACK_SCOPES": ("", 0, "SLACK_SCOPES and SLACK_USER_SCOPES are both empty"),
}


@pytest.mark.parametrize("variable", WRONG)
def test_a_wrong_variable_is_found(running, variable):
    value, status, sentence = WRONG[variable]
    lines = examined({**running.environment, variable: value}, status)
    (found,) = [line for line in lines if sentence in line]
    assert found.startswith("mend" if status else "note")


def test_a_service_that_does_not_know_where_it_is_reached_is_found(running):
    elsewhere = running.url.replace("127.0.0.1", "localhost")
    lines = examined({**running.environment, "PUBLIC_URL": elsewhere}, 1)
    assert f"mend  The service does not see that it is reached at {elsewhere}." in lines


def test_nothing_and_something_else_at_the_public_url_are_told_apart(running):
    nobody = f"http://127.0.0.1:{free_port()}"
    lines = examined({**running.environment, "PUBLIC_URL": nobody}, 0)
    assert f"note  Nothing answers at {nobody} from here." in lines
    lines = examined({**running.environment, "PUBLIC_URL": running.slack.url}, 1)
    assert f"mend  Something else answers at {running.slack.url} (status 404)." in lines


def test_a_missing_key_and_plain_rows_are_found(running):
    Visitor(running).install()
    lines = examined({**running.environment, "SECRET_KEY": "x" * 40}, 1)
    assert any(line.startswith("mend  Tokens of the app 111.222 are sealed with key ") for line in lines)

    running.database.execute("UPDATE slack_bots SET bot_token = 'xoxb-plain'")
    lines = examined(running.environment, 0)
    assert any("stored rows hold tokens that are not sealed." in line for line in lines)
    assert not any("xoxb" in line for line in lines)


def test_a_database_that_is_not_ready_is_found(new_database):
    empty = new_database("sqlite", migrated=False)
    lines = examined(basic_environment(DATABASE_URL=empty.url, SECRET_KEY="k" * 40), 1)
    assert lines[-2:] == [
        f"mend  There is no database at {empty.engine.url.database} yet.",
        "      → Run `dashboard migrate`, unless DATABASE_URL should name another file.",
    ]


def test_without_an_app_it_says_how_to_get_one(new_database):
    database = new_database("sqlite")
    lines = examined(basic_environment(DATABASE_URL=database.url, SECRET_KEY="k" * 40), 0)
    assert "note  There is no app to install yet." in lines


@contextlib.contextmanager
def proxy(port: int, behind: int) -> Iterator[None]:
    """What each proxy does: hand on, and add who came."""

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = {"Host": self.headers["Host"], "X-Forwarded-For": self.client_address[0]}
            answer = httpx.get(f"http://127.0.0.1:{behind}{self.path}", headers=sent)
            self.send_response(answer.status_code)
            for name in {"content-security-policy", "content-length", "location"} & set(answer.headers):
                self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Forward) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.parametrize(("hops", "status", "found"), [("0", 1, 1), ("1", 0, 0)])
def test_a_proxy_that_nobody_told_of_is_found(new_database, hops, status, found):
    port = free_port()
    public = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "DASHBOARD_PROXY_HOPS": hops}
    with stage(new_database("sqlite"), **public) as running, proxy(port, running.server.port):
        lines = examined(running.environment, status)
    assert f"ok    The service answers at {public['PUBLIC_URL']}." in lines
    assert len([line for line in lines if line.startswith("mend  X-Forwarded-For arrives")]) == found
