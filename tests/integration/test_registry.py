"""The registry: many apps beside the environment's, changed by command line, seen by running processes, kept apart."""

import hashlib
import hmac
import re
import urllib.parse

import pytest

from dashboard.apps import registry
from dashboard.apps.registry_cache import RegistryCache
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.engines import writing
from dashboard.core.errors import DashboardError
from dashboard.simulator import SimulatedApp
from tests.support import wait
from tests.support.at_once import while_another_is_open
from tests.support.command_line import run_dashboard
from tests.support.coroutines import run
from tests.support.stage import SECRET_KEY, stage
from tests.support.visitor import Visitor, changed, query_of

SECRET = "the-client-secret-of-globo"
ADD = ("--name", "Globo", "--client-id", "333.444", "--client-secret-stdin", "--scopes", "chat:write")


def dashboard(running, *arguments: str, stdin: str = "") -> str:
    done = run_dashboard(*arguments, environment=running.environment, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(running, *arguments: str, stdin: str = "", status: int = 1) -> str:
    done = run_dashboard(*arguments, environment=running.environment, stdin=stdin)
    assert (done.returncode, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def answer(running, path: str) -> int:
    return Visitor(running).client.get(path).status_code


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def two_apps(request, new_database):
    """Two processes, the environment's app, and Globo, added while they run."""
    with stage(new_database(request.param), threads=2) as running:
        redirect_uri = f"{running.url}/apps/globo/oauth_redirect"
        running.slack.simulator.apps["333.444"] = SimulatedApp("333.444", SECRET, (redirect_uri,), name="Globo")
        printed = dashboard(running, "app", "add", "globo", *ADD, stdin=f"{SECRET}\n")
        assert redirect_uri in printed
        for server in running.servers:
            wait.until(lambda url=server.url: answer(running, f"{url}/apps/globo/install") == 200, seconds=5)
        yield running


def test_an_added_app_installs_beside_the_environments(two_apps):
    visitor = Visitor(two_apps)

    globo = visitor.get(visitor.allow(visitor.start("/apps/globo/start")))
    default = visitor.get(visitor.allow(visitor.start()))

    assert [globo.status, default.status] == [200, 200]
    assert two_apps.database.attempt(globo.reference)["client_id"] == "333.444"
    assert two_apps.database.attempt(default.reference)["client_id"] == "111.222"
    rows = two_apps.database.rows("SELECT DISTINCT client_id FROM slack_installations WHERE team_id = 'T0ACME001'")
    assert {row["client_id"] for row in rows} == {"111.222", "333.444"}


def test_no_secret_is_stored_plain_or_shown(two_apps):
    stored = two_apps.database.row("SELECT client_secret FROM dashboard_apps WHERE slug = 'globo'")
    assert stored["client_secret"].startswith("sealed:1:")
    for command in (("app", "show", "globo"), ("app", "list")):
        printed = dashboard(two_apps, *command)
        assert "333.444" in printed
        assert SECRET not in printed
        assert "sealed:" not in printed
    assert all(SECRET not in server.output() for server in two_apps.servers)


def test_a_state_of_one_app_is_unknown_to_the_other(two_apps):
    visitor = Visitor(two_apps)
    for path, other in (("/slack", "/apps/globo"), ("/apps/globo", "/slack")):
        address = visitor.allow(visitor.start(f"{path}/start"))
        calls = two_apps.slack.exchanges()

        page = visitor.get(address.replace(f"{two_apps.url}{path}/", f"{two_apps.url}{other}/"))

        assert (page.status, page.detail) == (401, "state_unknown")
        assert two_apps.slack.exchanges() == calls
        assert visitor.get(address).status == 200  # and it still installs where it belongs


def test_a_code_of_one_app_is_refused_for_the_other(two_apps):
    visitor = Visitor(two_apps)
    foreign = query_of(visitor.allow(visitor.start("/apps/globo/start")))["code"]

    page = visitor.get(changed(visitor.allow(visitor.start()), code=foreign))

    assert (page.status, page.detail) == (401, "invalid_code")


def test_a_link_signed_for_one_app_is_refused_by_the_other(two_apps):
    link = dashboard(two_apps, "app", "link", "globo", "--metadata", "account-7").strip()
    visitor = Visitor(two_apps)

    assert visitor.get(link).status == 200
    assert visitor.get(link.replace("/apps/globo/", "/slack/")).status == 400


def test_the_token_key_of_one_app_opens_nothing_of_the_other(two_apps):
    visitor = Visitor(two_apps)
    visitor.get(visitor.allow(visitor.start("/apps/globo/start")))
    visitor.get(visitor.allow(visitor.start()))
    from dashboard.bolt import InstallationStore  # noqa: PLC0415 - as a Bolt app would
    from dashboard.core.errors import SealError  # noqa: PLC0415

    keys = {slug: dashboard(two_apps, "app", "key", slug).strip() for slug in ("globo", "default")}
    where = {"enterprise_id": None, "team_id": "T0ACME001"}
    own = InstallationStore(database_url=two_apps.database.url, client_id="333.444", token_key=keys["globo"])
    other = InstallationStore(database_url=two_apps.database.url, client_id="333.444", token_key=keys["default"])

    assert own.find_bot(**where).bot_token.startswith("xoxb-")
    with pytest.raises(SealError):
        other.find_bot(**where)
    own.close()
    other.close()


def test_a_paused_app_answers_503_but_lets_those_finish_who_are_at_slack(two_apps):
    visitor = Visitor(two_apps)
    at_slack = visitor.start("/apps/globo/start")

    dashboard(two_apps, "app", "pause", "globo")
    try:
        for server in two_apps.servers:
            wait.until(lambda url=server.url: answer(two_apps, f"{url}/apps/globo/start") == 503, seconds=5)
        assert visitor.get("/apps/globo/install").status == 503
        found = "SELECT code FROM dashboard_attempts WHERE reference = :stored"
        for path in ("/apps/globo/oauth_redirect", "/apps/globo/oauth_redirect?code=1&state=2"):
            page = visitor.get(path)
            assert (page.status, page.heading) == (503, "This app cannot be installed at the moment")
            assert page.reference in page.text
            stored = page.reference.replace("-", "")
            assert wait.until(lambda stored=stored: two_apps.database.rows(found, stored=stored))
        assert visitor.get(visitor.allow(at_slack)).heading.startswith("Installed")
        assert answer(two_apps, "/slack/install") == 200
        assert "paused" in dashboard(two_apps, "app", "list")
    finally:
        dashboard(two_apps, "app", "resume", "globo")
    wait.until(lambda: answer(two_apps, "/apps/globo/install") == 200, seconds=5)


def test_success_and_failure_urls_get_the_result(two_apps):
    urls = ("--success-url", "https://vendor.example/done?from=slack", "--failure-url", "https://vendor.example/sorry")
    dashboard(two_apps, "app", "edit", "globo", *urls)
    secret = dashboard(two_apps, "app", "link", "globo", "--result-secret").strip()
    signed = query_of(dashboard(two_apps, "app", "link", "globo", "--metadata", "Müller & Söhne").strip())
    try:
        wait.until(lambda: "vendor.example" in location(two_apps, "/apps/globo/oauth_redirect?error=x"), seconds=5)
        visitor = Visitor(two_apps)

        installed = visitor.client.get(visitor.allow(visitor.start("/apps/globo/start", **signed)))
        cancelled = visitor.client.get(visitor.cancel(visitor.start("/apps/globo/start", metadata="unsigned")))

        assert (installed.status_code, cancelled.status_code) == (302, 302)
        result = query_of(installed.headers["Location"])
        reference = installed.headers["X-Install-Reference"]
        signature = result.pop("sig")
        assert result == {"from": "slack", "ref": reference, "reason": "installed", "metadata": "Müller & Söhne"}
        message = urllib.parse.urlencode({name: result[name] for name in ("ref", "reason", "metadata")})
        assert signature == hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
        sorry = urllib.parse.urlsplit(cancelled.headers["Location"])
        assert f"{sorry.scheme}://{sorry.netloc}{sorry.path}" == "https://vendor.example/sorry"
        assert set(query_of(cancelled.headers["Location"])) == {
            "ref",
            "reason",
        }  # unsigned metadata is handed to nobody
    finally:
        dashboard(two_apps, "app", "edit", "globo", "--success-url", "", "--failure-url", "")
        wait.until(lambda: not location(two_apps, "/apps/globo/oauth_redirect?error=x"), seconds=5)


def location(running, path: str) -> str:
    return Visitor(running).client.get(path).headers.get("Location", "")


def test_without_its_page_install_behaves_as_start(two_apps):
    dashboard(two_apps, "app", "edit", "globo", "--page", "off")
    try:
        wait.until(lambda: answer(two_apps, "/apps/globo/install?team=T0ACME001") == 302, seconds=5)
        to_start = location(two_apps, "/apps/globo/install?team=T0ACME001")
        assert query_of(location(two_apps, to_start))["team"] == "T0ACME001"
    finally:
        dashboard(two_apps, "app", "edit", "globo", "--page", "on")
    wait.until(lambda: answer(two_apps, "/apps/globo/install") == 200, seconds=5)


def test_optional_scopes_are_asked_for_too(two_apps):
    dashboard(two_apps, "app", "edit", "globo", "--optional-scopes", "users:read,im:write", "--user-scopes", "im:write")
    try:
        wait.until(lambda: query_of(location(two_apps, "/apps/globo/start")).get("user_scope") == "im:write", seconds=5)
        assert query_of(location(two_apps, "/apps/globo/start"))["scope"] == "chat:write,users:read"
    finally:
        dashboard(two_apps, "app", "edit", "globo", "--optional-scopes", "", "--user-scopes", "")


def test_the_environments_app_takes_a_brand_but_no_credentials(two_apps):
    dashboard(two_apps, "app", "edit", "default", "--name", "Acme Bot", "--support", "help@acme.example")
    wait.until(lambda: "Acme Bot" in Visitor(two_apps).client.get("/slack/install").text, seconds=5)

    error = refused(two_apps, "app", "edit", "default", "--client-secret-stdin", stdin="another\n")

    assert "The environment decides the default app's client secret." in error
    assert "managed by           the environment" in dashboard(two_apps, "app", "show", "default")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("add", "globo", *ADD), 1, "There is an app 'globo' already."),
        (("add", "other", *ADD), 1, "That client id belongs to the app 'globo' already."),
        (("add", "default", *ADD), 1, "The app 'default' is the environment's."),
        (("add", "Not A Slug", *ADD), 2, "small letters, digits and dashes"),
        (("add", "x", "--client-id", "5.6"), 2, "--name is missing"),
        (("add", "x", "--client-id", "5.6", "--name", "X"), 2, "--client-secret-stdin is missing"),
        (("add", "x", "--client-id", "5.6", "--name", "X", "--client-secret-stdin"), 2, "--scopes or --user-scopes"),
        (("edit", "nowhere", "--name", "X"), 1, "There is no app 'nowhere'."),
        (("edit", "globo"), 2, "Nothing to change was given"),
        (("edit", "globo", "--success-url", "http://vendor.example"), 2, "must begin with https://"),
        (("edit", "globo", "--success-url", "javascript:alert(1)"), 2, "is not an address"),
        (("edit", "globo", "--scopes", "chat write;drop"), 2, "which is not a scope's name"),
        (("edit", "globo", "--accent", "red"), 2, "a colour such as"),
        (("edit", "globo", "--scope-reason", "chat:write"), 2, "write it as chat:write=to answer you"),
        (("edit", "globo", "--support", "javascript:x"), 2, "is not an address"),
        (("remove", "default", "--yes"), 2, "The default app is the environment's"),
        (("show", "nowhere"), 1, "There is: default, globo."),
    ],
)
def test_each_mistake_is_one_sentence(two_apps, arguments, status, sentence):
    assert sentence in refused(two_apps, "app", *arguments, stdin=f"{SECRET}\n", status=status)


def test_what_is_edited_is_shown_and_an_empty_value_takes_it_out(two_apps):
    reasons = ("--scope-reason", "chat:write=to answer you", "--scope-reason", "users:read=to know your name")
    dashboard(two_apps, "app", "edit", "globo", "--sentence", "Answers questions.", *reasons, "--accent", "#0B57B0")
    printed = dashboard(two_apps, "app", "show", "globo")
    assert re.search(r"why chat:write +to answer you\nwhy users:read +to know your name\naccent +#0b57b0", printed)

    dashboard(two_apps, "app", "edit", "globo", "--sentence", "", "--accent", "")

    assert not re.search(r"^(sentence|accent)", dashboard(two_apps, "app", "show", "globo"), re.MULTILINE)


def test_a_removed_app_is_gone_and_its_installations_stay(two_apps):
    arguments = ("--name", "Brief", "--client-id", "7.8", "--client-secret-stdin", "--user-scopes", "users:read")
    dashboard(two_apps, "app", "add", "brief", *arguments, stdin="secret\n")
    wait.until(lambda: answer(two_apps, "/apps/brief/install") == 200, seconds=5)

    dashboard(two_apps, "app", "remove", "brief", "--yes")

    for server in two_apps.servers:
        wait.until(lambda url=server.url: answer(two_apps, f"{url}/apps/brief/install") == 404, seconds=5)


OTHER_KEY = "another-key-that-never-sealed-anything-here"


@pytest.fixture
def one_broken(new_database, two_apps):
    """A service with a good app and one whose secret was sealed with a key that the service does not have."""
    with stage(new_database(two_apps.database.kind)) as running:
        dashboard(running, "app", "add", "globo", *ADD, stdin=f"{SECRET}\n")
        broken = ("--name", "Broken", "--client-id", "9.9", "--client-secret-stdin", "--scopes", "chat:write")
        done = running.run("app", "add", "broken", *broken, SECRET_KEY=OTHER_KEY, stdin="sealed elsewhere\n")
        assert done.returncode == 0, done.stderr
        wait.until(
            lambda: answer(running, "/apps/globo/install") == 200 and answer(running, "/apps/broken/install") == 503
        )
        yield running


def test_an_app_whose_secret_cannot_be_opened_stops_nobody_else(one_broken):
    for path in ("/apps/broken/install", "/apps/broken/start", "/apps/broken/oauth_redirect?code=1&state=x"):
        page = Visitor(one_broken).get(path)
        assert (page.status, page.heading) == (503, "This app cannot be installed at the moment")
        assert "key" not in page.text
    dashboard(one_broken, "app", "pause", "globo")  # what happens to the others is still taken up
    wait.until(lambda: answer(one_broken, "/apps/globo/install") == 503, seconds=5)
    dashboard(one_broken, "app", "resume", "globo")
    wait.until(lambda: answer(one_broken, "/apps/globo/install") == 200, seconds=5)
    assert one_broken.server.log("registry.sealed")
    assert SECRET not in one_broken.server.output()


def test_the_service_starts_beside_an_app_it_cannot_serve(one_broken):
    one_broken.server.stop()
    one_broken.take_over()
    assert answer(one_broken, "/apps/globo/install") == 200
    assert answer(one_broken, "/apps/broken/install") == 503


def test_doctor_and_the_command_line_say_which_app_cannot_be_served(one_broken):
    sentence = "The client secret of the app 'broken' cannot be opened"
    done = run_dashboard("doctor", environment=one_broken.environment)
    assert (done.returncode, sentence in done.stdout) == (1, True)
    assert re.search(r"broken +broken", dashboard(one_broken, "app", "list"))
    assert sentence in dashboard(one_broken, "app", "show", "broken")


def test_an_edit_under_a_wrong_key_is_refused_and_one_that_sets_the_secret_is_not(one_broken):
    wrong = {**one_broken.environment, "SECRET_KEY": OTHER_KEY}
    done = run_dashboard("app", "edit", "globo", "--name", "Renamed", environment=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The client secret of the app 'globo' cannot be opened" in done.stderr
    assert "Globo" in dashboard(one_broken, "app", "show", "globo")

    dashboard(one_broken, "app", "edit", "broken", "--client-secret-stdin", stdin="known again\n")
    wait.until(lambda: answer(one_broken, "/apps/broken/install") == 200, seconds=5)


def test_two_apps_of_one_client_id_stop_the_start(two_apps):
    environment = {**two_apps.environment, "SLACK_CLIENT_ID": "333.444"}
    done = run_dashboard("serve", "--port", "0", environment=environment)
    assert done.returncode == 1
    assert "SLACK_CLIENT_ID is that of the registered app 'globo'." in done.stderr


COLUMNS = {"name": "Brief", "client_id": "7.8", "client_secret": SECRET, "scopes": "chat:write"}


def test_an_app_that_comes_and_goes_while_a_process_looks_is_not_served_on(database):
    """Between its look at the version and its look at the apps one is added; then it is removed, and the version is
    again the one that was looked at."""

    async def scenario() -> list[set[str]]:
        settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY})
        service, other = Database(database.url), Database(database.url)
        cache = RegistryCache(service, settings)
        read = service.read

        async def read_while_an_app_is_added(query, *args):
            found = await read(query, *args)
            if query is registry.version:
                await other.write(registry.add, settings, "brief", COLUMNS)
            return found

        service.read = read_while_an_app_is_added
        await cache.refresh()
        service.read = read
        served = [set(cache.apps)]
        await other.write(registry.remove, "brief")
        await cache.refresh()
        served.append(set(cache.apps))
        await service.close()
        await other.close()
        return served

    assert run(scenario()) == [{"brief"}, set()]


def test_two_changes_within_a_millisecond_are_two_versions(database):
    async def scenario() -> list[registry.Version]:
        settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY})
        service = Database(database.url)
        await service.write(registry.add, settings, "brief", COLUMNS)
        versions = [await service.read(registry.version)]

        def many(db):
            for number in range(50):
                registry.edit(db, settings, "brief", {"name": f"Brief {number}"})
                versions.append(registry.version(db))

        await service.write(many)
        await service.close()
        return versions

    versions = run(scenario())
    assert len(set(versions)) == len(versions)


def test_an_app_added_twice_at_once_is_there_already(database):
    settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY})

    def add(db):
        registry.add(db, settings, "brief", COLUMNS)

    error = while_another_is_open(database, add, add)
    assert isinstance(error, DashboardError)
    assert str(error) == "There is an app 'brief' already."


def test_a_client_id_given_to_two_apps_at_once_is_refused_to_the_later(database):
    settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY})
    with writing(database.engine).begin() as db:
        registry.add(db, settings, "brief", COLUMNS)
        registry.add(db, settings, "globo", {**COLUMNS, "client_id": "7.7"})

    def correct(slug):
        return lambda db: registry.edit(db, settings, slug, {"client_id": "8.8"})

    error = while_another_is_open(database, correct("brief"), correct("globo"))
    assert isinstance(error, DashboardError)
    assert str(error).startswith("That client id ")
    stored = database.rows("SELECT slug, client_id FROM dashboard_apps ORDER BY slug")
    assert [row["client_id"] for row in stored] == ["8.8", "7.7"]


def test_a_secret_given_while_the_client_id_is_corrected_can_be_opened(database):
    settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY})
    with writing(database.engine).begin() as db:
        registry.add(db, settings, "brief", COLUMNS)

    def correct(db):
        registry.edit(db, settings, "brief", {"client_id": "8.8"})

    def give(db):
        registry.edit(db, settings, "brief", {"client_secret": "another"})

    assert while_another_is_open(database, correct, give) is None
    with database.engine.begin() as db:
        app = registry.require(db, settings, "brief")
    assert (app.client_id, app.client_secret, app.problem) == ("8.8", "another", None)


def test_two_processes_that_start_at_once_give_the_environments_app_one_row(database):
    own = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": SECRET, "SLACK_SCOPES": "chat:write"}
    settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY, **own})

    def start(db):
        registry.note_environment(db, settings)

    assert while_another_is_open(database, start, start) is None
    assert database.rows("SELECT slug, client_id FROM dashboard_apps") == [{"slug": "default", "client_id": "1.2"}]
