"""Running the service: health, logs, signals, and what stops the start."""

import asyncio
import concurrent.futures
import socket
from collections.abc import Callable

import pytest
import uvloop

from dashboard import server
from dashboard.core.errors import DashboardError
from tests.support import coroutines, wait
from tests.support.ports import free_port
from tests.support.servers import ThreadServer
from tests.support.stage import QUICK, SECRET_KEY, stage
from tests.support.visitor import Visitor


def test_one_line_a_request_with_route_status_time_and_reference(visitor, shared):
    page = visitor.install()
    visitor.get("/nowhere/at/all?code=hidden")

    line = wait.until(
        lambda: [line for line in shared.server.log("request") if line.get("reference") == page.reference]
    )
    (logged,) = line
    assert (logged["route"], logged["status"], logged["reason"]) == ("/slack/oauth_redirect", 200, "installed")
    assert logged["ms"] > 0
    unknown = wait.until(lambda: [line for line in shared.server.log("request") if line["status"] == 404])[-1]
    assert unknown["route"] == "unknown"
    assert "nowhere" not in str(unknown)


def test_unknown_addresses_and_methods_are_plain_pages_with_all_headers(visitor):
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/apps/none/install", 404),
        ("PUT", "/healthz", 405),
    ):
        response = visitor.client.request(method, path)
        assert response.status_code == status
        assert "<h1>" in response.text
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
    assert "GET" in visitor.client.put("/healthz").headers["Allow"]


def test_every_page_has_the_security_headers(visitor):
    pages = [
        visitor.get("/slack/install"),
        visitor.install(),
        visitor.get("/slack/oauth_redirect"),
        visitor.get("/healthz"),
    ]
    for page in pages:
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "server" not in page.headers


def test_without_an_app_its_addresses_are_not_there(new_database):
    nobody = {"SLACK_CLIENT_ID": "", "SLACK_CLIENT_SECRET": ""}
    with stage(new_database("sqlite"), **nobody) as running:
        for path in ("/slack/install", "/slack/start", "/slack/oauth_redirect"):
            assert Visitor(running).get(path).status == 404


def test_the_default_app_answers_under_its_slug_too(visitor):
    assert visitor.get("/apps/default/install").links["Add to Slack"] == "/slack/start?source=page"


def test_sigterm_lets_a_running_installation_finish_and_writes_what_waits(database):
    with stage(database, processes=1) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start(), demand="auth/slow/1")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = pool.submit(visitor.get, address)
            wait.until(lambda: running.slack.simulator.calls)
            Visitor(running).start()
            running.server.terminate()
            assert done.result().status == 200
        running.server.wait()

        attempts = database.rows("SELECT * FROM dashboard_attempts ORDER BY started_at")
        assert [row["outcome"] for row in attempts] == ["succeeded", None]


def test_a_start_is_recorded_though_nobody_came_back(visitor, shared):
    visitor.client.headers["Accept-Language"] = "pt-BR,pt;q=0.9"
    visitor.client.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    visitor.start()

    (row,) = wait.until(lambda: shared.database.rows("SELECT * FROM dashboard_attempts WHERE locale = 'pt-BR'"))
    assert (row["step"], row["outcome"], row["browser"], row["system"]) == ("started", None, "Firefox", "Linux")


def test_the_port_is_taken(shared):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = shared.run("serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used: address already in use." in done.stderr


def test_of_two_that_begin_at_once_one_gets_the_port(shared):
    """Both sockets could be bound as long as neither listens."""
    with server.listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(DashboardError, match=f"Port {port} on 127.0.0.1 cannot be used: address already in use."):
            server.listen("127.0.0.1", port)
        socket.create_connection(("127.0.0.1", port)).close()


def test_many_who_come_at_once_are_taken_in_one_turn_of_the_event_loop():
    """Each turn of a busy one answers everybody who is there already, while they wait."""
    turns = [_turns_to_take(8, doors) for doors in (lambda listener: [listener], server.doors)]
    assert turns[1] <= 3
    assert turns[0] >= 8


def _turns_to_take(many: int, doors: Callable[[socket.socket], list[socket.socket]]) -> int:
    """How many turns of the event loop it takes until so many connections are made."""
    made: list[object] = []

    class Noted(asyncio.Protocol):
        def connection_made(self, transport):
            made.append(transport)

    async def take(listener):
        servers = [await asyncio.get_running_loop().create_server(Noted, sock=door) for door in doors(listener)]
        visitors = [socket.create_connection(listener.getsockname()) for _ in range(many)]
        turns = 0
        while len(made) < many:
            await asyncio.sleep(0)
            turns += 1
        for end in (*visitors, *made, *servers):
            end.close()
        return turns

    with server.listen("127.0.0.1", 0) as listener, coroutines.running(uvloop.new_event_loop) as run:
        return run(take(listener))


def test_port_is_honoured(shared):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = shared.run("serve", PORT=str(taken.getsockname()[1]))
    assert "cannot be used" in done.stderr


def test_the_database_is_not_set_up(shared, new_database):
    for kind in ("sqlite", "postgresql"):
        done = shared.run("serve", "--port", "0", DATABASE_URL=new_database(kind, migrated=False).url)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 2
        assert "Run `dashboard migrate`" in done.stderr


def test_the_database_is_older_than_needed(shared, database):
    database.execute("UPDATE dashboard_alembic_version SET version_num = '0000'")
    done = shared.run("serve", "--port", "0", DATABASE_URL=database.url)
    assert done.returncode == 1
    assert "The database is at revision 0000; this release needs" in done.stderr
    assert "dashboard migrate" in done.stderr


def test_a_newer_database_will_do_while_releases_roll(database):
    database.execute("UPDATE dashboard_alembic_version SET version_num = '9999'")
    with stage(database) as running:
        assert Visitor(running).install().status == 200
        assert Visitor(running).get("/readyz").status == 200


@pytest.mark.parametrize("path", ["/nowhere/at/all.db", "/proc/dashboard.db"])
def test_the_folder_is_not_there_or_not_writable(shared, path):
    for command in (("serve", "--port", "0"), ("migrate",)):
        done = shared.run(*command, DATABASE_URL=f"sqlite:///{path}")
        assert done.returncode == 1
        missing = path.startswith("/proc") and command[0] == "serve"
        sentence = f"There is no database at {path} yet." if missing else f"The database file {path} cannot be opened"
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_the_database_server_cannot_be_reached(shared):
    url = f"postgres://someone:pa55word@127.0.0.1:{free_port()}/x"
    for command in (("serve", "--port", "0"), ("migrate",)):
        done = shared.run(*command, DATABASE_URL=url)
        assert done.returncode == 1
        assert "cannot be reached" in done.stderr
        assert "pa55word" not in done.stderr
        assert "Traceback" not in done.stderr


def test_a_missing_token_key_stops_the_start(database):
    with stage(database) as running:
        assert Visitor(running).install().status == 200
        running.server.stop()
        done = running.run("serve", "--port", "0", SECRET_KEY="n" * 40)
        assert done.returncode == 1
        assert "Stored tokens are sealed with key " in done.stderr
        both = running.run("serve", "--port", "x", SECRET_KEY=f"{'n' * 40},{SECRET_KEY}")
        assert "sealed" not in both.stderr


def test_a_retired_key_makes_old_states_unknown_and_a_kept_one_does_not(database):
    new = "n" * 40
    with stage(database) as running:
        visitor = Visitor(running)
        addresses = [visitor.allow(visitor.start()) for _ in range(2)]
        running.server.stop()
        for keys, status in ((f"{new},{SECRET_KEY}", 200), (new, 401)):
            running.server.environment |= {"SECRET_KEY": keys, "DASHBOARD_TOKEN_KEYS": SECRET_KEY}
            server = ThreadServer(running.server.environment, running.server.port, QUICK)
            page = visitor.get(addresses.pop())
            server.stop()
            assert (page.status, page.status == 200 or page.detail) in ((status, True), (status, "state_unknown"))
